import { describe, expect, it } from 'vitest';
import { applicationFacts } from '../../src/notify/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { driftLine } from '../../templates/diff-answer.ts';
import { application, BY_HAND, configMap, type Desk, startDesk } from './desk.ts';

const at = (name: string) => `/api/v1/namespaces/shop/configmaps/${name}`;

const settings = (data: Readonly<Record<string, string>>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-cm' },
  data,
});

const comparing = (options: string): object => ({ annotations: { [ANNOTATION.compareOptions]: options } });

/** An application `shop` in its cluster as Git has it, synced by hand from then on. */
async function synced(manifests: readonly Manifest[], definitions: readonly object[] = []): Promise<Desk> {
  const desk = await startDesk({
    definitions: [application('shop', BY_HAND), ...definitions],
    renders: { shop: manifests },
  });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
  return desk;
}

async function driftAfterLook(desk: Desk): Promise<readonly string[]> {
  await desk.look();
  const { drift } = await desk.status('shop');
  return drift.flatMap(({ action, key, fields }) =>
    fields.length === 0 ? [`${action} ${key.kind} ${key.name}`] : fields.map(({ path }) => `${key.name} ${path}`),
  );
}

it('says field, desired, live, manager and time: in the status, in the answer to /diff and the CLI, and to Slack', async () => {
  const desk = await synced([configMap('config', 'git')]);
  desk.pass(60);
  await desk.edit(at('config'), { data: { value: 'hand' } }, 'kubectl-edit');
  await desk.look();
  const status = await desk.status('shop');
  const [field] = status.drift[0]?.fields ?? [];
  if (field?.at === undefined) throw new Error('the drift has no time');
  expect(field).toEqual({ path: 'data.value', from: 'hand', to: 'git', manager: 'kubectl-edit', at: field.at });
  expect(field.at).toMatch(/^2026-11-24T10:01:\d\dZ$/);
  expect(driftLine(field)).toBe(`data.value: git in Git, hand in the cluster (kubectl-edit, ${field.at})`);
  const facts = applicationFacts({ application: application('shop') as Application, status, history: [] });
  expect(facts).toMatchObject({
    status: {
      drift: [
        {
          resource: 'ConfigMap shop/config',
          field: 'data.value',
          desired: 'git',
          live: 'hand',
          manager: 'kubectl-edit',
          at: field.at,
        },
      ],
    },
  });
});

describe('argocd-cm', () => {
  const role = (rules: readonly object[]): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'shop-reader' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { aggregate: 'true' } }] },
    rules: [...rules],
  });
  const READ = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

  it.each([
    ['true', []],
    ['false', ['shop-reader rules[0].verbs']],
  ])('ignoreAggregatedRoles: %s decides whether rules that the controller fills in count', async (value, expected) => {
    const desk = await synced(
      [role([READ])],
      [settings({ 'resource.compareoptions': `ignoreAggregatedRoles: ${value}` })],
    );
    await desk.edit(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/shop-reader',
      { rules: [{ ...READ, verbs: ['get', 'list'] }] },
      'clusterrole-aggregation-controller',
    );
    expect(await driftAfterLook(desk)).toEqual(expected);
  });

  it('resource.exclusions keep a kind out: it is neither listed nor applied, and told by a warning', async () => {
    const exclusions = '- kinds: [Secret]\n  clusters: ["*"]\n';
    const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token' }, stringData: { a: 'b' } };
    const desk = await synced([configMap('config', 'git'), secret], [settings({ 'resource.exclusions': exclusions })]);
    expect(desk.cluster.get('/api/v1/namespaces/shop/secrets/token')).toBeUndefined();
    expect(desk.cluster.requests.filter(({ path }) => path.includes('secrets'))).toEqual([]);
    expect((await desk.status('shop')).conditions).toMatchObject([
      { type: 'ExcludedResourceWarning', message: expect.stringContaining('Secret shop/token') },
    ]);
  });

  it('resource.customizations.ignoreDifferences.all ignores what a manager writes, in every application', async () => {
    const desk = await synced(
      [configMap('config', 'git')],
      [settings({ 'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [rotator]\n' })],
    );
    await desk.edit(at('config'), { data: { value: 'rotated' } }, 'rotator');
    expect(await driftAfterLook(desk)).toEqual([]);
    await desk.edit(at('config'), { data: { value: 'hand' } }, 'kubectl-edit');
    expect(await driftAfterLook(desk)).toEqual(['config data.value']);
  });
});

describe('compare-options', () => {
  it('IgnoreExtraneous: an object that Git no longer has does not count, and one without it does', async () => {
    const desk = await synced([configMap('left', 'git', comparing('IgnoreExtraneous')), configMap('right', 'git')]);
    desk.commit({ renders: { shop: [configMap('new', 'git')] } });
    expect(await driftAfterLook(desk)).toEqual(['delete ConfigMap right']);
  });

  const dryRuns = (desk: Desk) => desk.cluster.requests.filter(({ query }) => query.includes('dryRun=All')).length;

  it.each([
    ['nothing', '', 0, 1],
    ['ServerSideDiff=true', 'ServerSideDiff=true', 1, 1],
    ['ServerSideDiff=false', 'ServerSideDiff=false', 0, 0],
  ])(
    '%s: the API server is asked %s for what looks the same %d times, for what differs %d times',
    async (_, options, same, differing) => {
      const desk = await synced([configMap('config', 'git', options === '' ? {} : comparing(options))]);
      desk.cluster.requests.length = 0;
      expect(await driftAfterLook(desk)).toEqual([]);
      expect(dryRuns(desk)).toBe(same);
      await desk.edit(at('config'), { data: { value: 'hand' } });
      desk.cluster.requests.length = 0;
      expect(await driftAfterLook(desk)).toEqual(['config data.value']);
      expect(dryRuns(desk)).toBe(differing);
    },
  );

  it('IncludeMutationWebhook=true counts what a webhook would add, which does not count without', async () => {
    const added = { data: { value: 'git', injected: 'yes' } };
    for (const [options, expected] of [
      ['ServerSideDiff=true', []],
      ['ServerSideDiff=true,IncludeMutationWebhook=true', ['config data.injected']],
    ] as const) {
      const desk = await startDesk({
        definitions: [application('shop', BY_HAND)],
        renders: { shop: [configMap('config', 'git', comparing(options))] },
        cluster: {
          // A webhook that came after the object: only its dry runs pass it
          intercept: ({ query, body }) =>
            query.get('dryRun') === 'All'
              ? { status: 200, body: { ...(body as object), ...added } as never }
              : undefined,
        },
      });
      await desk.look();
      expect(await driftAfterLook(desk)).toEqual(expected);
    }
  });
});

it('a look costs calls by kind, whatever the applications, namespaces and resources are', async () => {
  const names = Array.from({ length: 12 }, (_, nth) => `app-${nth}`);
  const service = (name: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port: 80 }] },
  });
  const many = Array.from({ length: 4 }, (_, nth) => configMap(`config-${nth}`, 'git'));
  const desk = await startDesk({
    definitions: names.map((name) => application(name)),
    renders: Object.fromEntries(names.map((name) => [name, [...many, service('web')]])),
  });
  await desk.look();
  desk.cluster.requests.length = 0;
  await desk.look();
  const paths = desk.cluster.requests.map(({ path }) => path).sort();
  expect(paths).toEqual(['/api', '/api/v1/configmaps', '/api/v1/namespaces', '/api/v1/services', '/apis', '/version']);
  // Three objects that differ cost a dry run each; all others cost nothing more.
  for (const name of names.slice(0, 3))
    await desk.edit(`/api/v1/namespaces/${name}/configmaps/config-0`, { data: { value: 'hand' } });
  desk.cluster.requests.length = 0;
  await desk.work({ kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } });
  expect(desk.cluster.requests).toHaveLength(6 + 3);
});
