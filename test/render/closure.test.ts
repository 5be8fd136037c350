import { describe, expect, it } from 'vitest';
import { closure as readsOf } from '../../src/render/closure.ts';
import type { ApplicationSource } from '../../src/spec/application.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { folderWith, input } from './repository.ts';

/** Without the parameters beside each kustomization, which have a test of their own. */
async function closure(of: RenderInput): Promise<readonly string[]> {
  return (await readsOf(of)).filter((path) => !path.includes('.argocd-source'));
}

describe('what a render reads', () => {
  it('the parameters that lie beside a kustomization, also before they are there', async () => {
    expect(await readsOf(input({ path: 'kustomize/overlays/staging' }))).toEqual(
      expect.arrayContaining([
        'kustomize/overlays/staging/.argocd-source-shop.yaml',
        'kustomize/overlays/staging/.argocd-source.yaml',
      ]),
    );
  });

  it('of a glob of value files the folder in which it looks', async () => {
    const helm = { valueFiles: ['../../envs/*/prod*.yaml', '/*.yaml', 'own/*.yaml'] };
    expect(await closure(input({ path: 'charts/shop', helm: { valueFiles: [helm.valueFiles[0] ?? ''] } }))).toEqual([
      'charts/shop/',
      'envs/',
    ]);
    expect(await closure(input({ path: 'charts/shop', helm }))).toEqual(['/']);
  });

  it.each<[string, Omit<ApplicationSource, 'repoURL'>, readonly string[]]>([
    ['a chart', { path: 'charts/shop' }, ['charts/shop/']],
    [
      'a chart with value files of its own and from elsewhere',
      { path: 'charts/shop', helm: { valueFiles: ['values-prod.yaml', '../../env/prod.yaml', '/env/all.yaml'] } },
      ['charts/shop/', 'env/all.yaml', 'env/prod.yaml'],
    ],
    [
      'an overlay: itself, its base, its component and their files, and nothing else',
      { path: 'kustomize/overlays/production' },
      [
        'kustomize/base/banner.txt',
        'kustomize/base/deployment.yaml',
        'kustomize/base/kustomization.yaml',
        'kustomize/base/nginx.conf',
        'kustomize/base/service.yaml',
        'kustomize/components/monitoring/kustomization.yaml',
        'kustomize/components/monitoring/scrape.yaml',
        'kustomize/overlays/production/kustomization.yml',
        'kustomize/overlays/production/resources.yaml',
      ],
    ],
    [
      'a component that only the Application names',
      { path: 'kustomize/components/monitoring', kustomize: { components: ['../../overlays/staging'] } },
      [
        'kustomize/base/banner.txt',
        'kustomize/base/deployment.yaml',
        'kustomize/base/kustomization.yaml',
        'kustomize/base/nginx.conf',
        'kustomize/base/service.yaml',
        'kustomize/components/monitoring/kustomization.yaml',
        'kustomize/components/monitoring/scrape.yaml',
        'kustomize/overlays/staging/kustomization.yaml',
      ],
    ],
    ['a folder of manifests', { path: 'plain' }, ['plain/']],
    ['a folder that is not there', { path: './gone/' }, ['gone/']],
    ['a folder out of the repository', { path: 'charts/../../x' }, ['../x/']],
  ])('%s', async (_, source, expected) => {
    expect(await closure(input(source))).toEqual(expected);
  });

  it('follows local charts that a chart depends on', async () => {
    const dependency = (path: string) =>
      `name: a\nversion: 1.0.0\ndependencies:\n  - {name: b, version: 1.0.0, repository: "file://${path}"}\n`;
    const dir = await folderWith({
      'charts/shop/Chart.yaml': dependency('../common'),
      'charts/common/Chart.yaml': dependency('../base/'),
      'charts/base/Chart.yaml': dependency('../shop'),
    });
    expect(await closure(input({ path: 'charts/shop' }, { dir }))).toEqual([
      'charts/base/',
      'charts/common/',
      'charts/shop/',
    ]);
  });

  it('names every file of every kind that a kustomization can name, also those that are not there', async () => {
    const kustomization = [
      'resources: [r.yaml]',
      'bases: [../base]',
      'crds: [crd.json]',
      'configurations: [names.yaml]',
      'patches: [{path: p1.yaml}, {patch: "kind: A"}]',
      'patchesStrategicMerge: [p2.yaml, "kind: A\\n"]',
      'patchesJson6902: [{path: p3.yaml}]',
      'replacements: [{path: r1.yaml}]',
      'openapi: {path: schema.json}',
      'configMapGenerator: [{name: a, files: [f1, key=f2], envs: [e1], env: e2}]',
      'secretGenerator: [{name: a, files: [f3]}]',
    ];
    const dir = await folderWith({ 'app/kustomization.yaml': kustomization.join('\n') });
    const names = [
      'crd.json',
      'e1',
      'e2',
      'f1',
      'f2',
      'f3',
      'kustomization.yaml',
      'names.yaml',
      'p1.yaml',
      'p2.yaml',
      'p3.yaml',
    ];
    const own = [...names, 'r.yaml', 'r1.yaml', 'schema.json'].map((name) => `app/${name}`);
    expect(await closure(input({ path: 'app' }, { dir }))).toEqual([...own, 'base']);
  });

  it('is the whole folder where plugins may read anything, and where the kustomization is broken', async () => {
    const dir = await folderWith({
      'a/kustomization.yaml': 'generators: [g.yaml]',
      'a/g.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [y]\n',
      'b/kustomization.yaml': 'resources: [',
    });
    expect(await closure(input({ path: 'a' }, { dir }))).toContain('a/');
    expect(await closure(input({ path: 'b' }, { dir }))).toContain('b/');
  });

  it('ends in a circle of bases', async () => {
    const dir = await folderWith({
      'a/kustomization.yaml': 'resources: [../b]',
      'b/kustomization.yaml': 'resources: [../a]',
    });
    expect(await closure(input({ path: 'a' }, { dir }))).toEqual(['a/kustomization.yaml', 'b/kustomization.yaml']);
  });
});
