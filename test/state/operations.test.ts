import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/spec/operation.ts';
import { operation, useStore } from './store.ts';

const { store } = useStore();

function task(index: number): Task {
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: `web-${index}` },
    apiVersion: 'apps/v1',
    phase: 'Sync',
    wave: index % 7,
    action: 'apply',
    status: 'Succeeded',
    message: `deployment.apps/web-${index} configured`,
    hookDeletePolicies: [],
    uid: randomUUID(),
  };
}

describe('the operation of an application', () => {
  it('is not there before the first sync', async () => {
    expect(await store().operations.load('never-synced')).toBeUndefined();
  });

  it('comes back as it was saved, with the version to save over', async () => {
    const { operations } = store();
    const saved = operation('web', { tasks: [task(1)], deployment: { repo: 'acme/gitops', id: 12 } });
    expect(await operations.save(saved, 0)).toBe(1);
    expect(await operations.load('web')).toEqual({ value: saved, version: 1 });
  });

  it('is saved by one of two steps that loaded the same version, and the other is told', async () => {
    const { operations } = store();
    const version = await operations.save(operation('raced'), 0);
    const both = await Promise.allSettled([
      operations.save(operation('raced', { message: 'step A' }), version),
      operations.save(operation('raced', { message: 'step B' }), version),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    expect((await operations.load('raced'))?.version).toBe(version + 1);
  });

  it('is begun by one of two deliveries of the same push', async () => {
    const { operations } = store();
    await operations.save(operation('begun', { id: 'first' }), 0);
    await expect(operations.save(operation('begun', { id: 'second' }), 0)).rejects.toMatchObject({
      code: 'conflict',
      where: { application: 'begun' },
    });
    expect((await operations.load('begun'))?.value.id).toBe('first');
  });

  it('may have 3,000 tasks', async () => {
    const { operations } = store();
    const large = operation('large', { tasks: Array.from({ length: 3000 }, (_, index) => task(index)) });
    await operations.save(large, 0);
    expect((await operations.load('large'))?.value).toEqual(large);
  });

  it('that no item could hold is refused with what to do, and the old one stays', async () => {
    const { operations } = store();
    await operations.save(operation('huge', { message: 'before' }), 0);
    const huge = operation('huge', { message: randomBytes(400_000).toString('base64') });
    await expect(operations.save(huge, 1)).rejects.toMatchObject({
      code: 'limit-exceeded',
      fix: expect.stringContaining('Split'),
    });
    expect((await operations.load('huge'))?.value.message).toBe('before');
  });
});
