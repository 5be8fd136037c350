import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { DirectorySource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf } from './repository.ts';

const renderer = createRenderer({
  tools: () => Promise.reject(new Error('plain manifests need no tools')),
});

async function names(directory?: DirectorySource): Promise<readonly string[]> {
  const source = { path: 'plain', ...(directory === undefined ? {} : { directory }) };
  return (await renderer.render(input(source))).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function renderFile(path: string, text: string) {
  return renderer.render(input({ path: 'app' }, { dir: await folderWith({ [`app/${path}`]: text }) }));
}

const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('rendering a folder of manifests', () => {
  it('reads its YAML and JSON by path, takes lists apart, and passes over files without a manifest', async () => {
    expect(await names()).toEqual([
      'ServiceAccount reader',
      'ServiceAccount writer',
      'ConfigMap status-page',
      'Service status-page',
    ]);
  });

  it.each<[DirectorySource, readonly string[]]>([
    [{ recurse: true, include: 'policies/*' }, ['ResourceQuota quota']],
    [{ recurse: true, exclude: '{*.json,status-page.yaml}' }, ['ResourceQuota quota']],
    [{ recurse: true, include: '*quota.yaml' }, ['ResourceQuota quota']],
    [{ include: '*.json' }, ['ServiceAccount reader', 'ServiceAccount writer']],
    [{ include: '*.yaml', exclude: 'status*' }, []],
  ])('%o', async (directory, expected) => {
    expect(await names(directory)).toEqual(expected);
  });

  it('passes over a file that asks for it', async () => {
    const dir = await folderWith({
      'app/a.yaml': `# +argocd:skip-file-rendering\n${map('a')}`,
      'app/b.yaml': map('b'),
    });
    const manifests = await renderer.render(input({ path: 'app' }, { dir }));
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('reads the root of a repository', async () => {
    const dir = await folderWith({ 'a.yaml': map('a') });
    expect(await renderer.render(input({ path: '.' }, { dir }))).toHaveLength(1);
  });

  it.each([
    ['a.yaml', `${map('a')}---\n${map('b')} data: x: y\n`, 'invalid-manifest', { file: 'app/a.yaml', line: 10 }],
    [
      'a.yaml',
      `${map('a')}---\n\n# no kind\napiVersion: v1\nmetadata:\n  name: b\n`,
      'invalid-manifest',
      { file: 'app/a.yaml', line: 8 },
    ],
    [
      'a.json',
      '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"',
      'invalid-manifest',
      { file: 'app/a.json' },
    ],
    ['a.jsonnet', '{}', 'unsupported', { file: 'app/a.jsonnet' }],
  ])('says where %s is wrong', async (path, text, code, where) => {
    expect(await problemOf(renderFile(path, text))).toMatchObject({ code, where });
  });
});
