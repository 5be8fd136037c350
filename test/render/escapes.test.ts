import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { HelmSource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });
const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('a path out of the checkout (CVE-2022-24348, CVE-2022-24730, CVE-2022-24877)', () => {
  it.each<[string, HelmSource]>([
    ['a value file', { valueFiles: ['../../../../../../etc/passwd'] }],
    ['a value file, hidden in the middle', { valueFiles: ['templates/../../../../../../../etc/passwd'] }],
    ['a value file, made by the build environment', { valueFiles: ['$NOTHING../../../../../../etc/passwd'] }],
    ['a file parameter', { fileParameters: [{ name: 'a', path: '../../../../../../etc/passwd' }] }],
  ])('is refused: %s', async (_, helm) => {
    const problem = await problemOf(renderer.render(input({ path: 'charts/shop', helm })));
    expect(problem.code).toBe('unsafe-path');
  });

  it.each(['file:///etc/passwd', 'https://evil.example/values.yaml', 'FILE:/etc/passwd', 's3://bucket/values.yaml'])(
    'is refused as a URL: %s',
    async (valueFile) => {
      const helm = { valueFiles: [valueFile], ignoreMissingValueFiles: true };
      expect((await problemOf(renderer.render(input({ path: 'charts/shop', helm })))).code).toBe('unsupported');
    },
  );

  it('counts from the root of the repository when it is absolute', async () => {
    const helm = { valueFiles: ['/etc/passwd'] };
    const problem = await problemOf(renderer.render(input({ path: 'charts/shop', helm })));
    expect(problem).toMatchObject({ code: 'not-found', message: 'The value file etc/passwd does not exist.' });
  });

  it.each(['../..', '/etc', 'charts/../../x', 'file:///etc'])(
    'is refused as the path of a source: %s',
    async (path) => {
      expect(['unsafe-path', 'unsupported']).toContain((await problemOf(renderer.render(input({ path })))).code);
    },
  );

  it.each([
    ['resources', 'resources: [../../../../../../etc]'],
    ['resources, absolute', 'resources: [/etc/passwd]'],
    ['bases', 'bases: [../../out]'],
    ['fields in capitals', 'RESOURCES: [../../../../out]'],
    ['components', 'components: [../../out]'],
    ['files of a generator', 'configMapGenerator: [{name: a, files: [x=/etc/passwd]}]'],
    ['env files of a generator', 'secretGenerator: [{name: a, envs: [../../../etc/passwd]}]'],
    ['patches', 'patches: [{path: ../../../../etc/passwd}]'],
    ['JSON patches', 'patchesJson6902: [{path: ../../../../etc/passwd}]'],
    ['strategic merge patches', 'patchesStrategicMerge: [../../../../etc/passwd]'],
    ['replacements', 'replacements: [{path: ../../../../etc/passwd}]'],
    ['CRDs', 'crds: [../../../../etc/passwd]'],
    ['configurations', 'configurations: [../../../../etc/passwd]'],
    ['OpenAPI', 'openapi: {path: ../../../../etc/passwd}'],
    ['transformers', 'transformers: [../../../../etc]'],
  ])('is refused in a kustomization: %s', async (_, kustomization) => {
    const dir = await folderWith({ 'app/kustomization.yaml': kustomization });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsafe-path', where: { file: 'app/kustomization.yaml', line: 1 } });
  });

  it('is refused in the components of an Application', async () => {
    const source = { path: 'kustomize/overlays/staging', kustomize: { components: ['../../../../out'] } };
    expect((await problemOf(renderer.render(input(source)))).code).toBe('unsafe-path');
  });
});

describe('a symbolic link, which the checkout leaves out (CVE-2022-24904, CVE-2022-31036)', () => {
  it.each([
    [
      'a value file',
      'charts/shop/values-prod.yaml',
      { path: 'charts/shop', helm: { valueFiles: ['values-prod.yaml'] } },
    ],
    ['a file that `.Files.Get` may read', 'charts/shop/files/motd', { path: 'charts/shop' }],
    ['a subchart', 'charts/shop/charts/common', { path: 'charts/shop' }],
    ['the folder of the source', 'plain', { path: 'plain' }],
    ['a folder above it', 'kustomize', { path: 'kustomize/overlays/staging' }],
    ['a manifest', 'plain/more.yaml', { path: 'plain' }],
    ['a resource of a base', 'kustomize/base/service.yaml', { path: 'kustomize/overlays/staging' }],
  ])('fails the render that needs it: %s', async (_, link, source) => {
    const problem = await problemOf(renderer.render(input(source, { links: [link] })));
    expect(problem.code).toBe('unsafe-path');
    expect(problem.message).toContain(`${link} is a symbolic link`);
  });

  it('does no harm elsewhere', async () => {
    const beside = ['plain/LICENSE', 'plain/deep/a.yaml', 'plains'];
    const links = ['docs/latest', 'charts/shop-2', 'kustomize/base/README.md', ...beside];
    for (const path of ['charts/shop', 'kustomize/overlays/staging', 'plain']) {
      expect((await renderer.render(input({ path }, { links }))).length).toBeGreaterThan(0);
    }
  });

  it('that lies in the checkout all the same is not followed by kustomize', async () => {
    const dir = await folderWith({ 'app/kustomization.yaml': 'configMapGenerator: [{name: a, files: [x]}]' });
    const outside = await folderWith({ secret: 'hidden' });
    await symlink(join(outside, 'secret'), join(dir, 'app/x'));
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem.code).toBe('render-failed');
    expect(problem.message).not.toContain('hidden');
  });
});

describe('the network', () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('{}');
  });
  let host = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    asked.length = 0;
  });

  it.each([
    ['a resource', (url: string) => `resources: ["${url}/r.yaml"]`],
    ['a resource, written with an escape', (url: string) => `resources: ["\\x68${url.slice(1)}/r.yaml"]`],
    ['a field in capitals', (url: string) => `Resources: ["${url}/r.yaml"]`],
    ['one of two equal fields', (url: string) => `resources: []\nRESOURCES: ["${url}/r.yaml"]`],
    ['a patch', (url: string) => `patches: [{path: "${url}/p.yaml", target: {kind: A}}]`],
    ['a file of a generator', (url: string) => `configMapGenerator: [{name: a, files: ["x=${url}/f"]}]`],
    ['an env file of a generator', (url: string) => `configMapGenerator: [{name: a, envs: ["${url}/f"]}]`],
    ['a replacement', (url: string) => `replacements: [{path: "${url}/f"}]`],
    ['a schema', (url: string) => `openapi: {path: "${url}/f"}`],
    ['a CRD', (url: string) => `crds: ["${url}/f"]`],
    [
      'an inline transformer',
      (url: string) =>
        `transformers:\n  - |-\n    apiVersion: builtin\n    kind: PatchTransformer\n    metadata: {name: x}\n    path: ${url}/p`,
    ],
  ])('is out of reach of a kustomization: %s', async (_, kustomization) => {
    const dir = await folderWith({ 'app/kustomization.yaml': kustomization(`http://${host}`) });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'app/kustomization.yaml' } });
    expect(asked).toEqual([]);
  });

  it('is out of reach of the configuration of a transformer in a file of its own', async () => {
    const transformer = `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: http://${host}/p\n`;
    const dir = await folderWith({ 'app/kustomization.yaml': 'transformers: [t.yaml]', 'app/t.yaml': transformer });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'app/t.yaml', line: 4 } });
    expect(asked).toEqual([]);
  });

  it.each([
    'github.com/acme/base//app?ref=v1',
    'git@github.com:acme/base',
    'https://github.com/acme/base',
    'git::https://x.example/a',
  ])('is not asked for a remote base: %s', async (base) => {
    const dir = await folderWith({ 'app/kustomization.yaml': `resources:\n  - ${base}\n` });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'app/kustomization.yaml', line: 2 } });
  });

  it('may be named in annotations and literals', async () => {
    const dir = await folderWith({
      'app/kustomization.yaml': 'resources: [a.yaml]\ncommonAnnotations: {docs: "https://docs.example"}\n',
      'app/a.yaml': map('a'),
    });
    const [found] = await renderer.render(input({ path: 'app' }, { dir }));
    expect(found?.metadata.annotations).toEqual({ docs: 'https://docs.example' });
  });

  it.each([
    ['a reference', (url: string) => `{"$ref": "${url}/s.json"}`],
    ['a reference written with escapes', (url: string) => `{"\\u0024ref": "${url}/s.json"}`],
    ['a schema of schemas', (url: string) => `{"$schema": "${url}/meta.json"}`],
    ['a file', () => '{"$ref": "file:///etc/passwd"}'],
    ['a path', () => '{"properties": {"a": {"$ref": "etc/passwd"}}}'],
  ])('is out of reach of the schema of a chart: %s', async (_, schema) => {
    const dir = await folderWith({
      'shop/Chart.yaml': CHART,
      'shop/templates/a.yaml': map('a'),
      'shop/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'shop/charts/sub/values.schema.json': schema(`http://${host}`),
    });
    const problem = await problemOf(renderer.render(input({ path: 'shop' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'shop/charts/sub/values.schema.json' } });
    expect(asked).toEqual([]);
    const helm = { skipSchemaValidation: true };
    expect(await renderer.render(input({ path: 'shop', helm }, { dir }))).toHaveLength(1);
  });

  it('is out of reach of the schema of a packed subchart', async () => {
    const dir = await folderWith({ 'shop/Chart.yaml': CHART, 'shop/templates/a.yaml': map('a') });
    const archive = packed({
      'sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'sub/values.schema.json': `{"$ref": "http://${host}/s.json"}`,
    });
    const file = join(dir, 'shop/charts/sub-1.0.0.tgz');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, archive);
    const problem = await problemOf(renderer.render(input({ path: 'shop' }, { dir })));
    expect(problem).toMatchObject({ code: 'unsupported', where: { file: 'shop/charts/sub-1.0.0.tgz' } });
    expect(asked).toEqual([]);
  });

  it('leaves schemas alone that refer to themselves', async () => {
    const schema =
      '{"$schema": "https://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"}';
    const dir = await folderWith({
      'shop/Chart.yaml': CHART,
      'shop/templates/a.yaml': map('a'),
      'shop/values.schema.json': schema,
    });
    expect(await renderer.render(input({ path: 'shop' }, { dir }))).toHaveLength(1);
  });
});

/** A tar.gz with these files. */
function packed(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const block = Buffer.alloc(512);
    new Header({ path, size: Buffer.byteLength(text), type: 'File', mode: 0o644 }).encode(block, 0);
    return [block, Buffer.concat([Buffer.from(text), Buffer.alloc(512)]).subarray(0, 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe('the environment of a render', () => {
  it('holds nothing: no variables, no home, no cluster', async () => {
    const template = `${map('a')}data:\n  lookup: {{ lookup "v1" "Secret" "default" "x" | toJson | quote }}\n`;
    const dir = await folderWith({ 'shop/Chart.yaml': CHART, 'shop/templates/a.yaml': template });
    const [found] = await renderer.render(input({ path: 'shop' }, { dir }));
    expect(found?.['data']).toEqual({ lookup: '{}' });
    const env = `${map('a')}data:\n  home: {{ env "HOME" }}\n`;
    const other = await folderWith({ 'shop/Chart.yaml': CHART, 'shop/templates/a.yaml': env });
    expect((await problemOf(renderer.render(input({ path: 'shop' }, { dir: other })))).message).toMatch(
      /"env" not defined/,
    );
  });
});
