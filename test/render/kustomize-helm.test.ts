import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { KustomizeSource } from '../../src/spec/application.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });

const CHARTS = 'https://charts.acme.example';

const chart = (version: string): Record<string, string> => ({
  'Chart.yaml': `apiVersion: v2\nname: web\nversion: ${version}\n`,
  'values.yaml': 'size: small\ncolour: grey\n',
  'templates/web.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-web\n  namespace: {{ .Release.Namespace }}\ndata:\n' +
    '  version: {{ .Chart.Version }}\n  size: {{ .Values.size }}\n  colour: {{ .Values.colour }}\n' +
    '  kube: "{{ .Capabilities.KubeVersion }}"\n  monitored: "{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}"\n',
  'crds/widgets.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.acme.example}\n',
});

/** A chart repository that has every version of the chart web, and writes down what it is asked for. */
function repository() {
  const asked: string[] = [];
  const charts: NonNullable<RenderInput['charts']> = {
    chartVersion: async ({ repoURL, chart: name }, wanted = 'newest') => {
      asked.push(`${repoURL} ${name} ${wanted}`);
      return /^\d/.test(wanted) ? wanted : '1.9.0';
    },
    chart: async ({ repoURL }, revision) => ({ repoURL, revision, dir: await folderWith(chart(revision)) }),
  };
  return { asked, charts };
}

const ENABLED = '--enable-helm';

async function render(
  files: Record<string, string>,
  more: Pick<RenderInput, 'charts' | 'buildOptions'> & { readonly kustomize?: KustomizeSource } = {},
) {
  const { kustomize, ...rest } = more;
  const source = { path: 'app', ...(kustomize === undefined ? {} : { kustomize }) };
  return renderer.render({ ...input(source, { dir: await folderWith(files) }), buildOptions: ENABLED, ...rest });
}

const below = (folder: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

const kustomization = (entry: string, rest = ''): Record<string, string> => ({
  'app/kustomization.yaml': `helmCharts:\n  - name: web\n    releaseName: shop\n${entry}${rest}`,
});

const REMOTE = `    repo: ${CHARTS}\n    version: 1.2.3\n`;

describe('Helm charts in a kustomization, with --enable-helm in the settings', () => {
  it('are brought from their repository, inflated with values, and kustomized', async () => {
    const { asked, charts } = repository();
    const files = kustomization(
      `${REMOTE}    namespace: web\n    valuesInline: {size: large, home: "https://acme.example"}\n`,
      'namePrefix: live-\ncommonAnnotations: {team: shop}\n',
    );
    const manifests = await render(files, { charts });
    expect(asked).toEqual([`${CHARTS} web 1.2.3`]);
    expect(manifests).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'live-shop-web', namespace: 'web', annotations: { team: 'shop' } },
        data: { version: '1.2.3', size: 'large', colour: 'grey', kube: 'v1.33.2', monitored: 'false' },
      },
    ]);
  });

  it('are the newest where no version is written, and those of an OCI registry by its URL', async () => {
    const { asked, charts } = repository();
    const [found] = await render(kustomization('    repo: oci://registry.acme.example/charts\n'), { charts });
    expect(asked).toEqual(['oci://registry.acme.example/charts web newest']);
    expect(found).toMatchObject({ data: { version: '1.9.0' } });
  });

  it('are used as they lie in chartHome, without asking anybody', async () => {
    const { asked, charts } = repository();
    const files = {
      ...kustomization(
        '    valuesFile: values/live.yaml\n    includeCRDs: true\n',
        'helmGlobals: {chartHome: ../shared}\n',
      ),
      'app/values/live.yaml': 'size: huge\n',
      ...below('shared/web', chart('1.0.0')),
    };
    const manifests = await render(files, { charts });
    expect(asked).toEqual([]);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'CustomResourceDefinition']);
    // A values file stands in for the chart's own, which still hold for what it leaves out: helm reads them in any case.
    expect(manifests.find(({ kind }) => kind === 'ConfigMap')).toMatchObject({
      data: { size: 'huge', colour: 'grey' },
    });
  });

  it('see the versions of the Application and of the cluster as in Argo CD', async () => {
    const { charts } = repository();
    const kustomize = { kubeVersion: '1.30.1', apiVersions: ['monitoring.coreos.com/v1'] };
    const [found] = await render(kustomization(REMOTE), { charts, kustomize });
    expect(found).toMatchObject({ data: { kube: 'v1.30.1', monitored: 'true' } });
  });

  it('may be written as a generator, and in a base', async () => {
    const { charts } = repository();
    const files = {
      'app/kustomization.yaml': 'resources: [../base]\nnameSuffix: -eu\n',
      'base/kustomization.yaml': 'generators: [chart.yaml]\n',
      'base/chart.yaml':
        'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: web}\nname: web\nreleaseName: shop\n' +
        `repo: ${CHARTS}\nversion: 1.2.3\n`,
    };
    const [found] = await render(files, { charts });
    expect(found).toMatchObject({ metadata: { name: 'shop-web-eu' }, data: { version: '1.2.3' } });
  });

  it('fail with the words of helm', async () => {
    const { charts } = repository();
    const broken = { ...chart('1.0.0'), 'templates/web.yaml': '{{ required "size is needed" .Values.gone }}\n' };
    const problem = await problemOf(render({ ...kustomization(''), ...below('app/charts/web', broken) }, { charts }));
    expect(problem).toMatchObject({ code: 'render-failed', where: { file: 'app/kustomization.yaml' } });
    expect(problem.message).toContain('size is needed');
    expect(problem.message).not.toContain('/tmp');
  });

  it('are looked for in the repository where no other is named', async () => {
    const problem = await problemOf(render(kustomization('')));
    expect(problem.message).toContain('app/charts/web, which does not exist');
  });
});

describe('Helm charts in a kustomization are refused', () => {
  it('without --enable-helm', async () => {
    const { asked, charts } = repository();
    const problem = await problemOf(render(kustomization(REMOTE), { charts, buildOptions: '' }));
    expect(problem).toMatchObject({ code: 'misconfigured', where: { file: 'app/kustomization.yaml' } });
    expect(problem.fix).toContain('--enable-helm');
    expect(asked).toEqual([]);
  });

  it('from a repository that may not be asked, at the line that names it', async () => {
    const charts = {
      chartVersion: async () => {
        throw new Problem('forbidden', 'The project does not permit it.', { fix: 'Add it to sourceRepos.' });
      },
      chart: repository().charts.chart,
    };
    const problem = await problemOf(render(kustomization(REMOTE), { charts }));
    expect(problem).toMatchObject({
      code: 'forbidden',
      where: { file: 'app/kustomization.yaml', line: 2 },
      fix: 'Add it to sourceRepos.',
    });
  });

  it.each([
    [
      'a release that helm would take for a flag',
      '    releaseName: --set-file=size=/etc/hostname\n',
      /no name of a release/,
    ],
    ['the same in another spelling', '    relea\u017feName: --set-file=size=/etc/hostname\n', /twice/],
    ['a chart out of the repository', '    version: ../../../../../../etc\n    repo: https://x.example\n', /leads out/],
    ['a values file out of the repository', '    valuesFile: ../../../etc/hostname\n', /leads out/],
    ['values from the web', '    additionalValuesFiles: ["https://acme.example/v.yaml"]\n', /from another host/],
    ['a field that kustomize does not know', '    extraArgs: ["--post-renderer=x"]\n', /no field "extraArgs"/],
  ])('%s', async (_, entry, message) => {
    const { charts } = repository();
    const text = kustomization(entry)['app/kustomization.yaml'] ?? '';
    // A key that is written twice: the last one counts.
    const once = entry.startsWith('    releaseName') ? text.replace('    releaseName: shop\n', '') : text;
    const files = { 'app/kustomization.yaml': once, ...below('app/charts/web', chart('1.0.0')) };
    expect((await problemOf(render(files, { charts }))).message).toMatch(message);
  });

  it.each([['/etc'], ['../../../../etc']])('with charts at %s', async (home) => {
    const files = kustomization('', `helmGlobals: {chartHome: ${home}}\n`);
    expect((await problemOf(render(files))).code).toBe('unsafe-path');
  });

  it('whose schema would be fetched', async () => {
    const bad = { ...chart('1.0.0'), 'values.schema.json': '{"$ref": "http://127.0.0.1:1/schema.json"}' };
    const problem = await problemOf(render({ ...kustomization(''), ...below('app/charts/web', bad) }));
    expect(problem.message).toContain('outside of itself');
  });

  it('with flags that trimtab does not do', async () => {
    const problem = await problemOf(render(kustomization(''), { buildOptions: '--enable-helm --output /tmp' }));
    expect(problem).toMatchObject({ code: 'unsupported', where: { field: 'kustomize.buildOptions' } });
    expect(problem.message).toContain('--output');
  });
});

describe('the closure of a kustomization with charts', () => {
  it('holds those of the repository with their value files', async () => {
    const files = {
      ...kustomization('    valuesFile: live.yaml\n', 'helmGlobals: {chartHome: ../shared}\n'),
      'app/live.yaml': '',
      'app/other.yaml': '',
      ...below('shared/web', chart('1.0.0')),
    };
    const { application, source, checkout } = input({ path: 'app' }, { dir: await folderWith(files) });
    const reads = await renderer.closure({ application, source, checkout });
    expect(reads).toEqual([
      'app/.argocd-source-shop.yaml',
      'app/.argocd-source.yaml',
      'app/kustomization.yaml',
      'app/live.yaml',
      'shared/web/',
    ]);
  });
});
