import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, deployment, type Platform, startPlatform } from './platform.ts';

let trimtab: Platform;
const BY_HAND = { prune: true, selfHeal: false };

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/reported.yaml': application('reported', { automated: BY_HAND }),
    'apps/reported/config.yaml': configMap('reported', 'git'),
    'argocd/pointed.yaml': application('pointed', {
      automated: BY_HAND,
      ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    }),
    'apps/pointed/web.yaml': deployment('pointed', 'ghcr.io/acme/web:1.0.0'),
    'argocd/queried.yaml': application('queried', {
      automated: BY_HAND,
      ignoreDifferences: [
        {
          group: 'apps',
          kind: 'Deployment',
          jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "web") | .image'],
        },
      ],
    }),
    'apps/queried/web.yaml': deployment('queried', 'ghcr.io/acme/web:1.0.0'),
    'argocd/healed.yaml': application('healed'),
    'apps/healed/config.yaml': configMap('healed', 'git'),
    'argocd/fought.yaml': application('fought'),
    'apps/fought/config.yaml': configMap('fought', 'git'),
    'argocd/secretive.yaml': application('secretive', { automated: BY_HAND }),
    'apps/secretive/secret.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secretive' },
      stringData: { password: 'hunter2-from-git' },
    }),
  });
  await trimtab.schedule();
}, 60_000);
afterAll(() => trimtab.close());

const configMapAt = (name: string) => `/api/v1/namespaces/${name}/configmaps/${name}`;
const deploymentAt = (name: string) => `/apis/apps/v1/namespaces/${name}/deployments/${name}`;

describe('what somebody changes by hand', () => {
  test('is reported and left as it is where selfHeal is off', async () => {
    await trimtab.edit(configMapAt('reported'), { data: { value: 'hand' } });
    await trimtab.schedule();
    await trimtab.schedule();
    const status = await trimtab.store.statuses.load('reported');
    expect(status).toMatchObject({ sync: 'OutOfSync' });
    expect(status?.drift).toMatchObject([
      {
        key: { kind: 'ConfigMap' },
        fields: [{ path: 'data.value', from: 'hand', to: 'git', manager: 'kubectl-edit' }],
      },
    ]);
    expect(trimtab.cluster.get(configMapAt('reported'))).toMatchObject({ data: { value: 'hand' } });
    const told = trimtab.said('reported').filter((text) => text.includes('drifted'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('kubectl-edit');
  });

  test('is repaired where selfHeal is on', async () => {
    await trimtab.edit(configMapAt('healed'), { data: { value: 'hand' } });
    await trimtab.schedule();
    expect(trimtab.cluster.get(configMapAt('healed'))).toMatchObject({ data: { value: 'git' } });
    expect(await trimtab.store.statuses.load('healed')).toMatchObject({ sync: 'Synced' });
  });

  test.each([
    ['jsonPointers', 'pointed', { spec: { replicas: 5 } }],
    [
      'jqPathExpressions',
      'queried',
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'ghcr.io/acme/web:hand' }] } } } },
    ],
  ])('at a place that ignoreDifferences names by %s is no drift', async (_, name, patch) => {
    await trimtab.edit(deploymentAt(name), patch);
    await trimtab.schedule();
    expect(await trimtab.store.statuses.load(name)).toMatchObject({ sync: 'Synced', drift: [] });
    expect(trimtab.said(name).filter((text) => text.includes('drifted'))).toEqual([]);
    // Another field of the same object is drift all the same.
    await trimtab.edit(deploymentAt(name), {
      spec: { minReadySeconds: 7, template: { metadata: { labels: { 'app.kubernetes.io/name': name } } } },
      metadata: { labels: { 'app.kubernetes.io/name': 'hand' } },
    });
    await trimtab.schedule();
    const status = await trimtab.store.statuses.load(name);
    expect(status).toMatchObject({ sync: 'OutOfSync' });
    expect(status?.drift.flatMap(({ fields }) => fields.map(({ path }) => path)).join()).toMatch(/labels/);
  });

  test('in a Secret is shown with marks, never with values', async () => {
    await trimtab.edit('/api/v1/namespaces/secretive/secrets/secretive', {
      data: { password: Buffer.from('hunter2-by-hand').toString('base64') },
    });
    await trimtab.schedule();
    const status = await trimtab.store.statuses.load('secretive');
    expect(status).toMatchObject({ sync: 'OutOfSync' });
    expect(status?.drift).toMatchObject([{ key: { kind: 'Secret' }, fields: [{ path: 'data.password' }] }]);
    const { number } = await trimtab.propose({ 'apps/secretive/README.md': 'Words.\n' });
    const { text } = await trimtab.ask(number, 'carol', '/diff secretive');
    expect(text).toMatch(/data\.password: •\w+• in Git, •\w+• in the cluster/);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(Buffer.from('hunter2').toString('base64').slice(0, 8));
  });
});

describe('what another controller writes again after each repair', () => {
  const fought = configMapAt('fought');
  const valueThere = () => (trimtab.cluster.get(fought) as { readonly data: { readonly value: string } }).data.value;
  const newest = async () => (await trimtab.store.operations.load('fought')) ?? expect.unreachable();
  const warnings = async () =>
    (await trimtab.store.statuses.load('fought'))?.conditions.filter(({ type }) => type === 'SelfHealWarning');
  /** The schedule comes when the last operation is over for so many seconds. */
  const scheduleAfter = async (seconds: number) => {
    const { value, version } = await newest();
    const finishedAt = new Date(Date.now() - seconds * 1000).toISOString();
    await trimtab.store.operations.save({ ...value, finishedAt }, version);
    await trimtab.schedule();
  };
  const write = (value: string) => trimtab.edit(fought, { data: { value } }, 'scaler');

  test('is repaired five times, with back-off, then named, told once, and left alone', async () => {
    await write('1');
    await trimtab.schedule();
    expect(valueThere()).toBe('git');
    await write('2');
    await scheduleAfter(-5);
    expect(valueThere()).toBe('2');
    for (const round of [2, 3, 4, 5]) {
      await write(String(round));
      await scheduleAfter(301);
      expect(valueThere()).toBe('git');
      expect(await warnings()).toEqual([]);
    }
    await write('6');
    const { value: fifth } = await newest();
    await scheduleAfter(301);
    await trimtab.schedule();
    expect(valueThere()).toBe('6');
    expect((await newest()).value.id).toBe(fifth.id);
    expect(await warnings()).toMatchObject([
      { message: expect.stringContaining('scaler changed data.value of ConfigMap fought/fought again') },
    ]);
    expect(await trimtab.store.statuses.load('fought')).toMatchObject({ sync: 'OutOfSync' });
    const told = trimtab.said('fought').filter((text) => text.includes('is left as it is'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('scaler changed data.value of ConfigMap fought/fought again');
  });

  test('is repaired again once somebody has synced by hand', async () => {
    const { number } = await trimtab.propose({ 'apps/fought/README.md': 'Words.\n' });
    await trimtab.ask(number, 'bob', '/sync fought');
    expect(valueThere()).toBe('git');
    expect(await warnings()).toEqual([]);
    await write('7');
    await trimtab.schedule();
    expect(valueThere()).toBe('git');
  });
});
