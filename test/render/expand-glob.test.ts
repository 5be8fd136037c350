import { describe, expect, it } from 'vitest';
import { expandGlob } from '../../src/render/expand-glob.ts';
import { folderWith } from './repository.ts';

const FILES = [
  'envs/z.yaml',
  'envs/b.yaml',
  'envs/a/x.yaml',
  'envs/a/b/deep.yaml',
  'envs/c/x.yaml',
  'envs/.hidden/h.yaml',
  'envs/.dot.yaml',
  'envs/n.yml',
  'envs/a/notes.txt',
];

describe('a glob of value files', () => {
  // What doublestar 4.10 answers for these files, in its order.
  it.each<[string, readonly string[]]>([
    ['envs/*.yaml', ['envs/.dot.yaml', 'envs/b.yaml', 'envs/z.yaml']],
    [
      'envs/**/*.yaml',
      [
        'envs/.dot.yaml',
        'envs/b.yaml',
        'envs/z.yaml',
        'envs/.hidden/h.yaml',
        'envs/a/x.yaml',
        'envs/a/b/deep.yaml',
        'envs/c/x.yaml',
      ],
    ],
    ['envs/**/x.yaml', ['envs/a/x.yaml', 'envs/c/x.yaml']],
    ['**/b/*.yaml', ['envs/a/b/deep.yaml']],
    ['envs/?.y*ml', ['envs/b.yaml', 'envs/n.yml', 'envs/z.yaml']],
    ['envs/[a-y].yaml', ['envs/b.yaml']],
    ['envs/[!b].yaml', ['envs/z.yaml']],
    ['envs/[^b].yaml', ['envs/z.yaml']],
    ['envs/{z,a/*}*.yaml', ['envs/a/x.yaml', 'envs/z.yaml']],
    ['envs/{c,a}/*.yaml', ['envs/a/x.yaml', 'envs/c/x.yaml']],
    ['*/**/b/*', ['envs/a/b/deep.yaml']],
    ['envs/*/x.yaml', ['envs/a/x.yaml', 'envs/c/x.yaml']],
    ['envs/**.yaml', ['envs/.dot.yaml', 'envs/b.yaml', 'envs/z.yaml']],
    ['envs/a/**', ['envs/a', 'envs/a/b', 'envs/a/b/deep.yaml', 'envs/a/notes.txt', 'envs/a/x.yaml']],
    ['nowhere/*.yaml', []],
  ])('%s', async (pattern, expected) => {
    const dir = await folderWith(Object.fromEntries(FILES.map((file) => [file, ''])));
    expect(await expandGlob({ repoURL: '', revision: '', dir }, pattern)).toEqual(expected);
  });

  it('shows links, which the checkout lacks, so that reading one is refused rather than forgotten', async () => {
    const dir = await folderWith({ 'envs/a.yaml': '' });
    const checkout = { repoURL: '', revision: '', dir, links: ['envs/b.yaml', 'envs/c/d.yaml'] };
    expect(await expandGlob(checkout, 'envs/*.yaml')).toEqual(['envs/a.yaml', 'envs/b.yaml']);
  });
});
