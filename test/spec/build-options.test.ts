import { expect, it } from 'vitest';
import { readBuildOptions } from '../../src/spec/build-options.ts';

it.each<[string, Partial<ReturnType<typeof readBuildOptions>>]>([
  ['', { enableHelm: false, ignored: [], refused: [] }],
  ['--enable-helm', { enableHelm: true, ignored: [], refused: [] }],
  ['  --enable-helm=true ', { enableHelm: true }],
  ['--enable-helm=false', { enableHelm: false }],
  ['--load-restrictor LoadRestrictionsRootOnly --enable-helm', { enableHelm: true, ignored: [] }],
  ['--enable-helm --helm-api-versions a/v1 --helm-api-versions=b/v1', { helmApiVersions: ['a/v1', 'b/v1'] }],
  ['--output /tmp', { refused: ['--output', '/tmp'] }],
  ['--enable-managedby-label --enable-helm', { enableHelm: true, refused: ['--enable-managedby-label'] }],
])('%j', (text, expected) => {
  expect(readBuildOptions(text)).toMatchObject(expected);
});

it('names the flags that let a build do more than trimtab lets it', () => {
  const text = '--load-restrictor=LoadRestrictionsNone --enable-alpha-plugins --enable-exec -e A=b --reorder none';
  const { ignored, refused } = readBuildOptions(text);
  expect(ignored.map(({ flag }) => flag)).toEqual([
    '--load-restrictor',
    '--enable-alpha-plugins',
    '--enable-exec',
    '--env',
    '--reorder',
  ]);
  expect(refused).toEqual([]);
});
