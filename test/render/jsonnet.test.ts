import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { createRenderer } from '../../src/render/index.ts';
import type { DirectorySource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf } from './repository.ts';

const engines = createEngines({ milliseconds: { jsonnet: 2_000 }, maxMemory: 128 * 1024 * 1024 });
afterAll(() => engines.close());
const tools = () => Promise.reject(new Error('Jsonnet needs no tools'));
const renderer = createRenderer({ tools, jsonnet: engines.jsonnet });

async function render(files: Readonly<Record<string, string>>, directory: DirectorySource = {}) {
  return renderer.render(input({ path: 'app', directory }, { dir: await folderWith(files) }));
}

const map = (name: string, data = '{}'): string =>
  `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ${name} }, data: ${data} }`;

describe('rendering Jsonnet', () => {
  it('gives the object of a file, the objects of a list, and the items of a List, beside plain manifests', async () => {
    const manifests = await render({
      'app/a.jsonnet': map("'a'"),
      'app/b.jsonnet': `[${map("'b1'")}, ${map("'b2'")}]`,
      'app/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n',
      'app/d.jsonnet': `{ apiVersion: 'v1', kind: 'List', items: [${map("'d'")}] }`,
      'app/lib.libsonnet': '{ this: "is no manifest" }',
    });
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual(['a', 'b1', 'b2', 'c', 'd']);
  });

  it('passes tlas and extVars as text or code, with the build environment', async () => {
    const [found] = await render(
      {
        'app/a.jsonnet': `function(name, replicas) ${map('name', "{ replicas: '%d' % (replicas + 1), env: std.extVar('env'), list: std.manifestJsonMinified(std.extVar('list')) }")}`,
      },
      {
        jsonnet: {
          tlas: [
            { name: 'name', value: '$ARGOCD_APP_NAME-x' },
            { name: 'replicas', value: '2', code: true },
          ],
          extVars: [
            { name: 'env', value: 'prod' },
            { name: 'list', value: '[1, 2]', code: true },
          ],
        },
      },
    );
    expect(found).toMatchObject({
      metadata: { name: 'shop-x' },
      data: { replicas: '3', env: 'prod', list: '[1,2]' },
    });
  });

  it('imports from beside the file, from the last lib first, and from the folder of the source', async () => {
    const from = (name: string): string => `{ from: '${name}' }`;
    const [found] = await render(
      {
        'app/a.jsonnet': map(
          "'a'",
          "{ own: (import 'own.libsonnet').from, both: (import 'both.libsonnet').from, deep: (import 'deep/x.libsonnet').from, text: importstr 'note.txt' }",
        ),
        'app/own.libsonnet': from('app'),
        'app/note.txt': 'hello',
        'lib/own.libsonnet': from('lib'),
        'lib/both.libsonnet': from('lib'),
        'vendor/both.libsonnet': from('vendor'),
        'vendor/deep/x.libsonnet': "import 'y.libsonnet'",
        'vendor/deep/y.libsonnet': from('deep'),
      },
      { jsonnet: { libs: ['lib', '/vendor'] } },
    );
    expect(found?.['data']).toEqual({ own: 'app', both: 'vendor', deep: 'deep', text: 'hello' });
  });

  it('is told by file and line when it fails', async () => {
    const a = map("'a'", "{ x: import '../lib/x.libsonnet' }");
    const broken = await problemOf(render({ 'app/a.jsonnet': a, 'lib/x.libsonnet': "{\n  a: error 'no tag',\n}.a" }));
    expect(broken).toMatchObject({
      code: 'render-failed',
      message: 'Jsonnet: no tag',
      where: { file: 'lib/x.libsonnet', line: 2 },
    });
    const syntax = await problemOf(render({ 'app/a.jsonnet': '{\n  a: ,\n}' }));
    expect(syntax).toMatchObject({ code: 'render-failed', where: { file: 'app/a.jsonnet', line: 2 } });
    const missing = await problemOf(render({ 'app/a.jsonnet': "import 'gone.libsonnet'" }));
    expect(missing.message).toContain('gone.libsonnet');
    const none = await problemOf(render({ 'app/a.jsonnet': "{ kind: 'ConfigMap' }" }));
    expect(none).toMatchObject({ code: 'render-failed', where: { file: 'app/a.jsonnet' } });
  });

  it('counts as read what it imports: a change there touches the application', async () => {
    const dir = await folderWith({
      'app/a.jsonnet': "import 'x.libsonnet'",
      'lib/x.libsonnet': "importstr '../data/y.txt'",
      'data/y.txt': '',
    });
    const directory = { jsonnet: { libs: ['lib'] } };
    const closure = await renderer.closure(input({ path: 'app', directory }, { dir }));
    expect(closure).toEqual(expect.arrayContaining(['app/', 'lib/x.libsonnet', 'data/y.txt']));
    expect(closure).not.toContain('lib/');
  });
});

describe('Jsonnet from a pull request', () => {
  it.each([
    ['an import', "import '../../../../../etc/passwd'"],
    ['a text import', "importstr '../../../../../etc/passwd'"],
    ['a verbatim import', "importstr @'../../../../../etc/passwd'"],
  ])('reads nothing out of the repository by %s (CVE-2022-24731)', async (_, text) => {
    expect((await problemOf(render({ 'app/a.jsonnet': text }))).code).toBe('unsafe-path');
  });

  it.each([
    ['an absolute import', "importstr '/etc/hostname'"],
    ['an import written with escapes', "importstr '\\u002e\\u002e/\\u002e\\u002e/\\u002e\\u002e/etc/hostname'"],
  ])('finds nothing by %s', async (_, text) => {
    const problem = await problemOf(render({ 'app/a.jsonnet': text }));
    expect(problem.code).toBe('render-failed');
    expect(problem.message).toMatch(/there is no file/);
  });

  it.each(['../lib', '/../../etc', 'file:///etc'])('has no libs out of the repository: %s', async (lib) => {
    const problem = await problemOf(render({ 'app/a.jsonnet': '{}' }, { jsonnet: { libs: [lib] } }));
    expect(['unsafe-path', 'unsupported']).toContain(problem.code);
  });

  it('follows no symbolic link', async () => {
    const dir = await folderWith({ 'app/a.jsonnet': "importstr 'x.txt'" });
    const found = renderer.render(input({ path: 'app' }, { dir, links: ['app/x.txt'] }));
    expect((await problemOf(found)).code).toBe('unsafe-path');
  });

  it.each([
    ['an endless loop', 'local f(x) = f(x + 1) tailstrict; f(0)'],
    ['a list without end', 'std.foldl(function(a, b) a + a, std.range(1, 60), [1, 2])'],
    ['a text that doubles', "std.foldl(function(a, b) a + a, std.range(1, 60), 'xxxxxxxx')"],
  ])('is ended when it is %s', async (_, text) => {
    expect((await problemOf(render({ 'app/a.jsonnet': text }))).code).toBe('limit-exceeded');
  });

  it('is ended when it calls itself for ever', async () => {
    const problem = await problemOf(render({ 'app/a.jsonnet': 'local f(x) = 1 + f(x); f(0)' }));
    expect(['render-failed', 'limit-exceeded']).toContain(problem.code);
  });

  it('sees no environment', async () => {
    const problem = await problemOf(render({ 'app/a.jsonnet': "std.extVar('HOME')" }));
    expect(problem.message).toMatch(/undefined external variable/i);
  });

  it('fails by name where nothing evaluates it', async () => {
    const dir = await folderWith({ 'app/a.jsonnet': '{}' });
    const problem = await problemOf(createRenderer({ tools }).render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'app/a.jsonnet' } });
  });
});
