import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, configMap, hookJob, type Platform, startPlatform } from './platform.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/selective_sync/ */

let trimtab: Platform;
let pull: number;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/shop.yaml': application('shop', { automated: null }),
    'apps/shop/web.yaml': configMap('web', 'first'),
    'apps/shop/worker.yaml': configMap('worker', 'first'),
    'apps/shop/migrate.yaml': hookJob('migrate', 'PreSync', ['true']),
    'apps/shop/smoke.yaml': hookJob('smoke', 'PostSync', ['true']),
  });
  await trimtab.schedule();
  pull = (await trimtab.propose({ 'apps/shop/web.yaml': configMap('web', 'proposed') })).number;
});
afterAll(() => trimtab.close());

const value = (name: string): unknown =>
  (trimtab.cluster.get(`/api/v1/namespaces/shop/configmaps/${name}`) as { data?: { value?: string } } | undefined)?.data
    ?.value;

const job = (name: string): unknown => trimtab.cluster.get(`/apis/batch/v1/namespaces/shop/jobs/${name}`);

async function say(text: string): Promise<string> {
  return (await trimtab.ask(pull, 'bob', text)).text.replaceAll('\\', '');
}

describe('/sync APP --resource', () => {
  test('with --dry-run says what a sync of these would do, and does nothing', async () => {
    const text = await say('/sync shop --dry-run --resource :ConfigMap:shop/web');
    expect(text).toContain('`ConfigMap shop/web`');
    expect(text).toContain('+  value: first');
    expect(text).not.toContain('worker');
    expect(text).not.toContain('migrate');
    expect(await trimtab.store.operations.load('shop')).toBeUndefined();
    expect(trimtab.cluster.get('/api/v1/namespaces/shop')).toBeUndefined();
  });

  test('applies that resource alone, with the namespace that it needs, and runs no hook', async () => {
    expect(await say('/sync shop --resource :ConfigMap:shop/web')).toContain('`shop` is syncing to');
    expect([value('web'), value('worker')]).toEqual(['first', undefined]);
    expect([job('migrate'), job('smoke')]).toEqual([undefined, undefined]);
    expect(await trimtab.store.statuses.load('shop')).toMatchObject({ sync: 'OutOfSync' });
  });

  test('is nothing that a rollback could go back to, and the history says so', async () => {
    const history = await say('/history shop');
    expect(history).toContain('| Succeeded: `:ConfigMap:shop/web` alone |');
    const rollback = await say('/rollback shop 1');
    expect(rollback).toContain('sync 1 of shop was about some resources only');
    const whole = await say('/sync shop');
    expect(whole).toContain('`shop` is syncing to');
    expect([value('worker'), job('migrate') === undefined]).toEqual(['first', false]);
  });

  test('deletes what Git has no more only with --prune, and nothing else then', async () => {
    await trimtab.push({
      'apps/shop/worker.yaml': null,
      'apps/shop/web.yaml': configMap('web', 'second'),
    });
    const asked = await say('/sync shop --dry-run --resource :ConfigMap:shop/worker');
    expect(asked).toContain('stays without `--prune`: `ConfigMap shop/worker`');
    await say('/sync shop --resource :ConfigMap:shop/worker');
    expect([value('web'), value('worker')]).toEqual(['first', 'first']);

    const pruned = await say('/sync shop --dry-run --prune --resource :ConfigMap:shop/worker');
    expect(pruned).toContain('`ConfigMap shop/worker`');
    expect(pruned).not.toContain('stays without');
    await say('/sync shop --prune --resource :ConfigMap:shop/worker');
    expect([value('web'), value('worker')]).toEqual(['first', undefined]);
  });
});

test('a resource that the application has not is refused in words, and nothing is synced', async () => {
  const before = (await trimtab.store.operations.load('shop'))?.version;
  const { text, reactions } = await trimtab.ask(pull, 'bob', '/sync shop --resource :ConfigMap:shop/wbe');
  expect(text).toContain('shop has no resource :ConfigMap:shop/wbe: did you mean :ConfigMap:shop/web?');
  expect(text).not.toContain('is syncing');
  expect(reactions).toContain('eyes');
  expect((await trimtab.store.operations.load('shop'))?.version).toBe(before);
});
