import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openWorkshop, type Workshop } from './machine.ts';
import { application, configMap, type Platform, startPlatform } from './platform.ts';

const project = (name: string, window: Readonly<Record<string, unknown>>): string =>
  stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      syncWindows: [{ kind: 'deny', applications: ['*'], ...window }],
    },
  });

const ALWAYS = { schedule: '* * * * *', duration: '24h' };

let trimtab: Platform;
let workshop: Workshop;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/projects/frozen.yaml': project('frozen', { ...ALWAYS, description: 'freeze' }),
    'argocd/projects/by-hand.yaml': project('by-hand', { ...ALWAYS, manualSync: true }),
    'argocd/web.yaml': application('web', { project: 'frozen' }),
    'apps/web/config.yaml': configMap('web', 'before'),
    'argocd/shop.yaml': application('shop', { project: 'by-hand' }),
    'apps/shop/config.yaml': configMap('shop', 'before'),
  });
  workshop = await openWorkshop({
    // The machine's clock begins at ten: the window is open for ten minutes more.
    'argocd/projects/early.yaml': project('early', { schedule: '50 9 * * *', duration: '20m' }),
    'argocd/web.yaml': application('web', { project: 'early' }),
    'apps/web/config.yaml': configMap('web', 'after'),
  });
});
afterAll(async () => {
  await trimtab.close();
  await workshop.close();
});

test('a deny window holds an automated sync back, and the pull request says so before the merge', async () => {
  await trimtab.schedule();
  expect(trimtab.cluster.get('/api/v1/namespaces/web/configmaps/web')).toBeUndefined();
  const { number } = await trimtab.propose({ 'apps/web/config.yaml': configMap('web', 'after') });
  const comment = trimtab.preview(number);
  expect(comment).toContain('⏳ held back by a sync window');
  expect(comment).toContain(
    'The merge will not sync it while it holds: `sync window active: deny * * * * * for 24h (UTC: freeze)`.',
  );
});

test('/sync is refused in words, unless the window lets a sync by hand through', async () => {
  const { number } = await trimtab.propose({
    'apps/web/config.yaml': configMap('web', 'by hand'),
    'apps/shop/config.yaml': configMap('shop', 'by hand'),
  });
  const { text } = await trimtab.ask(number, 'bob', '/sync web shop');
  expect(text.replaceAll('\\', '')).toContain(
    'it may not sync now: sync window active: deny * * * * * for 24h (UTC: freeze)',
  );
  expect(text).toContain('`shop` is syncing');
  expect(trimtab.cluster.get('/api/v1/namespaces/web/configmaps/web')).toBeUndefined();
  expect(trimtab.cluster.get('/api/v1/namespaces/shop/configmaps/shop')).toMatchObject({ data: { value: 'before' } });
});

test('a sync that was held back runs when the window ends', async () => {
  const machine = await workshop.machine();
  try {
    await machine.run({ kind: 'refresh', scope: { of: 'all' } });
    const [entry] = await machine.store.histories.list('web', 10);
    expect(entry).toMatchObject({ phase: 'Succeeded' });
    expect(entry?.startedAt).toMatch(/^2026-11-24T10:10:/);
  } finally {
    await machine.close();
  }
});
