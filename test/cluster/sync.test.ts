import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseChanges, releaseFixes } from '../../src/local/demo-changes.ts';
import { readExamples } from '../../src/local/examples.ts';
import { type ClusterlessInstallation, createInstallationFor } from '../../src/local/installation.ts';
import { ask, kubeconfig } from './support.ts';

const REPO = 'acme/platform';
const STOREFRONT = '/apis/apps/v1/namespaces/storefront-production/deployments/storefront';
const PAYMENTS = '/apis/apps/v1/namespaces/payments/deployments/payments';
const ROBOTS = '/api/v1/namespaces/storefront-production/configmaps/storefront-robots';

let trimtab: ClusterlessInstallation;

beforeAll(async () => {
  trimtab = await createInstallationFor(kubeconfig(), {
    controlRepository: REPO,
    channels: ['deploys', 'alerts'],
    delayScale: 0.2,
  });
  await trimtab.forge.createRepository({ owner: 'acme', name: 'platform', files: await readExamples() });
});
afterAll(() => trimtab.close());

/** Looks until every application is Synced and Healthy: workloads of a real cluster take their time. */
async function untilWell(count: number): Promise<void> {
  const looks = async (): Promise<readonly string[]> => {
    await trimtab.schedule();
    const statuses = await trimtab.store.statuses.all();
    return statuses.map((one) => `${one.sync} ${one.health.status}`);
  };
  await expect.poll(looks, { timeout: 90_000, interval: 500 }).toEqual(Array(count).fill('Synced Healthy'));
}

/** What the last operation of an application did, a line a task, in its order. */
async function lastTasks(application: string): Promise<readonly string[]> {
  const [entry] = await trimtab.store.histories.list(application, 1);
  return (entry?.tasks ?? []).map(
    (task) => `${task.phase} ${task.wave} ${task.key.kind} ${task.key.name} ${task.status}`,
  );
}

/** Seconds since 1970 of a time as Kubernetes writes it. */
function seconds(time: string): number {
  return Date.parse(time) / 1000;
}

// Each test goes on where the one before it ended: it is one day of one repository.
describe('the examples in a real cluster', () => {
  it('are deployed by the first scheduled look', async () => {
    await untilWell(4);
    const { spec, status } = await ask('GET', STOREFRONT);
    expect(spec.template.spec.containers[0].image).toBe('ghcr.io/acme/storefront:5.2.0');
    expect(status.readyReplicas).toBe(spec.replicas);
  });

  it('stay untouched while nothing changes: what the server defaults and rewrites is no drift', async () => {
    const before = (await ask('GET', PAYMENTS)).metadata.resourceVersion;
    const entries = (await trimtab.store.histories.list('payments', 10)).length;
    await trimtab.schedule();
    expect((await trimtab.store.statuses.all()).flatMap((one) => one.drift)).toEqual([]);
    expect((await ask('GET', PAYMENTS)).metadata.resourceVersion).toBe(before);
    expect(await trimtab.store.histories.list('payments', 10)).toHaveLength(entries);
  });

  it('follow a merge: hooks and waves in their order, each wave when the one before it is well', async () => {
    const changes = { ...(await releaseChanges()), ...(await releaseFixes()) };
    await trimtab.forge.commit(REPO, { branch: 'release', from: 'main', message: 'Release 42', changes });
    const { number } = await trimtab.forge.openPull(REPO, { title: 'Release 42', head: 'release', user: 'alice' });
    await trimtab.settled();
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    await untilWell(5);
    const tasks = await lastTasks('payments');
    expect(tasks).toEqual([
      // The namespace comes first although it is a resource of the Sync phase: the hook lives in it.
      'PreSync 0 Namespace payments Succeeded',
      'PreSync 0 Job payments-migrate Succeeded',
      'Sync 0 Secret payments-database Succeeded',
      'Sync 0 ConfigMap payments Succeeded',
      'Sync 1 Deployment payments Succeeded',
      'Sync 2 Service payments Succeeded',
      'Sync 3 Ingress payments Succeeded',
      'PostSync 0 Job payments-smoke-test Succeeded',
    ]);
    const migrated = await ask('GET', '/apis/batch/v1/namespaces/payments/jobs/payments-migrate');
    const deployment = await ask('GET', PAYMENTS);
    const changed = deployment.metadata.managedFields.find((one: { manager: string }) => one.manager === 'trimtab');
    expect(seconds(migrated.status.completionTime)).toBeLessThanOrEqual(seconds(changed.time));
    expect(deployment.spec.template.spec.containers[0].image).toBe('ghcr.io/acme/payments:2.8.0');
    expect(deployment.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
    // HookSucceeded: the smoke test is gone again, with its pod.
    expect(await ask('GET', '/apis/batch/v1/namespaces/payments/jobs/payments-smoke-test')).toBeUndefined();
  });

  it('lose what is gone from Git, and nothing else', async () => {
    expect(await ask('GET', ROBOTS)).toBeUndefined();
    const { items } = await ask('GET', '/api/v1/namespaces/storefront-production/configmaps');
    expect(items.map((one: { metadata: { name: string } }) => one.metadata.name)).toContain('kube-root-ca.crt');
  });

  it('are repaired when somebody changes them by hand, and the drift says what, who and when', async () => {
    const said = trimtab.slack.messages().length;
    const edited = await ask('PATCH', STOREFRONT, { spec: { replicas: 7 } });
    const by = edited.metadata.managedFields.find((one: { manager: string }) => one.manager === 'kubectl-edit');
    await trimtab.schedule();
    const messages = trimtab.slack.messages().slice(said);
    const drift = messages.find((one) => one.text.includes('drifted'))?.text ?? '';
    for (const word of ['spec.replicas', '7', '3', 'kubectl-edit', by.time.slice(0, 10)]) expect(drift).toContain(word);
    await untilWell(5);
    expect((await ask('GET', STOREFRONT)).spec.replicas).toBe(3);
    const [entry] = await trimtab.store.histories.list('storefront-production', 1);
    expect(entry).toMatchObject({ phase: 'Succeeded', trigger: { kind: 'self-heal' } });
  });

  it('come back when somebody deletes them', async () => {
    const before = (await ask('GET', STOREFRONT)).metadata.uid;
    await ask('DELETE', STOREFRONT);
    await expect.poll(async () => (await ask('GET', STOREFRONT))?.metadata.uid, { timeout: 10_000 }).not.toBe(before);
    await untilWell(5);
    expect((await ask('GET', STOREFRONT)).status.readyReplicas).toBe(3);
  });
});
