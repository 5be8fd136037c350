import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { HelmSource } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { FACTS, folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });
const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';

function renderShop(helm: HelmSource = {}, facts = FACTS): Promise<readonly Manifest[]> {
  return renderer.render(input({ path: 'charts/shop', helm }, {}, facts));
}

function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as Manifest;
}

/** Renders a chart of one template, with what else is in the repository. */
async function renderTemplate(template: string, files: Record<string, string> = {}, helm?: HelmSource) {
  const dir = await folderWith({
    'charts/shop/Chart.yaml': CHART,
    'charts/shop/templates/web.yaml': template,
    ...files,
  });
  const source = { path: 'charts/shop', ...(helm === undefined ? {} : { helm }) };
  return renderer.render(input(source, { dir }));
}

const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('rendering a chart', () => {
  it('gives its CRDs, its resources, those of its subcharts and its hooks, under the name of the Application', async () => {
    const manifests = await renderShop();
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'CustomResourceDefinition discounts.shop.acme.example',
      'ConfigMap shop-shop',
      'Service shop-cache',
      'Deployment shop-shop',
      'Job shop-shop-migrate',
    ]);
  });

  it('leaves out what only `helm test` runs', async () => {
    expect((await renderShop()).filter(({ kind }) => kind === 'Pod')).toEqual([]);
  });

  it('gives the chart the namespace of the destination', async () => {
    expect(only(await renderShop(), 'Deployment').metadata.namespace).toBe('shop-live');
  });

  it('reads values as Kubernetes does: a quoted "no" stays text', async () => {
    expect(only(await renderShop(), 'ConfigMap')['data']).toMatchObject({ FEATURE_CHECKOUT: 'no', LOG_LEVEL: 'debug' });
  });

  it('tells the chart which Kubernetes it is for, and what that serves', async () => {
    const facts = { kubeVersion: 'v1.33.2-eks-1a2b3c4', apiVersions: ['monitoring.coreos.com/v1/ServiceMonitor'] };
    const manifests = await renderShop({}, facts);
    expect(only(manifests, 'ConfigMap')['data']).toMatchObject({ KUBERNETES: 'v1.33.2' });
    expect(only(manifests, 'ServiceMonitor').metadata.name).toBe('shop-shop');
  });

  it('takes a list of API versions that is longer than one argument may be', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `group${index}.example.com/v1/SomeLongKindName${index}`);
    const facts = { ...FACTS, apiVersions: [...many, 'monitoring.coreos.com/v1/ServiceMonitor'] };
    expect(only(await renderShop({}, facts), 'ServiceMonitor')).toBeDefined();
  });

  it('leaves CRDs out with skipCrds, and takes releaseName and namespace of the source', async () => {
    const manifests = await renderShop({ skipCrds: true, releaseName: 'green', namespace: 'other' });
    expect(manifests.map(({ kind }) => kind)).not.toContain('CustomResourceDefinition');
    expect(only(manifests, 'Deployment').metadata).toMatchObject({ name: 'green-shop', namespace: 'other' });
  });
});

describe('the values of a chart', () => {
  const replicas = async (helm: HelmSource): Promise<unknown> =>
    (only(await renderShop(helm), 'Deployment')['spec'] as { replicas: unknown }).replicas;

  it.each<[string, HelmSource, number]>([
    ['the chart itself', {}, 1],
    ['a value file', { valueFiles: ['values-prod.yaml'] }, 3],
    ['the last of two value files', { valueFiles: ['values-prod.yaml', 'values.yaml'] }, 1],
    ['a value file, from the root of the repository', { valueFiles: ['/charts/shop/values-prod.yaml'] }, 3],
    ['values over value files', { valueFiles: ['values-prod.yaml'], values: 'replicas: 4' }, 4],
    ['valuesObject in the place of values', { values: 'replicas: 4', valuesObject: { replicas: 5 } }, 5],
    ['parameters over all', { valuesObject: { replicas: 5 }, parameters: [{ name: 'replicas', value: '6' }] }, 6],
    [
      'nothing for a missing value file that may be missing',
      { valueFiles: ['no.yaml'], ignoreMissingValueFiles: true },
      1,
    ],
  ])('come from %s', async (_, helm, expected) => {
    expect(await replicas(helm)).toBe(expected);
  });

  it('keep text as text with forceString, commas in parameters, and files in fileParameters', async () => {
    const parameters = [
      { name: 'config.FORCED', value: '1234', forceString: true },
      { name: 'config.LIST', value: 'a,b' },
      { name: 'config.WHO', value: '$ARGOCD_APP_NAME in $ARGOCD_APP_NAMESPACE, $$5' },
    ];
    const fileParameters = [{ name: 'config.FILE', path: '../../kustomize/base/banner.txt' }];
    expect(only(await renderShop({ parameters, fileParameters }), 'ConfigMap')['data']).toMatchObject({
      FORCED: '1234',
      LIST: 'a,b',
      WHO: 'shop in shop-live, $5',
      FILE: 'Welcome\n',
    });
  });

  it('remove a default of the chart where valuesObject says null', async () => {
    const manifests = await renderShop({ valuesObject: { config: { LOG_LEVEL: null } } });
    expect(only(manifests, 'ConfigMap')['data']).not.toHaveProperty('LOG_LEVEL');
  });
});

describe('a chart that does not render', () => {
  it.each([
    {
      name: 'a value that is not set, in a nested map',
      template: map('{{ .Values.image.registry.host }}'),
      message: /<\.Values\.image\.registry\.host>: nil pointer/,
      where: { file: 'charts/shop/templates/web.yaml', line: 4 },
    },
    {
      name: 'a function that does not exist',
      template: map('{{ .Values.name | shout }}'),
      message: /function "shout" not defined/i,
      where: { file: 'charts/shop/templates/web.yaml', line: 4 },
    },
    {
      name: 'a required value',
      template: `${map('x')}data:\n  tag: {{ required "image.tag must be set" .Values.tag }}\n`,
      message: /^Image\.tag must be set$/,
      where: { file: 'charts/shop/templates/web.yaml', line: 6, column: 10 },
    },
    {
      name: 'a template that is not there',
      template: map('{{ include "shop.nmae" . }}'),
      message: /no template "shop\.nmae"/,
      where: { file: 'charts/shop/templates/web.yaml', line: 4 },
    },
    {
      name: 'YAML that is broken once rendered',
      template: map('{{ "a: b: c" }}'),
      message: /not valid YAML: line 4: mapping values are not allowed/,
      where: { file: 'charts/shop/templates/web.yaml' },
    },
    {
      name: 'a document without a name',
      template: `${map('x')}---\napiVersion: v1\nkind: Secret\nmetadata: {}\n`,
      message: /has no metadata\.name/,
      where: { file: 'charts/shop/templates/web.yaml' },
    },
  ])('says where: $name', async ({ template, message, where }) => {
    const problem = await problemOf(renderTemplate(template));
    expect(problem.code).toBe('render-failed');
    expect(problem.message).toMatch(message);
    expect(problem.where).toMatchObject(where);
    expect(problem.fix).toBeDefined();
  });

  it('names the helper in which it happened, and the folder of a subchart rather than its name', async () => {
    const helper = '{{- define "deep" }}\n{{ .Values.a.b }}\n{{- end }}';
    const deep = await problemOf(
      renderTemplate(map('{{ include "deep" . }}'), { 'charts/shop/templates/_deep.tpl': helper }),
    );
    expect(deep.where).toMatchObject({ file: 'charts/shop/templates/_deep.tpl', line: 2 });
    const sub = await problemOf(
      renderTemplate(map('x'), {
        'charts/shop/charts/cache/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.0.0\n',
        'charts/shop/charts/cache/templates/db.yaml': map('{{ .Values.a.b }}'),
      }),
    );
    expect(sub.where).toMatchObject({ file: 'charts/shop/charts/cache/templates/db.yaml', line: 4 });
  });

  it.each([
    {
      name: 'values that break the schema',
      files: { 'charts/shop/values.schema.json': '{"required": ["image"]}' },
      where: { file: 'charts/shop/values.schema.json' },
      message: /missing property 'image'/,
    },
    {
      name: 'values.yaml that is no YAML',
      files: { 'charts/shop/values.yaml': 'image:\n  tag: [\n' },
      where: { file: 'charts/shop/values.yaml', line: 2 },
      message: /^This is not valid YAML/,
    },
    {
      name: 'a value file that is no YAML',
      files: { 'charts/shop/prod.yaml': 'image:\n  tag: "\n' },
      helm: { valueFiles: ['prod.yaml'] },
      where: { file: 'charts/shop/prod.yaml' },
      message: /^This is not valid YAML/,
    },
    {
      name: 'Chart.yaml that is no YAML',
      files: { 'charts/shop/Chart.yaml': 'name: [\n' },
      where: { file: 'charts/shop/Chart.yaml' },
      message: /^This is not valid YAML/,
    },
    {
      name: 'a dependency that is not in charts/',
      files: {
        'charts/shop/Chart.yaml': `${CHART}dependencies:\n  - name: common\n    version: 2.x.x\n    repository: https://charts.example.com\n`,
      },
      where: { file: 'charts/shop/Chart.yaml' },
      message: /depends on common/,
    },
    {
      name: 'values in the Application that are no YAML',
      files: {},
      helm: { values: 'a: [' },
      where: { field: 'spec.source.helm.values' },
      message: /^This is not valid YAML/,
    },
    {
      name: 'a parameter that is none, with an index that would take all memory',
      files: {},
      helm: { parameters: [{ name: 'a[999999999]', value: '1' }] },
      where: { field: 'spec.source.helm.parameters' },
      message: /greater than maximum/,
    },
    {
      name: 'a release name that Kubernetes does not take',
      files: {},
      helm: { releaseName: 'Shop_1' },
      where: { field: 'spec.source.helm.releaseName' },
      message: /invalid release name/,
    },
  ])('says where: $name', async ({ files, helm, where, message }) => {
    const problem = await problemOf(renderTemplate(map('x'), files, helm));
    expect(problem.code).toBe('render-failed');
    expect(problem.message).toMatch(message);
    expect(problem.where).toMatchObject(where);
    expect(`${problem.message} ${JSON.stringify(problem.where)}`).not.toMatch(/\/tmp\//);
  });

  it('says so when a parameter is longer than a program can be given', async () => {
    const parameters = [{ name: 'a', value: 'x'.repeat(200_000) }];
    const problem = await problemOf(renderTemplate(map('x'), {}, { parameters }));
    expect(problem.code).toBe('limit-exceeded');
  });

  it('names a value file that is not there by its field and its path', async () => {
    const problem = await problemOf(renderTemplate(map('x'), {}, { valueFiles: ['values-live.yaml'] }));
    expect(problem).toMatchObject({ code: 'not-found', where: { field: 'spec.source.helm.valueFiles[0]' } });
    expect(problem.message).toContain('charts/shop/values-live.yaml');
  });
});
