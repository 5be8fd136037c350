import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { KustomizeSource } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });

function renderOverlay(overlay: string, kustomize?: KustomizeSource): Promise<readonly Manifest[]> {
  const source = { path: `kustomize/overlays/${overlay}`, ...(kustomize === undefined ? {} : { kustomize }) };
  return renderer.render(input(source));
}

async function renderFiles(files: Record<string, string>, path = 'app') {
  return renderer.render(input({ path }, { dir: await folderWith(files) }));
}

function deployment(manifests: readonly Manifest[]): Manifest {
  return manifests.find(({ kind }) => kind === 'Deployment') as Manifest;
}

const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('rendering a kustomization', () => {
  it('builds an overlay over its base', async () => {
    const manifests = await renderOverlay('staging');
    expect(manifests.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Service', 'Deployment']);
    expect(manifests.every(({ metadata }) => metadata.namespace === 'storefront-staging')).toBe(true);
  });

  it('applies components, images, replicas and patches of the overlay', async () => {
    expect(deployment(await renderOverlay('production'))).toMatchObject({
      metadata: { name: 'live-storefront', namespace: 'storefront-production' },
      spec: {
        replicas: 3,
        template: {
          metadata: { annotations: { 'prometheus.io/scrape': 'true' } },
          spec: {
            containers: [{ image: 'ghcr.io/acme/storefront:1.2.0', resources: { limits: { memory: '256Mi' } } }],
          },
        },
      },
    });
  });
});

describe('the options of an Application', () => {
  it.each<[string, KustomizeSource, object]>([
    [
      'namePrefix replaces the prefix of the kustomization',
      { namePrefix: 'eu-' },
      { metadata: { name: 'eu-storefront' } },
    ],
    ['nameSuffix', { nameSuffix: '-v2' }, { metadata: { name: 'live-storefront-v2' } }],
    ['namespace', { namespace: 'other' }, { metadata: { namespace: 'other' } }],
    [
      'a tag of an image',
      { images: ['ghcr.io/acme/storefront:2.0.0'] },
      { spec: containers('ghcr.io/acme/storefront:2.0.0') },
    ],
    [
      'another image',
      { images: ['ghcr.io/acme/storefront=mirror.example:5000/shop:3'] },
      { spec: containers('mirror.example:5000/shop:3') },
    ],
    [
      'a digest of an image',
      { images: [`ghcr.io/acme/storefront@sha256:${'a'.repeat(64)}`] },
      { spec: containers(`ghcr.io/acme/storefront@sha256:${'a'.repeat(64)}`) },
    ],
    [
      'another name with the tag kept',
      { images: ['ghcr.io/acme/storefront=mirror.example/shop:*'] },
      { spec: containers('mirror.example/shop:1.2.0') },
    ],
    [
      'an image tagged by the build environment',
      { images: ['ghcr.io/acme/storefront:$ARGOCD_APP_REVISION_SHORT'] },
      { spec: containers('ghcr.io/acme/storefront:8f14e45') },
    ],
    ['replicas, as text', { replicas: [{ name: 'storefront', count: '5' }] }, { spec: { replicas: 5 } }],
    [
      'commonLabels, also in selectors',
      { commonLabels: { team: 'shop' } },
      { metadata: { labels: { team: 'shop' } }, spec: { selector: { matchLabels: { team: 'shop' } } } },
    ],
    ['commonAnnotations', { commonAnnotations: { owner: 'shop' } }, { metadata: { annotations: { owner: 'shop' } } }],
    [
      'patches after those of the kustomization',
      { patches: [{ target: { kind: 'Deployment' }, patch: '- op: add\n  path: /spec/paused\n  value: true\n' }] },
      { spec: { paused: true } },
    ],
  ])('%s', async (_, options, expected) => {
    expect(deployment(await renderOverlay('production', options))).toMatchObject(expected);
  });

  it('labels without selectors', async () => {
    const options = { commonLabels: { team: 'shop' }, labelWithoutSelector: true };
    const found = deployment(await renderOverlay('production', options));
    expect(found.metadata.labels).toEqual({ team: 'shop' });
    expect(found['spec']).toMatchObject({ selector: { matchLabels: { app: 'storefront' } } });
    expect(JSON.stringify(found['spec'])).not.toContain('team');
  });

  it('adds components, and passes over missing ones where it may', async () => {
    const components = ['../../components/monitoring', '../../components/gone'];
    const found = deployment(await renderOverlay('staging', { components, ignoreMissingComponents: true }));
    expect(JSON.stringify(found)).toContain('prometheus.io/scrape');
    const problem = await problemOf(renderOverlay('staging', { components }));
    expect(problem).toMatchObject({ code: 'render-failed', where: { field: 'spec.source.kustomize.components[1]' } });
    expect(problem.message).toContain('kustomize/components/gone');
  });

  it('adds the components that a glob matches, and a patch from a file of the repository', async () => {
    const component = (text: string): string =>
      `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${text}\n`;
    const dir = await folderWith({
      'app/kustomization.yaml': 'resources: [a.yaml]\n',
      'app/a.yaml': map('a'),
      'app/patch.yaml': '- {op: add, path: /data, value: {k: v}}\n',
      'extras/one/kustomization.yaml': component('namePrefix: one-'),
      'extras/two/kustomization.yaml': component('nameSuffix: -two'),
    });
    const render = (kustomize: KustomizeSource) => renderer.render(input({ path: 'app', kustomize }, { dir }));
    const patches = [{ path: 'patch.yaml', target: { kind: 'ConfigMap' } }];
    const components = ['../extras/*'];
    expect(await render({ components, patches })).toMatchObject([
      { metadata: { name: 'one-a-two' }, data: { k: 'v' } },
    ]);
    // Argo CD asks whether there is a folder of that very name.
    expect(await render({ components, ignoreMissingComponents: true })).toMatchObject([{ metadata: { name: 'a' } }]);
    const none = await problemOf(render({ components: ['../none/*'] }));
    expect(none).toMatchObject({ code: 'not-found', where: { field: 'spec.source.kustomize.components[0]' } });
    const out = await problemOf(render({ patches: [{ path: '../../secret.yaml' }] }));
    expect(out).toMatchObject({ code: 'unsafe-path', where: { field: 'spec.source.kustomize.patches[0].path' } });
  });

  it('leaves the checkout as it is', async () => {
    await renderOverlay('production', { namePrefix: 'eu-' });
    expect(deployment(await renderOverlay('production')).metadata.name).toBe('live-storefront');
  });

  it('does not change a label that the kustomization sets, unless forced', async () => {
    const files = {
      'app/kustomization.yaml': 'resources: [a.yaml]\ncommonLabels:\n  team: base\n',
      'app/a.yaml': map('a'),
    };
    const dir = await folderWith(files);
    const render = (kustomize: KustomizeSource) => renderer.render(input({ path: 'app', kustomize }, { dir }));
    const commonLabels = { team: 'shop' };
    expect((await problemOf(render({ commonLabels }))).message).toContain('team already');
    const [forced] = await render({ commonLabels, forceCommonLabels: true });
    expect(forced?.metadata.labels).toEqual({ team: 'shop' });
  });
});

describe('options of the Application, as `kustomize edit` takes them', () => {
  const files = {
    'app/kustomization.yaml':
      'resources: [a.yaml]\ncomponents: [../extra]\nlabels:\n  - pairs: {team: base}\n    includeSelectors: false\n',
    'app/a.yaml': map('a'),
    'extra/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: extra, literals: [a=b]}]\n',
  };
  const render = async (kustomize: KustomizeSource) =>
    renderer.render(input({ path: 'app', kustomize }, { dir: await folderWith(files) }));

  it('a label without selectors does not replace one that is there, unless forced', async () => {
    const kustomize = { commonLabels: { team: 'shop' }, labelWithoutSelector: true };
    expect((await problemOf(render(kustomize))).message).toContain('team already');
    const [forced] = await render({ ...kustomize, forceCommonLabels: true });
    expect(forced?.metadata.labels).toEqual({ team: 'shop' });
    const [other] = await render({ commonLabels: { tier: 'web' }, labelWithoutSelector: true });
    expect(other?.metadata.labels).toEqual({ team: 'base', tier: 'web' });
  });

  it('a component that is there already is not added twice', async () => {
    expect(await render({ components: ['../extra'] })).toHaveLength(2);
  });

  it.each(['nginx', '', 'host:5000/nginx'])('an image that sets nothing is refused: %j', async (image) => {
    expect(await problemOf(render({ images: [image] }))).toMatchObject({
      code: 'invalid-manifest',
      where: { field: 'spec.source.kustomize.images' },
    });
  });
});

function containers(image: string): object {
  return { template: { spec: { containers: [{ image }] } } };
}

describe('a kustomization that does not build', () => {
  it.each([
    {
      name: 'a resource that is not there',
      files: { 'app/kustomization.yaml': 'resources:\n  - a.yaml\n  - missing.yaml\n', 'app/a.yaml': map('a') },
      message: 'The kustomization names app/missing.yaml, which does not exist.',
      where: { file: 'app/kustomization.yaml', line: 3, field: 'resources' },
    },
    {
      name: 'a resource that is not there, in a base',
      files: {
        'app/kustomization.yaml': 'resources:\n  - ../base\n',
        'base/kustomization.yaml': '# base\nresources: [gone.yaml]\n',
      },
      message: 'The kustomization names base/gone.yaml, which does not exist.',
      where: { file: 'base/kustomization.yaml', line: 2 },
    },
    {
      name: 'a patch that is not there',
      files: { 'app/kustomization.yaml': 'resources: [a.yaml]\npatches:\n  - path: p.yaml\n', 'app/a.yaml': map('a') },
      message: 'The kustomization names app/p.yaml, which does not exist.',
      where: { file: 'app/kustomization.yaml', line: 3 },
    },
    {
      name: 'a patch without a target',
      files: {
        'app/kustomization.yaml': 'resources: [a.yaml]\npatches:\n  - path: p.yaml\n',
        'app/a.yaml': map('a'),
        'app/p.yaml': map('other'),
      },
      message: /^No resource matches strategic merge patch "ConfigMap/,
      where: { file: 'app/kustomization.yaml' },
    },
    {
      name: 'broken YAML in a resource',
      files: { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/a.yaml': `${map('a')} data: x: y\n` },
      message: /^This is not valid YAML/,
      where: { file: 'app/a.yaml', line: 5 },
    },
    {
      name: 'broken YAML in the kustomization',
      files: { 'app/kustomization.yaml': 'resources:\n  - a.yaml\n bad: x\n' },
      message: /^This is not valid YAML/,
      where: { file: 'app/kustomization.yaml', line: 3 },
    },
    {
      name: 'a field that kustomize does not know',
      files: { 'app/kustomization.yaml': 'resources: [a.yaml]\nresorces: []\n', 'app/a.yaml': map('a') },
      message: /unknown field "resorces"/,
      where: { file: 'app/kustomization.yaml' },
    },
    {
      name: 'the same resource twice',
      files: {
        'app/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
        'app/a.yaml': map('a'),
        'app/b.yaml': map('a'),
      },
      message: /^May not add resource with an already registered id: ConfigMap/,
      where: { file: 'app/kustomization.yaml' },
    },
    {
      name: 'a circle',
      files: { 'app/kustomization.yaml': 'resources: [../base]\n', 'base/kustomization.yaml': 'resources: [../app]\n' },
      message: /cycle detected/i,
      where: { file: 'base/kustomization.yaml' },
    },
    {
      name: 'an external plugin',
      files: {
        'app/kustomization.yaml': 'generators: [g.yaml]\n',
        'app/g.yaml':
          'apiVersion: v1\nkind: Steal\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: /bin/id}\n',
      },
      message: /external plugins disabled/,
      where: { file: 'app/kustomization.yaml' },
    },
  ])('says where: $name', async ({ files, message, where }) => {
    const problem = await problemOf(renderFiles(files as Record<string, string>));
    expect(problem.code).toBe('render-failed');
    expect(problem.message).toMatch(message);
    expect(problem.where).toMatchObject(where);
    expect(problem.message).not.toContain('/tmp/');
  });

  it('says so when there is no kustomization in the folder', async () => {
    const dir = await folderWith({ 'app/a.yaml': map('a') });
    const problem = await problemOf(renderer.render(input({ path: 'app', kustomize: { namePrefix: 'a-' } }, { dir })));
    expect(problem).toMatchObject({ code: 'not-found', where: { file: 'app/' } });
  });
});
