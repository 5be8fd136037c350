import { expect, it } from 'vitest';
import type { RetryPolicy } from '../../src/spec/application.ts';
import type { Job, SyncJob } from '../../src/spec/event.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { application, configMap, type Desk, startDesk } from './desk.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-retry-with-a-limit */

/** The API server refuses it: a value of a ConfigMap is text. */
const REFUSED = { ...configMap('shop', 'x'), data: { value: 1 } } as Manifest;

const FIRST = `0000${'c'.repeat(36)}`;
const SECOND = `0001${'c'.repeat(36)}`;

const shop = (retry: RetryPolicy | undefined): object =>
  application('shop', {
    syncPolicy: {
      automated: { prune: true },
      syncOptions: ['CreateNamespace=true'],
      ...(retry === undefined ? {} : { retry }),
    },
  });

/** Renders what each commit has: the first one is refused. */
const perCommit =
  (...commits: readonly (readonly Manifest[])[]) =>
  ({ checkout }: RenderInput): readonly Manifest[] =>
    commits[Number(checkout.revision.slice(0, 4))] ?? [];

async function begin(retry: RetryPolicy | undefined, ...commits: readonly (readonly Manifest[])[]): Promise<Desk> {
  const desk = await startDesk({ definitions: [shop(retry)], renders: { shop: perCommit([REFUSED], ...commits) } });
  await desk.work({ kind: 'refresh', scope: { of: 'applications', names: ['shop'] } });
  return desk;
}

/** Does the sync jobs in the moment that they are due, until one has to wait longer than a second; answers how long. */
async function untilWaiting(desk: Desk): Promise<number | undefined> {
  for (;;) {
    const found = desk.sent.findIndex(({ job }) => isSync(job));
    if (found < 0) return undefined;
    const next = desk.sent[found];
    if (next === undefined || next.delaySeconds > 1) return next?.delaySeconds;
    desk.sent.splice(found, 1);
    await desk.work(next.job);
  }
}

/** The attempt that is waited for, when it is due. */
async function waitOut(desk: Desk): Promise<void> {
  const found = desk.sent.findIndex(({ job }) => isSync(job));
  const [next] = desk.sent.splice(found, 1);
  if (next === undefined) throw new Error('nothing waits');
  desk.pass(next.delaySeconds);
  await desk.work(next.job);
}

function isSync(job: Job): job is SyncJob {
  return job.kind === 'sync';
}

/** How long each further attempt waited, until the operation was over. */
async function waitsOf(desk: Desk): Promise<readonly number[]> {
  const waits: number[] = [];
  for (;;) {
    const wait = await untilWaiting(desk);
    if (wait === undefined) return waits;
    waits.push(wait);
    await waitOut(desk);
  }
}

const operation = async (desk: Desk) => (await desk.store.operations.load('shop'))?.value;

it('an attempt that failed says when the next one comes, which is a delayed job and no waiting function', async () => {
  const desk = await begin({ limit: 2, backoff: { duration: '30s', factor: 2, maxDuration: '3m' } });
  expect(await untilWaiting(desk)).toBe(30);
  expect(await operation(desk)).toMatchObject({
    phase: 'Running',
    attempt: 1,
    message: expect.stringMatching(/Retrying attempt #1 at 2026-11-24T10:00:\d\d/),
  });
});

it.each<[string, RetryPolicy | undefined, readonly number[]]>([
  ['limit 0 tries once', { limit: 0 }, []],
  ['a retry without a limit tries once', { backoff: { duration: '1m' } }, []],
  ['limit 3 tries three times more, from 5 seconds on and twice as long each time', { limit: 3 }, [5, 10, 20]],
  [
    'duration, factor and maxDuration decide how long it waits',
    { limit: 4, backoff: { duration: '1m', factor: 3, maxDuration: '5m' } },
    [60, 180, 300, 300],
  ],
  ['without a retry an automated sync tries five times more', undefined, [5, 10, 20, 40, 80]],
])('%s', async (_, retry, waits) => {
  const desk = await begin(retry);
  expect(await waitsOf(desk)).toEqual(waits);
  const [entry, ...more] = await desk.store.histories.list('shop', 10);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ phase: 'Failed', revisions: [FIRST] });
  if (waits.length > 0) expect(entry?.message).toContain(`(tried ${waits.length + 1} times)`);
});

it('limit -1 tries until the deadline of the operation', async () => {
  const desk = await begin({ limit: -1, backoff: { duration: '10m', factor: 1, maxDuration: '10m' } });
  // Two hours, of which the last ten minutes are too short for one more
  expect(await waitsOf(desk)).toEqual(Array.from({ length: 11 }, () => 600));
  expect((await operation(desk))?.phase).toBe('Failed');
});

it('without refresh another attempt brings the same commit, whatever Git says by then', async () => {
  const desk = await begin({ limit: 2 }, [configMap('shop', 'second')]);
  await untilWaiting(desk);
  desk.commit({});
  await waitsOf(desk);
  expect(await operation(desk)).toMatchObject({ phase: 'Failed', attempt: 2, revisions: [FIRST], definition: FIRST });
  expect(desk.cluster.get('/api/v1/namespaces/shop/configmaps/shop')).toBeUndefined();
});

it('with refresh another attempt brings the newest commit, and is in the history as what it brought', async () => {
  const desk = await begin({ limit: 2, refresh: true }, [configMap('shop', 'second')]);
  await untilWaiting(desk);
  desk.commit({});
  expect(await waitsOf(desk)).toEqual([5]);
  expect(await desk.store.histories.list('shop', 10)).toMatchObject([
    { phase: 'Succeeded', revisions: [SECOND], definition: SECOND },
  ]);
  expect(desk.cluster.get('/api/v1/namespaces/shop/configmaps/shop')).toMatchObject({ data: { value: 'second' } });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced', lastAttempt: { revisions: [SECOND] } });
});

it('an attempt that could not even begin is tried again, too, as in Argo CD', async () => {
  const desk = await begin({ limit: 2, refresh: true });
  await untilWaiting(desk);
  desk.commit({
    renders: {
      shop: ({ checkout }) => {
        if (checkout.revision === SECOND) throw new Problem('render-failed', 'helm: no template "name"');
        return [configMap('shop', 'third')];
      },
    },
  });
  await waitOut(desk);
  expect(await operation(desk)).toMatchObject({
    phase: 'Running',
    revisions: [SECOND],
    message: expect.stringMatching(/no template "name".*Retrying attempt #2/),
  });
  desk.commit({});
  await waitsOf(desk);
  expect(await operation(desk)).toMatchObject({ phase: 'Succeeded', attempt: 2 });
});

it('what it may delete was allowed for the commit that somebody looked at, and not for the one that another attempt brings', async () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => configMap(name, 'x'));
  const desk = await startDesk({
    definitions: [shop({ limit: 1, refresh: true })],
    renders: { shop: perCommit(items, [...items, REFUSED], items.slice(0, 1)) },
  });
  await desk.look();
  desk.commit({});
  await desk.work({ kind: 'refresh', scope: { of: 'applications', names: ['shop'] } });
  const loaded = await desk.store.operations.load('shop');
  if (loaded === undefined) throw new Error('nothing runs');
  // As `/sync shop --prune` and the label of a merged pull request say it
  await desk.store.operations.save({ ...loaded.value, allowDelete: true }, loaded.version);
  await untilWaiting(desk);
  desk.commit({});
  await waitsOf(desk);
  expect(await operation(desk)).toMatchObject({
    phase: 'Error',
    message: expect.stringContaining('would delete 5 of the 6 resources'),
  });
  for (const { metadata } of items) {
    expect(desk.cluster.get(`/api/v1/namespaces/shop/configmaps/${metadata.name}`)).toBeDefined();
  }
});
