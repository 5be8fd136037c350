import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { parseManifests } from '../../src/render/parse-manifests.ts';
import { run } from '../../src/render/run.ts';
import type { HelmSource } from '../../src/spec/application.ts';
import { FACTS, folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });

/** A chart that shows all that an argument can change. */
const CHART = {
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'shop/.helmignore': 'ignored/\n*.bak\n',
  'shop/values.yaml': 'replicas: 1\nimage: {tag: "1.0"}\n',
  'shop/values.schema.json': '{"properties": {"replicas": {"type": "integer", "maximum": 9}}}',
  'shop/prod.yaml': 'replicas: 3\nfrom: file\n',
  'shop/banner.txt': 'a, b\n"c"\n',
  'shop/ignored/secret.txt': 'never seen',
  'shop/a.bak': 'never seen',
  'shop/crds/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.acme.example\n',
  'shop/templates/all.yaml': [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: {{ .Release.Name }}-all',
    '  namespace: {{ .Release.Namespace }}',
    'data:',
    '  values: {{ .Values | toJson | quote }}',
    '  release: {{ .Release | toJson | quote }}',
    '  kubernetes: {{ .Capabilities.KubeVersion.Version }}',
    '  monitoring: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}',
    '  files: "{{ range $path, $_ := .Files }}{{ $path }} {{ end }}"',
    '---',
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: check',
    '  annotations: {helm.sh/hook: "test"}',
    '---',
    'apiVersion: batch/v1',
    'kind: Job',
    'metadata:',
    '  name: migrate',
    '  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5"}',
    '',
  ].join('\n'),
};

/** What Argo CD 3 gives to `helm template` for an application `shop` in `shop-live`, written out by hand. */
const CALL = ['template', '.', '--name-template', 'shop', '--namespace', 'shop-live', '--kube-version', '1.33.2'];
const APIS = FACTS.apiVersions.flatMap((version) => ['--api-versions', version]);

describe('a chart renders as with the arguments of Argo CD', () => {
  it.each<[string, HelmSource, readonly string[]]>([
    ['nothing set', {}, [...CALL, ...APIS, '--include-crds']],
    [
      'value files, values and parameters',
      {
        valueFiles: ['values.yaml', 'prod.yaml'],
        values: 'from: values',
        parameters: [
          { name: 'image.tag', value: '1.20', forceString: true },
          { name: 'replicas', value: '5' },
          { name: 'list', value: '{a,b}' },
          { name: 'text', value: 'a,b\\,c' },
          { name: 'none', value: 'null' },
          { name: 'who', value: '$ARGOCD_APP_NAME@$ARGOCD_APP_REVISION_SHORT' },
          { name: 'nested.list[0].name', value: 'x=y' },
          { name: 'empty' },
        ],
      },
      [
        ...CALL,
        ...['--set', 'replicas=5', '--set', 'list={a,b}', '--set', 'text=a\\,b\\,c', '--set', 'none=null'],
        ...['--set', 'who=shop@8f14e45', '--set', 'nested.list[0].name=x=y', '--set', 'empty='],
        ...['--set-string', 'image.tag=1.20', '--values', 'values.yaml', '--values', 'prod.yaml'],
        ...['--values', 'VALUES:from: values', ...APIS, '--include-crds'],
      ],
    ],
    [
      'of two parameters with one name the last one, and a forced one over both',
      {
        parameters: [
          { name: 'a', value: '1' },
          { name: 'a', value: '2' },
          { name: 'b', value: '3', forceString: true },
          { name: 'b', value: '4' },
        ],
      },
      [...CALL, '--set', 'a=2', '--set', 'b=4', '--set-string', 'b=3', ...APIS, '--include-crds'],
    ],
    [
      'valuesObject before values, and a file as a parameter',
      {
        values: 'from: values',
        valuesObject: { from: 'object', replicas: 2 },
        fileParameters: [{ name: 'banner', path: 'banner.txt' }],
      },
      [
        ...[...CALL, '--set-file', 'banner=banner.txt', '--values', 'VALUES:from: object\nreplicas: 2\n'],
        ...[...APIS, '--include-crds'],
      ],
    ],
    [
      'names, versions and what is skipped',
      {
        releaseName: 'green',
        namespace: 'other',
        kubeVersion: 'v1.29.3+k3s1',
        apiVersions: ['monitoring.coreos.com/v1', 'v1'],
        skipCrds: true,
        skipTests: true,
        skipSchemaValidation: true,
        valuesObject: { replicas: 99 },
        passCredentials: true,
        version: 'v3',
      },
      [
        ...['template', '.', '--name-template', 'green', '--namespace', 'other', '--kube-version', '1.29.3'],
        ...['--values', 'VALUES:replicas: 99', '--api-versions', 'monitoring.coreos.com/v1', '--api-versions', 'v1'],
        ...['--skip-schema-validation', '--skip-tests'],
      ],
    ],
    [
      'empty text is as nothing',
      { releaseName: '', namespace: '', kubeVersion: '', apiVersions: [], values: '', version: '' },
      [...CALL, ...APIS, '--include-crds'],
    ],
  ])('%s', async (_, helm, args) => {
    const dir = await folderWith(CHART);
    const written = await Promise.all(args.map((arg, index) => argument(dir, arg, index)));
    const { helm: tool } = await testTools();
    const ran = await run({ program: tool.path, args: written, cwd: join(dir, 'shop') });
    expect(ran.stderr).toBe('');
    const expected = parseManifests(ran.stdout, { code: 'render-failed', file: () => undefined, lines: true });
    const found = await renderer.render(input({ path: 'shop', helm }, { dir }));
    // Argo CD reads the test Pod, and never applies it: a Helm hook without a phase.
    expect(JSON.stringify(found)).toBe(JSON.stringify(expected.filter(({ kind }) => kind !== 'Pod')));
    expect(found.length).toBeGreaterThan(1);
    const shown = found.find(({ kind }) => kind === 'ConfigMap')?.['data'];
    // What .helmignore names is not there.
    expect(shown).toMatchObject({ files: '.helmignore banner.txt crds/crd.yaml prod.yaml ' });
  });
});

/** `VALUES:` stands for a file with this text. */
async function argument(dir: string, arg: string, index: number): Promise<string> {
  if (!arg.startsWith('VALUES:')) return arg;
  const file = join(dir, `values-${index}.yaml`);
  await writeFile(file, arg.slice('VALUES:'.length));
  return file;
}

describe('what helm can not be asked for', () => {
  it.each<[HelmSource, string]>([
    [{ version: 'v2' }, 'unsupported'],
    [{ kubeVersion: 'latest' }, 'invalid-manifest'],
    [{ kubeVersion: '1' }, 'invalid-manifest'],
  ])('%o', async (helm, code) => {
    const dir = await folderWith(CHART);
    expect((await problemOf(renderer.render(input({ path: 'shop', helm }, { dir })))).code).toBe(code);
  });
});
