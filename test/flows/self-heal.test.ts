import { describe, expect, it } from 'vitest';
import type { NotifyJob } from '../../src/spec/event.ts';
import { diffAnswer } from '../../templates/diff-answer.ts';
import { windowedProject } from '../fixtures/windowed-project.ts';
import { application, BY_HAND, configMap, type Desk, startDesk } from './desk.ts';

const CONFIG = '/api/v1/namespaces/shop/configmaps/config';
const SUBSCRIBED = { 'notifications.argoproj.io/subscribe.on-drift.slack': 'alerts' };
const ELSEWHERE = 'https://github.com/acme/shop';
const NOTIFICATIONS = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-notifications-cm' },
  data: { 'service.slack': 'token: $slack-token' },
};

const shop = (spec = {}) => application('shop', spec, SUBSCRIBED);

async function synced(definitions: readonly object[] = [shop()], engines = true): Promise<Desk> {
  const desk = await startDesk({
    definitions: [NOTIFICATIONS, ...definitions],
    renders: { shop: [configMap('config', 'git'), configMap('other', 'git')] },
    engines,
  });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
  return desk;
}

const valueAt = (desk: Desk, path = CONFIG) =>
  (desk.cluster.get(path) as { readonly data: { readonly value: string } } | undefined)?.data.value;

const operations = async (desk: Desk) =>
  (await desk.store.histories.list('shop', 100)).toReversed().map(({ trigger, phase }) => `${trigger.kind} ${phase}`);

/** What was sent to Slack since it was asked last, as the function of messages sends it: each name once. */
async function told(desk: Desk): Promise<readonly string[]> {
  const jobs = desk.sent.splice(0).flatMap(({ job }) => (job.kind === 'notify' ? [job] : []));
  const texts: string[] = [];
  for (const { delivery } of jobs satisfies readonly NotifyJob[]) {
    if (await desk.store.once(delivery.once, 1e6)) texts.push(delivery.message.text);
  }
  return texts;
}

async function remove(desk: Desk, path: string): Promise<void> {
  expect((await fetch(`${desk.cluster.url}${path}`, { method: 'DELETE' })).ok).toBe(true);
  desk.cluster.settle();
}

/** A rival writes, the schedule looks, and looks again when the longest pause is over. */
async function round(desk: Desk, nth: number): Promise<void> {
  await desk.edit(CONFIG, { data: { value: `rival ${nth}` } }, 'rival');
  await desk.look();
  desk.pass(301);
  await desk.look();
}

describe('a fight with another controller', () => {
  it('goes on through commits, is told once, and leaves everything else repaired', async () => {
    const desk = await synced();
    for (const nth of [1, 2, 3, 4, 5]) {
      await round(desk, nth);
      expect(valueAt(desk), `round ${nth}`).toBe('git');
      if (nth === 3) desk.commit({});
    }
    expect(await told(desk)).toHaveLength(1);
    await round(desk, 6);
    expect(valueAt(desk)).toBe('rival 6');
    expect(await told(desk)).toEqual([
      expect.stringMatching(/:crossed_swords: \*shop\* .* rival changed data.value of ConfigMap shop\/config again/),
    ]);
    // Commits that leave the field alone start nothing, and say nothing again
    const before = await operations(desk);
    desk.commit({});
    await desk.look();
    expect(valueAt(desk)).toBe('rival 6');
    // Another object is repaired all the same
    await desk.edit('/api/v1/namespaces/shop/configmaps/other', { data: { value: 'hand' } });
    desk.pass(400);
    await desk.look();
    expect([valueAt(desk, '/api/v1/namespaces/shop/configmaps/other'), valueAt(desk)]).toEqual(['git', 'rival 6']);
    expect(await operations(desk)).toEqual([...before, 'self-heal Succeeded']);
    expect((await told(desk)).filter((text) => text.includes(':crossed_swords:'))).toEqual([]);
    // A commit that brings something is synced whole, and does not begin the fight anew
    desk.commit({ renders: { shop: [configMap('config', 'git'), configMap('other', 'new')] } });
    await desk.look();
    expect(valueAt(desk)).toBe('git');
    await round(desk, 7);
    expect(valueAt(desk)).toBe('rival 7');
    expect((await told(desk)).filter((text) => text.includes(':crossed_swords:'))).toEqual([]);
    expect(await desk.status('shop')).toMatchObject({ conditions: [{ type: 'SelfHealWarning' }] });
    // Git wants another value there
    desk.commit({ renders: { shop: [configMap('config', 'newer'), configMap('other', 'new')] } });
    await desk.look();
    expect(valueAt(desk)).toBe('newer');
    expect(await desk.status('shop')).toMatchObject({ conditions: [] });
    await round(desk, 8);
    expect(valueAt(desk)).toBe('newer');
  });
});

describe('what somebody deletes', () => {
  it('is told once, with since when it is known, where nothing repairs it', async () => {
    const desk = await synced([shop(BY_HAND)]);
    await remove(desk, CONFIG);
    await desk.look();
    const { observedAt } = await desk.status('shop');
    expect(await told(desk)).toEqual([
      `:mag: *shop* drifted from Git\n• ConfigMap shop/config is gone from the cluster (since ${observedAt})`,
    ]);
    desk.pass(180);
    await desk.look();
    expect(diffAnswer([await desk.status('shop')], new Map())).toContain(
      `ConfigMap shop/config\` is in Git, not in the cluster: gone since ${observedAt}`,
    );
    desk.commit({ definitions: [NOTIFICATIONS, shop({ syncPolicy: {} })] });
    await desk.look();
    expect(await told(desk)).toEqual([]);
    expect((await desk.status('shop')).drifted).toMatchObject([{ is: 'gone', since: observedAt }]);
  });

  it('is told, and made again, where selfHeal is on', async () => {
    const desk = await synced();
    await remove(desk, CONFIG);
    await desk.look();
    expect(await told(desk)).toEqual([expect.stringContaining('ConfigMap shop/config is gone from the cluster')]);
    expect(valueAt(desk)).toBe('git');
    // Hours later it is another drift
    desk.pass(3600);
    await desk.look();
    await remove(desk, CONFIG);
    await desk.look();
    expect(await told(desk)).toHaveLength(1);
  });

  it('is none where Git asks for it for the first time', async () => {
    const desk = await synced();
    const renders = { shop: [configMap('config', 'git'), configMap('other', 'git'), configMap('new', 'git')] };
    desk.commit({ definitions: [NOTIFICATIONS, shop({ syncPolicy: {} })], renders });
    await desk.look();
    await desk.look();
    expect(await desk.status('shop')).toMatchObject({ sync: 'OutOfSync', drift: [{ action: 'create' }] });
    expect(await told(desk)).toEqual([]);
  });
});

it('a field that somebody takes away is told as well', async () => {
  const desk = await synced([shop(BY_HAND)]);
  await desk.edit(CONFIG, { data: { value: null, note: 'by hand' } });
  await desk.look();
  expect(await told(desk)).toEqual([
    expect.stringMatching(/ConfigMap shop\/config `data.value`: nothing in the cluster, "git" in Git \(since /),
  ]);
});

describe('a deny window', () => {
  const window = (schedule: string) => windowedProject('team', { kind: 'deny', schedule, duration: '1h' });

  it('holds every repair back, and one comes in the moment when it ends', async () => {
    // The desk begins at 10:00
    const desk = await synced([application('shop', { project: 'team' }), window('30 10 * * *')], false);
    desk.pass(80 * 60);
    await desk.edit(CONFIG, { data: { value: 'hand' } });
    desk.sent.length = 0;
    for (let minute = 0; minute < 3; minute += 1) {
      await desk.work({ kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } });
    }
    expect(valueAt(desk)).toBe('hand');
    expect(await operations(desk)).toEqual(['schedule Succeeded']);
    const waiting = desk.sent.filter(({ job }) => job.kind === 'refresh');
    expect(waiting).toEqual([
      {
        job: { kind: 'refresh', scope: { of: 'applications', names: ['shop'], heals: true } },
        delaySeconds: expect.any(Number),
      },
    ]);
    desk.pass(waiting[0]?.delaySeconds ?? expect.unreachable());
    await desk.look({ of: 'applications', names: ['shop'], heals: true });
    await desk.look();
    expect(valueAt(desk)).toBe('git');
    expect(await operations(desk)).toEqual(['schedule Succeeded', 'self-heal Succeeded']);
  });
});

describe('a sync that failed', () => {
  const REFUSED = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not A Name' }, data: {} };
  const elsewhere = (more = {}) =>
    application('shop', {
      source: { repoURL: ELSEWHERE, path: 'shop' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true'],
        retry: { limit: 0 },
      },
      ...more,
    });

  it('is not tried again at the same commit of its source, whatever else is committed', async () => {
    const desk = await startDesk({
      definitions: [elsewhere()],
      renders: { shop: [configMap('config', 'git'), REFUSED] },
      heads: { [ELSEWHERE]: 'a'.repeat(40) },
    });
    await desk.look();
    const failed = ['schedule Failed'];
    expect(await operations(desk)).toEqual(failed);
    for (let nth = 0; nth < 3; nth += 1) {
      desk.pass(400);
      desk.commit({});
      await desk.look();
    }
    expect(await operations(desk)).toEqual(failed);
    expect(await desk.status('shop')).toMatchObject({ conditions: [{ type: 'SyncError' }] });
    // Its Application changes: that is worth a try
    desk.commit({ definitions: [elsewhere({ revisionHistoryLimit: 5 })] });
    await desk.look();
    expect(await operations(desk)).toEqual([...failed, ...failed]);
    // A commit of its source mends it
    desk.commit({ heads: { [ELSEWHERE]: 'b'.repeat(40) }, renders: { shop: [configMap('config', 'new')] } });
    await desk.look();
    expect(await operations(desk)).toEqual([...failed, ...failed, 'schedule Succeeded']);
  });

  it('drift of an application without selfHeal survives commits that are not of its source', async () => {
    const byHand = elsewhere({ syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] } });
    const desk = await startDesk({
      definitions: [byHand],
      renders: { shop: [configMap('config', 'git')] },
      heads: { [ELSEWHERE]: 'a'.repeat(40) },
    });
    await desk.look();
    await desk.edit(CONFIG, { data: { value: 'hand' } });
    desk.commit({});
    await desk.look();
    expect(valueAt(desk)).toBe('hand');
  });
});
