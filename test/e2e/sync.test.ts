import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, deployment, hookJob, type Platform, REPO, startPlatform } from './platform.ts';

let trimtab: Platform;

/** So often the API server refuses to change the ConfigMap of `patient`, as an admission webhook may. */
let refusals = 0;

const PROJECT = stringify({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'narrow', namespace: 'argocd' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: 'fenced' }],
    clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
  },
});

beforeAll(async () => {
  trimtab = await startPlatform(
    {
      'argocd/narrow.yaml': PROJECT,
      'argocd/ledger.yaml': application('ledger'),
      'apps/ledger/web.yaml': deployment('ledger', 'ghcr.io/acme/ledger:1.0.0'),
      'apps/ledger/migrate.yaml': hookJob('migrate', 'PreSync', ['migrate']),
      'apps/ledger/undo.yaml': hookJob('undo', 'SyncFail', ['undo']),
      'argocd/patient.yaml': application('patient', {
        retry: { limit: 2, backoff: { duration: '1s', factor: 1, maxDuration: '1s' } },
      }),
      'apps/patient/config.yaml': configMap('patient', 'first'),
      'argocd/hollow.yaml': application('hollow'),
      'apps/hollow/config.yaml': configMap('hollow', 'kept'),
      'argocd/fenced.yaml': application('fenced', { project: 'narrow' }),
      'apps/fenced/config.yaml': configMap('fenced', 'first'),
      'argocd/leaver.yaml': application('leaver'),
      'apps/leaver/config.yaml': configMap('leaver', 'stays'),
      'argocd/taker.yaml': application('taker', { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
      'apps/taker/config.yaml': configMap('taker', 'goes'),
      'argocd/broken.yaml': application('broken', { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
      'apps/broken/config.yaml': configMap('broken', 'stays'),
    },
    {
      cluster: {
        intercept: ({ method, path, query }) => {
          const applies = method === 'PATCH' && path.endsWith('/configmaps/patient') && !query.has('dryRun');
          if (!applies || refusals === 0) return undefined;
          refusals -= 1;
          return { status: 403 };
        },
      },
    },
  );
  await trimtab.schedule();
}, 60_000);
afterAll(() => trimtab.close());

const config = (name: string) => trimtab.cluster.get(`/api/v1/namespaces/${name}/configmaps/${name}`);

/** Opens a pull request, merges it, and waits for what follows. */
async function merged(
  changes: Parameters<Platform['propose']>[0],
): Promise<{ readonly number: number; readonly sha: string }> {
  const { number } = await trimtab.propose(changes);
  const sha = await trimtab.forge.merge(REPO, number, 'bob');
  await trimtab.settled();
  return { number, sha };
}

describe('a PreSync migration that fails', () => {
  test('stops the sync before the Deployment, runs the SyncFail hook, and is told of once', async () => {
    const { cluster, store, forge, said } = trimtab;
    const { sha } = await merged({
      'apps/ledger/web.yaml': deployment('ledger', 'ghcr.io/acme/ledger:2.0.0'),
      'apps/ledger/migrate.yaml': hookJob('migrate', 'PreSync', ['sh', '-c', 'exit 1']),
    });
    expect(cluster.get('/apis/apps/v1/namespaces/ledger/deployments/ledger')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'ghcr.io/acme/ledger:1.0.0' }] } } },
    });
    expect(cluster.get('/apis/batch/v1/namespaces/ledger/jobs/undo')).toMatchObject({ status: { succeeded: 1 } });
    const [entry] = await store.histories.list('ledger', 10);
    expect(entry).toMatchObject({ phase: 'Failed', message: expect.stringContaining('migrate') });
    const told = said('ledger failed to sync');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('migrate');
    const shown = forge.deployments(REPO).filter((each) => each.sha === sha && each.environment === 'ledger');
    expect(shown.map(({ state }) => state)).toEqual(['failure']);
    expect(await store.statuses.load('ledger')).toMatchObject({ sync: 'OutOfSync' });

    await trimtab.schedule();
    expect(said('ledger failed to sync')).toHaveLength(1);
    expect((await store.histories.list('ledger', 10))[0]?.operation).toBe(entry?.operation);
  });
});

describe('a sync that the API server refuses twice', () => {
  test('is tried again after its backoff, succeeds, and is told of once', async () => {
    refusals = 2;
    await trimtab.push({ 'apps/patient/config.yaml': configMap('patient', 'second') });
    expect(refusals).toBe(0);
    expect(config('patient')).toMatchObject({ data: { value: 'second' } });
    const [entry] = await trimtab.store.histories.list('patient', 10);
    expect(entry).toMatchObject({ phase: 'Succeeded', trigger: { kind: 'push' } });
    expect(trimtab.said('patient failed to sync')).toEqual([]);
    expect(trimtab.said('patient is synced')).toHaveLength(2);
  });
});

describe('an application that suddenly renders to nothing', () => {
  test('is not pruned, and says so', async () => {
    const { store, said } = trimtab;
    const { number } = await merged({ 'apps/hollow/config.yaml': null, 'apps/hollow/README.md': 'Nothing left.\n' });
    expect(trimtab.preview(number)).toContain('ConfigMap hollow/hollow');
    expect(config('hollow')).toMatchObject({ data: { value: 'kept' } });
    const [entry] = await store.histories.list('hollow', 10);
    expect(entry).toMatchObject({ phase: 'Error', message: expect.stringContaining('renders to no resource') });
    expect(said('hollow failed to sync')).toHaveLength(1);
  });
});

describe('a change that its project does not permit', () => {
  test('is told in the preview with the rule, and nothing of it is applied after the merge', async () => {
    const quota = stringify({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'fenced' },
      spec: { hard: { pods: '1' } },
    });
    const { number } = await trimtab.propose({
      'apps/fenced/quota.yaml': quota,
      'apps/fenced/config.yaml': configMap('fenced', 'second'),
    });
    const comment = trimtab.preview(number);
    expect(comment).toContain('Will not be synced');
    expect(comment).toContain('ResourceQuota');
    expect(comment).toContain('narrow');
    expect(trimtab.check(number)).toMatchObject({ conclusion: 'failure' });
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    expect(config('fenced')).toMatchObject({ data: { value: 'first' } });
    expect(trimtab.cluster.get('/api/v1/namespaces/fenced/resourcequotas/fenced')).toBeUndefined();
    const status = await trimtab.store.statuses.load('fenced');
    expect(status?.conditions.map(({ message }) => message).join()).toContain('ResourceQuota');
    const { text } = await trimtab.ask(number, 'bob', '/sync fenced');
    expect(text).toContain('fenced');
    expect(config('fenced')).toMatchObject({ data: { value: 'first' } });
  });
});

describe('an Application that is removed from Git', () => {
  test('without the finalizer leaves its resources, and its preview says so', async () => {
    const { number } = await merged({ 'argocd/leaver.yaml': null });
    expect(trimtab.preview(number)).toContain('stays in the cluster');
    expect(config('leaver')).toMatchObject({ data: { value: 'stays' } });
    expect(await trimtab.store.statuses.load('leaver')).toBeUndefined();
  });

  test('with the finalizer takes them along, and its preview says so', async () => {
    const { number } = await merged({ 'argocd/taker.yaml': null });
    expect(trimtab.preview(number)).toContain('is deleted with it');
    expect(config('taker')).toBeUndefined();
    await trimtab.schedule();
    expect(await trimtab.store.statuses.load('taker')).toBeUndefined();
  });

  test('by being broken is not removed: nothing is deleted', async () => {
    const { number } = await merged({
      'argocd/broken.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n\tname: broken\n',
    });
    expect(trimtab.preview(number)).not.toContain('deleted with it');
    expect(trimtab.preview(number)).toContain('argocd/broken.yaml:4');
    await trimtab.schedule();
    expect(config('broken')).toMatchObject({ data: { value: 'stays' } });
    await trimtab.push({
      'argocd/broken.yaml': application('broken', { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
    });
    expect(await trimtab.store.statuses.load('broken')).toMatchObject({ sync: 'Synced' });
    expect(config('broken')).toMatchObject({ data: { value: 'stays' } });
  });
});
