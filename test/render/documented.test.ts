import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { renderDesired } from '../../src/flows/desired.ts';
import { createRenderer } from '../../src/render/index.ts';
import type { Application, ApplicationSource, DirectorySource, HelmSource } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { FACTS, folderWith, input, problemOf, testTools, write } from './repository.ts';

/*
 * The cases of Argo CD's user guide, each in a repository that is made once:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/{directory,helm,jsonnet,multiple_sources,parameters}/
 */

const renderer = createRenderer({ tools: testTools });

const map = (name: string, data = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${data}`;

const dir = await mkdtemp(join(tmpdir(), 'trimtab-documented-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

await write(dir, {
  'guestbook/config.json': '{"size": 3}',
  'guestbook/deployment.yaml': map('deployment'),
  'guestbook/service.yml': map('service'),
  'guestbook/sealed.yaml.sealed': map('sealed'),
  'guestbook/README.md': '# kind: apiVersion: metadata:\n',
  'guestbook/env-use2/configmap.yaml': map('use2'),
  'guestbook/env-usw2/configmap.yaml': map('usw2'),
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/values.yaml': 'foo: chart\nparam: chart\n',
  'chart/a.yaml': 'foo: a\n',
  'chart/b.yaml': 'foo: b\n',
  'chart/envs/a.yaml': 'foo: flat-a\n',
  'chart/envs/z.yaml': 'foo: flat-z\n',
  'chart/envs/nested/c.yaml': 'foo: nested\n',
  'chart/envs/shop/x.yaml': 'foo: of-shop\n',
  'chart/files/motd.txt': 'a, b\n',
  'chart/templates/web.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n' +
    'data:\n  foo: {{ .Values.foo | quote }}\n  param: {{ .Values.param | quote }}\n  type: {{ kindOf .Values.param }}\n',
  'chart/templates/tests/check.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {helm.sh/hook: test}}\n',
  'chart/templates/job.yaml':
    'apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}\n',
  'chart/crds/widgets.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.acme.example}\n',
  'values/live.yaml': 'foo: other-source\n',
});

async function rendered(source: Omit<ApplicationSource, 'repoURL'>): Promise<readonly Manifest[]> {
  return renderer.render(input(source, { dir }));
}

describe('directory', () => {
  it.each<[string, DirectorySource, readonly string[]]>([
    ['the files of the folder alone', {}, ['deployment', 'service']],
    ['recurse', { recurse: true }, ['deployment', 'use2', 'usw2', 'service']],
    ['include', { include: '*.yaml' }, ['deployment']],
    ['several patterns', { include: '{*.yml,*.yaml}' }, ['deployment', 'service']],
    ['one folder', { recurse: true, include: 'env-use2/*' }, ['use2']],
    ['exclude', { recurse: true, exclude: '{config.json,env-use2/*}' }, ['deployment', 'usw2', 'service']],
    ['both', { recurse: true, include: '*.yaml', exclude: '{config.json,env-usw2/*}' }, ['deployment', 'use2']],
    ['an extension of its own has no effect by include', { include: '*.yaml.sealed' }, []],
    [
      'disableExtensionFilter',
      { disableExtensionFilter: true, include: '{*.yaml.sealed,*.yaml}' },
      ['deployment', 'sealed'],
    ],
    [
      'without a pattern, what is no manifest is passed over',
      { disableExtensionFilter: true },
      ['deployment', 'sealed', 'service'],
    ],
  ])('%s', async (_, directory, names) => {
    const found = await rendered({ path: 'guestbook', directory });
    expect(found.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it('lists of any kind are taken apart; null is an empty list; a byte order mark is no text', async () => {
    const files = {
      'app/a.yaml':
        'apiVersion: v1\nkind: ConfigMapList\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n',
      'app/b.yaml':
        'apiVersion: acme.example/v1\nkind: Bundle\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}]\n',
      'app/c.yaml': 'apiVersion: v1\nkind: List\nitems: null\n',
      'app/d.yaml': `\ufeff${map('d')}`,
      'app/e.json':
        '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}}]}',
    };
    const found = await renderer.render(input({ path: 'app' }, { dir: await folderWith(files) }));
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'd', 'e']);
  });
});

describe('helm', () => {
  const values = async (helm: HelmSource): Promise<unknown> => {
    const found = await rendered({ path: 'chart', helm: { skipCrds: true, ...helm } });
    return found.find(({ kind }) => kind === 'ConfigMap')?.['data'];
  };

  it('gives CRDs and mapped hooks, and no tests, under the release and the namespace', async () => {
    const found = await rendered({ path: 'chart', helm: { releaseName: 'guestbook' } });
    expect(found.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'CustomResourceDefinition widgets.acme.example',
      'ConfigMap guestbook',
      'Job migrate',
    ]);
    expect(found[1]?.metadata.namespace).toBe('shop-live');
  });

  it.each<[string, HelmSource, object]>([
    ['the chart itself', {}, { foo: 'chart' }],
    ['the last of the value files', { valueFiles: ['a.yaml', 'b.yaml'] }, { foo: 'b' }],
    ['and the other way round', { valueFiles: ['b.yaml', 'a.yaml'] }, { foo: 'a' }],
    [
      'a value file that is not there, where that is fine',
      { valueFiles: ['a.yaml', 'gone.yaml'], ignoreMissingValueFiles: true },
      { foo: 'a' },
    ],
    ['two stars: files of a folder before those below it', { valueFiles: ['envs/**/*.yaml'] }, { foo: 'of-shop' }],
    ['a glob with the build environment', { valueFiles: ['envs/$ARGOCD_APP_NAME/*.yaml'] }, { foo: 'of-shop' }],
    ['what is listed beats its place in a glob', { valueFiles: ['envs/*.yaml', 'envs/a.yaml'] }, { foo: 'flat-a' }],
    ['values over files', { valueFiles: ['a.yaml'], values: 'foo: inline' }, { foo: 'inline' }],
    [
      'valuesObject in the place of values: nothing of these is left',
      { values: 'foo: inline\nparam: inline', valuesObject: { foo: 'object' } },
      { foo: 'object', param: 'chart' },
    ],
    [
      'an empty valuesObject stands in for values as well',
      { values: 'foo: inline', valuesObject: {} },
      { foo: 'chart' },
    ],
    [
      'parameters over all',
      { valuesObject: { foo: 'object' }, parameters: [{ name: 'foo', value: 'parameter' }] },
      { foo: 'parameter' },
    ],
    [
      'the last of two parameters',
      {
        parameters: [
          { name: 'foo', value: '1' },
          { name: 'foo', value: '2' },
        ],
      },
      { foo: '2' },
    ],
    ['a number', { parameters: [{ name: 'param', value: '1' }] }, { param: '1', type: 'int64' }],
    [
      'forceString',
      { parameters: [{ name: 'param', value: 'true', forceString: true }] },
      { param: 'true', type: 'string' },
    ],
    ['fileParameters', { fileParameters: [{ name: 'foo', path: 'files/motd.txt' }] }, { foo: 'a, b\n' }],
    [
      'the build environment in parameters',
      { parameters: [{ name: 'foo', value: '$ARGOCD_APP_NAME' }] },
      { foo: 'shop' },
    ],
    [
      'and not where it is escaped',
      { parameters: [{ name: 'foo', value: '$$ARGOCD_APP_NAME' }] },
      { foo: '$ARGOCD_APP_NAME' },
    ],
    ['and not in values', { values: 'foo: $ARGOCD_APP_NAME' }, { foo: '$ARGOCD_APP_NAME' }],
  ])('%s', async (_, helm, expected) => {
    expect(await values(helm)).toMatchObject(expected);
  });

  it('a glob that matches nothing is told', async () => {
    const problem = await problemOf(values({ valueFiles: ['nonexistent/*.yaml'] }));
    expect(problem.message).toContain('nonexistent/*.yaml');
  });
});

describe('multiple sources', () => {
  const repoURL = 'https://github.com/acme/platform';
  const from = async (sources: readonly Omit<ApplicationSource, 'repoURL'>[]): Promise<readonly Manifest[]> => {
    const { application } = input({ path: 'chart' });
    const { source: _, ...spec } = application.spec;
    const several: Application = {
      ...application,
      spec: { ...spec, sources: sources.map((source) => ({ repoURL, ...source })) },
    };
    const nothing = (): never => {
      throw new Error('no chart repository');
    };
    const source = {
      checkout: async (url: string, revision: string) => ({ repoURL: url, revision, dir }),
      chart: nothing,
      chartVersion: nothing,
    };
    return renderDesired(
      several,
      sources.map(() => 'a'.repeat(40)),
      FACTS,
      { source, renderer },
    );
  };

  it('are rendered in their order; one with ref alone only lends its files', async () => {
    const found = await from([
      { path: 'guestbook', directory: { include: 'service.yml' } },
      { path: 'chart', helm: { skipCrds: true, valueFiles: ['$values/values/live.yaml'] } },
      { ref: 'values' },
    ]);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['service', 'shop', 'migrate']);
    expect(found[1]?.['data']).toMatchObject({ foo: 'other-source' });
  });

  it('one with ref and path does both', async () => {
    const found = await from([
      { path: 'chart', helm: { skipCrds: true, valueFiles: ['$values/values/live.yaml'] } },
      { ref: 'values', path: 'guestbook', directory: { include: 'service.yml' } },
    ]);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['shop', 'migrate', 'service']);
  });
});
