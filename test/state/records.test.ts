import { describe, expect, it } from 'vitest';
import { createAws } from '../../src/aws/index.ts';
import type { ApplicationStatus } from '../../src/spec/operation.ts';
import { createStore } from '../../src/state/index.ts';
import { useStore } from './store.ts';

const { store, local } = useStore();

function status(application: string, sync: ApplicationStatus['sync'] = 'Synced'): ApplicationStatus {
  return {
    application,
    sync,
    health: { status: 'Healthy', message: '' },
    healthSince: '2026-11-24T09:00:00.000Z',
    revisions: ['3f1c2a9d5be0c7a1f64d8e2b90c1d7f3a5e6b8c0'],
    conditions: [],
    resources: [],
    drift: [],
    observedAt: '2026-11-24T09:00:00.000Z',
  };
}

describe('statuses', () => {
  it('are told all at once, the last one saved of each application', async () => {
    const { statuses } = store();
    await Promise.all(['web', 'api', 'worker'].map((name) => statuses.save(status(name))));
    await statuses.save(status('api', 'OutOfSync'));
    const all = await statuses.all();
    expect(all.map(({ application, sync }) => [application, sync])).toEqual([
      ['api', 'OutOfSync'],
      ['web', 'Synced'],
      ['worker', 'Synced'],
    ]);
    expect(await statuses.load('api')).toEqual(status('api', 'OutOfSync'));
    expect(await statuses.load('gone')).toBeUndefined();
  });

  it('are forgotten with their application, once and again', async () => {
    const { statuses } = store();
    await statuses.save(status('retired'));
    await statuses.remove('retired');
    await statuses.remove('retired');
    expect(await statuses.load('retired')).toBeUndefined();
    expect((await statuses.all()).map(({ application }) => application)).not.toContain('retired');
  });

  it('are all told when they are more than one answer of DynamoDB holds (1 MB)', async () => {
    const { aws } = local();
    const { statuses } = createStore({ aws, table: local().table });
    // Random text does not compress: about 75 kB an item.
    const noise = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64');
    const names = Array.from({ length: 20 }, (_, index) => `noisy-${index}`);
    await Promise.all(
      names.map((name) => statuses.save({ ...status(name), conditions: [{ type: 'SyncError', message: noise() }] })),
    );
    const all = await statuses.all();
    expect(all.map(({ application }) => application).filter((name) => name.startsWith('noisy-'))).toHaveLength(20);
  });
});

describe('the inventory of an application', () => {
  it('tells never applied from nothing applied', async () => {
    const { inventories } = store();
    expect(await inventories.load('fresh')).toBeUndefined();
    await inventories.save('fresh', []);
    expect(await inventories.load('fresh')).toEqual([]);
  });

  it('may have 10,000 resources', async () => {
    const { inventories } = store();
    const items = Array.from({ length: 10_000 }, (_, index) => ({
      apiVersion: 'v1',
      key: { group: '', kind: 'ConfigMap', namespace: `team-${index % 90}`, name: `settings-${index}` },
    }));
    await inventories.save('large', items);
    expect(await inventories.load('large')).toEqual(items);
  });
});

describe('what is known of a cluster', () => {
  it('is kept by its server', async () => {
    const { facts } = store();
    const known = { kubeVersion: 'v1.36.0', apiVersions: ['v1', 'apps/v1', 'apps/v1/Deployment'] };
    await facts.save('https://kubernetes.default.svc', known);
    expect(await facts.load('https://kubernetes.default.svc')).toEqual(known);
    expect(await facts.load('https://other.example.com')).toBeUndefined();
  });
});

describe('a store that does not work says which fault it is', () => {
  it('a table that is not there is misconfigured, with the variable to set', async () => {
    const missing = createStore({ aws: local().aws, table: 'not-deployed' });
    await expect(missing.operations.load('web')).rejects.toMatchObject({
      code: 'misconfigured',
      fix: expect.stringContaining('TRIMTAB_TABLE'),
    });
  });

  it('a service that does not answer is unavailable, with when to try again', async () => {
    const aws = createAws({ region: 'local', endpoints: { dynamodb: 'http://127.0.0.1:1' } });
    await expect(createStore({ aws, table: 'trimtab' }).leases.take('web', 'a', 60)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 5,
    });
  });
});
