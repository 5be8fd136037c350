import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { HelmSource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

/** What was reported against Helm, Kustomize, Argo CD and Flux and is not tried elsewhere in this folder. */

const renderer = createRenderer({ tools: testTools });
const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

async function chart(files: Readonly<Record<string, string>>, helm: HelmSource = {}) {
  const named = Object.entries(files).map(([path, text]) => [`shop/${path}`, text]);
  const dir = await folderWith({ 'shop/Chart.yaml': CHART, ...Object.fromEntries(named) });
  return renderer.render(input({ path: 'shop', helm }, { dir }));
}

describe('a chart', () => {
  it('asks no name server: what getHostByName would leak it does not get (CVE-2023-25165)', async () => {
    const template = `${MAP}data:\n  address: {{ getHostByName "secret.canary.example.com" | quote }}\n`;
    const [found] = await chart({ 'templates/a.yaml': template });
    expect(found?.['data']).toEqual({ address: '' });
  });

  it.each([
    ['an index of a thousand million', { parameters: [{ name: 'a[999999999]', value: '1' }] }],
    ['the same as text', { parameters: [{ name: 'a[999999999]', value: '1', forceString: true }] }],
    ['a name of ten thousand levels', { parameters: [{ name: Array(10_000).fill('a').join('.'), value: '1' }] }],
  ] satisfies [string, HelmSource][])(
    'is refused parameters that eat memory: %s (CVE-2022-36055, CVE-2022-36049)',
    async (_, helm) => {
      const problem = await problemOf(chart({ 'templates/a.yaml': MAP }, helm));
      expect(['render-failed', 'limit-exceeded']).toContain(problem.code);
    },
  );

  it.each([
    ['an empty Chart.yaml', ''],
    ['null dependencies', `${CHART}dependencies: [null]\n`],
    ['null maintainers', `${CHART}maintainers: [null]\n`],
    ['a Chart.yaml that is a list', '[]'],
    ['a name that leads out', 'apiVersion: v2\nname: ../../shop\nversion: 1.0.0\n'],
  ])('that is malformed is a problem of its application: %s (CVE-2022-23524, CVE-2024-25620)', async (_, text) => {
    const task = chart({ 'Chart.yaml': text, 'templates/a.yaml': MAP });
    const answer = await task.catch(() => 'a problem');
    // Whether Helm takes it is Helm's choice; what matters is that nothing panics, and nothing else is made than that map.
    if (answer !== 'a problem') expect(answer).toMatchObject([{ metadata: { name: 'a' } }]);
    else expect((await problemOf(chart({ 'Chart.yaml': text, 'templates/a.yaml': MAP }))).code).not.toBe('internal');
  });

  it('may hold a schema that goes round in circles: it ends (CVE-2025-32387, CVE-2025-55198)', async () => {
    const circle = '{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}}';
    const answer = await chart({ 'templates/a.yaml': MAP, 'values.schema.json': circle }).catch(
      (thrown: unknown) => thrown,
    );
    expect(Array.isArray(answer) || (answer as { code?: string }).code === 'render-failed').toBe(true);
  });

  it('may hold a schema of a hundred thousand levels: it fails within its limits (CVE-2025-32387)', async () => {
    const deep = `${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`;
    const problem = await problemOf(chart({ 'templates/a.yaml': MAP, 'values.schema.json': deep }));
    expect(['render-failed', 'limit-exceeded', 'unsupported']).toContain(problem.code);
  });

  it('that is a bomb of zeros when unpacked fails within its limits (CVE-2025-32386)', async () => {
    const dir = await folderWith({ 'shop/Chart.yaml': CHART, 'shop/templates/a.yaml': MAP });
    await mkdir(join(dir, 'shop/charts'), { recursive: true });
    await writeFile(join(dir, 'shop/charts/bomb-1.0.0.tgz'), gzipSync(Buffer.alloc(200 * 1024 * 1024)));
    const problem = await problemOf(renderer.render(input({ path: 'shop' }, { dir })));
    expect(['render-failed', 'limit-exceeded', 'unsupported', 'invalid-manifest']).toContain(problem.code);
  });

  it('with aliases that multiply in its values fails (CVE-2022-31016)', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]\n`)
      .join('')}`;
    const problem = await problemOf(chart({ 'templates/a.yaml': MAP, 'values.yaml': bomb }));
    expect(['render-failed', 'limit-exceeded', 'invalid-manifest']).toContain(problem.code);
  });

  it('reads nothing through a lock file that is a link (CVE-2025-53547)', async () => {
    const dir = await folderWith({
      'shop/Chart.yaml': `${CHART}dependencies: [{name: db, version: 1.0.0, repository: "https://charts.example"}]\n`,
      'shop/templates/a.yaml': MAP,
    });
    const outside = await folderWith({ 'bash.rc': 'dependencies: []\n' });
    await symlink(join(outside, 'bash.rc'), join(dir, 'shop/Chart.lock'));
    const problem = await problemOf(renderer.render(input({ path: 'shop' }, { dir, links: ['shop/Chart.lock'] })));
    expect(problem).toMatchObject({ code: 'unsafe-path' });
  });
});

describe('a kustomization', () => {
  it.each([
    ['itself', { 'app/kustomization.yaml': 'resources: [../app]\n' }],
    [
      'another that refers back',
      { 'app/kustomization.yaml': 'resources: [../b]\n', 'b/kustomization.yaml': 'resources: [../app]\n' },
    ],
  ])('that refers to %s ends with a problem (CVE-2022-24878)', async (_, files) => {
    const dir = await folderWith(files);
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'render-failed' });
    expect(problem.message).toMatch(/cycle|itself/);
  });

  it.each([
    ['an exec function', "config.kubernetes.io/function: '{exec: {path: ./run.sh}}'"],
    ['a container', "config.kubernetes.io/function: '{container: {image: alpine}}'"],
    ['a Starlark program', "config.kubernetes.io/function: '{starlark: {path: run.star, name: x}}'"],
  ])('starts no program: %s is refused', async (_, annotation) => {
    const generator = `apiVersion: x/v1\nkind: X\nmetadata:\n  name: x\n  annotations:\n    ${annotation}\n`;
    const dir = await folderWith({
      'app/kustomization.yaml': 'generators: [g.yaml]\n',
      'app/g.yaml': generator,
      'app/run.sh': '#!/bin/sh\ntouch "$(dirname "$0")/was-run"\n',
    });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(['render-failed', 'unsupported']).toContain(problem.code);
  });

  it('starts no Go plugin, wherever it lies', async () => {
    const dir = await folderWith({
      'app/kustomization.yaml': 'transformers: [t.yaml]\n',
      'app/t.yaml': 'apiVersion: acme.example/v1\nkind: Evil\nmetadata:\n  name: x\n',
      'app/kustomize/plugin/acme.example/v1/evil/Evil.so': 'not a plugin',
    });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(['render-failed', 'unsupported']).toContain(problem.code);
  });
});

describe('a folder of manifests', () => {
  it('with a file that is a link to outside is refused, and shows nothing of it (CVE-2022-24904)', async () => {
    const dir = await folderWith({ 'app/a.yaml': MAP });
    const outside = await folderWith({ 'token.yaml': 'hidden: value\n' });
    await symlink(join(outside, 'token.yaml'), join(dir, 'app/b.yaml'));
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir, links: ['app/b.yaml'] })));
    expect(problem.code).toBe('unsafe-path');
    expect(JSON.stringify(problem)).not.toContain('hidden');
  });

  it('with aliases that multiply ends with a problem at its file (CVE-2022-31016)', async () => {
    const lists = 'bcdefghi'
      .split('')
      .map((name, index) => `  ${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]\n`);
    const bomb = `${MAP}data:\n  a: &a [x,x,x,x,x,x,x,x,x]\n${lists.join('')}`;
    const dir = await folderWith({ 'app/a.yaml': bomb });
    const problem = await problemOf(renderer.render(input({ path: 'app' }, { dir })));
    expect(problem).toMatchObject({ code: 'invalid-manifest', where: { file: 'app/a.yaml' } });
    expect(problem.message).toMatch(/aliases/);
  });
});
