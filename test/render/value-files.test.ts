import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { HelmSource } from '../../src/spec/application.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });
const CHART = {
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'shop/values.yaml': 'who: chart\n',
  'shop/templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {{ .Values | toJson | quote | printf "{values: %s}" }}\n',
};
const who = (name: string): string => `who: ${name}\n${name}: true\n`;
const ENVS = { 'shop/envs/a.yaml': who('a'), 'shop/envs/b.yaml': who('b'), 'shop/envs/c.yaml': who('c') };

/** The values that the chart sees. */
async function values(
  helm: HelmSource,
  files: Readonly<Record<string, string>> = {},
  more: Partial<RenderInput> & { links?: readonly string[] } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { links = [], ...rest } = more;
  const dir = await folderWith({ ...CHART, ...files });
  const [found] = await renderer.render({ ...input({ path: 'shop', helm }, { dir, links }), ...rest });
  const { values: text = '' } = (found?.['data'] ?? {}) as { values?: string };
  return JSON.parse(text);
}

describe('globs in valueFiles', () => {
  it.each<[string, readonly string[], string]>([
    ['the last by name wins', ['envs/*.yaml'], 'c'],
    ['what is listed as well stands where it is listed', ['envs/*.yaml', 'envs/a.yaml'], 'a'],
    ['also before the glob', ['envs/c.yaml', 'envs/*.yaml'], 'b'],
    ['each file counts once, where it stands first', ['envs/[bc].yaml', 'envs/?.yaml'], 'a'],
    ['from the root of the repository', ['/shop/envs/[ab].yaml'], 'b'],
  ])('%s', async (_, valueFiles, expected) => {
    expect((await values({ valueFiles }, ENVS))['who']).toBe(expected);
  });

  it('that match nothing fail by their field, unless files may be missing', async () => {
    const valueFiles = ['envs/a.yaml', 'other/*.yaml'];
    expect(await problemOf(values({ valueFiles }, ENVS))).toMatchObject({
      code: 'not-found',
      message: 'No value file matches other/*.yaml.',
      where: { field: 'spec.source.helm.valueFiles[1]' },
    });
    expect((await values({ valueFiles, ignoreMissingValueFiles: true }, ENVS))['who']).toBe('a');
  });

  it('that match a folder say so', async () => {
    const problem = await problemOf(values({ valueFiles: ['env*'] }, ENVS));
    expect(problem.message).toBe('The glob shop/env* matches the folder shop/envs, which holds no values.');
  });

  it('that match a symbolic link are refused (CVE-2022-24348, CVE-2022-31036)', async () => {
    const problem = await problemOf(values({ valueFiles: ['envs/*.yaml'] }, ENVS, { links: ['shop/envs/d.yaml'] }));
    expect(problem).toMatchObject({ code: 'unsafe-path', message: expect.stringContaining('shop/envs/d.yaml') });
  });

  it('that lead out of the repository are refused (CVE-2022-24730)', async () => {
    expect((await problemOf(values({ valueFiles: ['../../*/passwd'] }))).code).toBe('unsafe-path');
  });
});

describe('value files of another source', () => {
  const refs = async (files: Readonly<Record<string, string>>, links: readonly string[] = []) =>
    new Map([
      ['values', { repoURL: 'https://x/values', revision: 'a'.repeat(40), dir: await folderWith(files), links }],
    ]);

  it('count from the root of its repository; globs work there, and build variables in the rest of the path', async () => {
    const from = await refs({ 'envs/a.yaml': who('a'), 'envs/shop.yaml': who('z'), 'envs/x.txt': who('x') });
    expect((await values({ valueFiles: ['$values/envs/*.yaml'] }, {}, { refs: from }))['who']).toBe('z');
    const valueFiles = ['$values/envs/$ARGOCD_APP_NAME.yaml', '$values//envs/a.yaml'];
    expect((await values({ valueFiles }, {}, { refs: from }))['who']).toBe('a');
    const fileParameters = [{ name: 'text', path: '$values/envs/x.txt' }];
    expect((await values({ fileParameters }, {}, { refs: from }))['text']).toBe(who('x'));
  });

  it.each([
    '$values/../../etc/passwd',
    '$values/envs/../../x.yaml',
    '$values/link.yaml',
    '$values/linked/*.yaml',
    '$values/$NOTHING../x',
    '$values/../*/x.yaml',
  ])('can not be used as a way out: %s', async (written) => {
    const from = await refs({ 'envs/a.yaml': '' }, ['link.yaml', 'linked']);
    const helm = { valueFiles: [written], ignoreMissingValueFiles: true };
    expect((await problemOf(values(helm, {}, { refs: from }))).code).toBe('unsafe-path');
    const fileParameters = [{ name: 'a', path: written }];
    expect((await problemOf(values({ fileParameters }, {}, { refs: from }))).code).toBe('unsafe-path');
  });

  it('are meant only at the start of a path, and by a ref that is there', async () => {
    const from = await refs({ 'a.yaml': who('a') });
    const inside = await problemOf(values({ valueFiles: ['envs/$values/a.yaml'] }, {}, { refs: from }));
    // Anywhere else `$values` is a variable that is not set.
    expect(inside.message).toBe('The value file shop/envs/a.yaml does not exist.');
    expect(await problemOf(values({ valueFiles: ['$other/a.yaml'] }, {}, { refs: from }))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('$other'),
    });
  });
});

describe('value files that trimtab does not read', () => {
  it.each(['secrets://values.enc.yaml', 'secrets+age-import:///key.txt?values.yaml'])('are named: %s', async (file) => {
    expect(await problemOf(values({ valueFiles: [file] }))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('helm-secrets'),
      where: { field: 'spec.source.helm.valueFiles[0]' },
    });
  });

  it('an encoded way out is a name like any other', async () => {
    const problem = await problemOf(values({ valueFiles: ['%2e%2e/%2e%2e/etc/passwd'] }));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('shop/%2e%2e/%2e%2e/etc') });
  });
});

describe('value files by URL', () => {
  const bases: NonNullable<RenderInput['bases']> = {
    resolve: async () => 'a'.repeat(40),
    checkout: async (repoURL, revision) => ({
      repoURL,
      revision,
      dir: await folderWith({ 'envs/live.yaml': who('raw') }),
    }),
    webFile: (url) => {
      if (!url.startsWith('https://acme.example/')) throw new Problem('forbidden', 'The project does not permit it.');
      return async () =>
        url.endsWith('shop.yaml') ? who('web') : Promise.reject(new Problem('not-found', 'acme.example answers 404.'));
    },
  };

  it.each([
    [['https://acme.example/$ARGOCD_APP_NAME.yaml'], 'web'],
    [['https://acme.example/shop.yaml', 'https://raw.githubusercontent.com/acme/values/v1/envs/live.yaml'], 'raw'],
    [['https://acme.example/shop.yaml', 'envs/a.yaml'], 'a'],
  ])('%j are brought where the project permits them', async (valueFiles, last) => {
    expect(await values({ valueFiles }, ENVS, { bases })).toMatchObject({ who: last, ...{ [last]: true } });
  });

  it.each([
    ['https://acme.example/gone.yaml', {}, 'not-found'],
    ['https://raw.githubusercontent.com/acme/values/v1/gone.yaml', {}, 'not-found'],
    ['https://evil.example/values.yaml', {}, 'forbidden'],
    ['https://acme.example/shop.yaml', { valuesFileSchemes: 'http' }, 'unsupported'],
    ['https://acme.example/shop.yaml', { valuesFileSchemes: '' }, 'unsupported'],
    ['http://acme.example/shop.yaml', {}, 'unsupported'],
  ])('%s with %j is refused', async (file, settings, code) => {
    const helm = { valueFiles: ['values.yaml', file], ignoreMissingValueFiles: true };
    expect(await problemOf(values(helm, {}, { bases, ...settings }))).toMatchObject({
      code,
      where: { field: 'spec.source.helm.valueFiles[1]' },
    });
  });
});
