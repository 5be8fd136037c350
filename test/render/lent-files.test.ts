import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { Checkout, RenderInput } from '../../src/spec/ports.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.0\n',
  'values.yaml': 'color: red\n',
  'templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  color: {{ .Values.color }}\n  banner: {{ .Values.banner | quote }}\n',
};

async function lending(files: Record<string, string>, links?: readonly string[]): Promise<Checkout> {
  const checkout = {
    repoURL: 'https://github.com/acme/config',
    revision: 'c'.repeat(40),
    dir: await folderWith(files),
  };
  return links === undefined ? checkout : { ...checkout, links };
}

/** A chart of a chart repository, whose values lie in a Git repository. */
async function chartInput(helm: RenderInput['source']['helm'], refs: Record<string, Checkout>): Promise<RenderInput> {
  const source = { chart: 'shop', ...(helm === undefined ? {} : { helm }) };
  const checkout = { repoURL: 'https://charts.acme.example', revision: '1.2.0', dir: await folderWith(CHART) };
  return { ...input(source, checkout), refs: new Map(Object.entries(refs)) };
}

describe('a chart of a repository with values of another source', () => {
  it('reads $ref value files and file parameters from the root of that source', async () => {
    const values = await lending({ 'envs/shop.yaml': 'color: blue\n', 'banner.txt': 'open' });
    const helm = {
      valueFiles: ['$values/envs/shop.yaml'],
      fileParameters: [{ name: 'banner', path: '$values/banner.txt' }],
    };
    const [config] = await createRenderer({ tools: testTools }).render(await chartInput(helm, { values }));
    expect(config).toMatchObject({ data: { color: 'blue', banner: 'open' } });
  });

  it('is rendered again when only the lent file has changed', async () => {
    const trees = [new Map([['envs/shop.yaml', 'v1']]), new Map([['envs/shop.yaml', 'v2']])];
    const revisions = ['1'.repeat(40), '2'.repeat(40)];
    const renderer = createRenderer({
      tools: testTools,
      tree: async (_, revision) => trees[revisions.indexOf(revision)] ?? new Map(),
    });
    const helm = { valueFiles: ['$values/envs/shop.yaml'] };
    const colors: unknown[] = [];
    for (const [index, color] of ['blue', 'green'].entries()) {
      const values = {
        ...(await lending({ 'envs/shop.yaml': `color: ${color}\n` })),
        revision: revisions[index] ?? '',
      };
      const [config] = await renderer.render(await chartInput(helm, { values }));
      colors.push(config?.['data']);
    }
    expect(colors).toMatchObject([{ color: 'blue' }, { color: 'green' }]);
  });

  it.each(['$values/../secrets.yaml', '$values/envs/../../secrets.yaml', '$values//../etc/passwd'])(
    'cannot leave that source by %s (CVE-2022-24348)',
    async (path) => {
      const values = await lending({ 'a.yaml': '' });
      const render = createRenderer({ tools: testTools }).render(await chartInput({ valueFiles: [path] }, { values }));
      expect((await problemOf(render)).code).toBe('unsafe-path');
    },
  );

  it('does not follow a link of that source', async () => {
    const values = await lending({ 'a.yaml': '' }, ['envs']);
    const helm = { valueFiles: ['$values/envs/shop.yaml'] };
    const problem = await problemOf(createRenderer({ tools: testTools }).render(await chartInput(helm, { values })));
    expect(problem).toMatchObject({ code: 'unsafe-path', where: { field: 'spec.source.helm.valueFiles[0]' } });
  });

  it('says which source lacks the file, and which ref no source has', async () => {
    const values = await lending({ 'a.yaml': '' });
    const renderer = createRenderer({ tools: testTools });
    const missing = await problemOf(renderer.render(await chartInput({ valueFiles: ['$values/b.yaml'] }, { values })));
    expect(missing.message).toBe('The value file b.yaml does not exist in https://github.com/acme/config at ccccccc.');
    const unknown = await problemOf(renderer.render(await chartInput({ valueFiles: ['$value/b.yaml'] }, { values })));
    expect(unknown).toMatchObject({ code: 'not-found', fix: expect.stringContaining('$values') });
  });
});
