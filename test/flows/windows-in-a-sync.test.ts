import { describe, expect, it } from 'vitest';
import { startOperation } from '../../src/flows/start-operation.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Job } from '../../src/spec/event.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { windowedProject } from '../fixtures/windowed-project.ts';
import { application, configMap, type Desk, startDesk } from './desk.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/ The clock of the desk begins at ten, UTC. */

const project = (...syncWindows: readonly object[]): object => windowedProject('shop', ...syncWindows);

const SHOP = application('shop', { project: 'shop' });

const inWave = (wave: number): Manifest =>
  configMap(`wave-${wave}`, 'first', { annotations: { [ANNOTATION.syncWave]: String(wave) } });

const WAVES = [inWave(0), inWave(1), inWave(2)];

/** From five past ten on, for twenty minutes. */
const FREEZE = { kind: 'deny', schedule: '5 10 * * *', duration: '20m' };

function begin(windows: readonly object[], manifests: readonly Manifest[] = WAVES): Promise<Desk> {
  return startDesk({ definitions: [project(...windows), SHOP], renders: { shop: manifests } });
}

const LOOK: Job = { kind: 'refresh', scope: { of: 'applications', names: ['shop'] } };

/** The next job of a kind, in the moment that it is due; answers how long it had to wait. */
async function next(desk: Desk, kind: Job['kind']): Promise<number | undefined> {
  const found = desk.sent.findIndex(({ job }) => job.kind === kind);
  const [due] = found < 0 ? [] : desk.sent.splice(found, 1);
  if (due === undefined) return undefined;
  desk.pass(due.delaySeconds);
  await desk.work(due.job);
  return due.delaySeconds;
}

/** Steps, until a resource is there. */
async function until(desk: Desk, path: string): Promise<void> {
  while (desk.cluster.get(path) === undefined) {
    if ((await next(desk, 'sync')) === undefined) throw new Error(`${path} never came`);
  }
}

/** Steps until the operation is over; answers those waits that were longer than any look at health. */
async function toTheEnd(desk: Desk): Promise<readonly number[]> {
  const waits: number[] = [];
  for (let wait = await next(desk, 'sync'); wait !== undefined; wait = await next(desk, 'sync')) {
    if (wait > 60) waits.push(wait);
  }
  return waits;
}

const at = (name: string): string => `/api/v1/namespaces/shop/configmaps/${name}`;

const there = (desk: Desk): readonly boolean[] =>
  [0, 1, 2].map((wave) => desk.cluster.get(at(`wave-${wave}`)) !== undefined);

const operation = async (desk: Desk) => (await desk.store.operations.load('shop'))?.value;

const startedByHand = (desk: Desk): Promise<unknown> =>
  startOperation(
    {
      application: SHOP as Application,
      revisions: [`0000${'c'.repeat(36)}`],
      definition: `0000${'c'.repeat(36)}`,
      trigger: { kind: 'command', actor: 'bob' },
      prune: false,
    },
    {
      store: desk.store,
      clock: () => '2026-11-24T10:00:00.000Z',
      queue: {
        send: async (job) => {
          desk.sent.push({ job, delaySeconds: 0 });
        },
      },
    },
  );

describe('a sync between two of its waves', () => {
  it('stands still when a deny window begins, and goes on where it was when that ends', async () => {
    const desk = await begin([FREEZE]);
    await desk.work(LOOK);
    await until(desk, at('wave-0'));
    desk.pass(300);
    await next(desk, 'sync');
    expect(there(desk)).toEqual([true, false, false]);
    expect(await operation(desk)).toMatchObject({
      phase: 'Running',
      message: 'Sync operation blocked by sync window: sync window active: deny 5 10 * * * for 20m (UTC)',
    });
    // A message of the queue waits a quarter of an hour at most
    const [first = 0, second = 0, ...more] = await toTheEnd(desk);
    expect([first, more]).toEqual([900, []]);
    expect(second).toBeLessThanOrEqual(300);
    expect(there(desk)).toEqual([true, true, true]);
    const [entry, ...others] = await desk.store.histories.list('shop', 10);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ phase: 'Succeeded' });
    expect(entry?.finishedAt).toMatch(/T10:25:/);
  });

  it('goes on with syncOverrun', async () => {
    const desk = await begin([{ ...FREEZE, syncOverrun: true }]);
    await desk.work(LOOK);
    await until(desk, at('wave-0'));
    desk.pass(300);
    expect(await toTheEnd(desk)).toEqual([]);
    expect(there(desk)).toEqual([true, true, true]);
    expect(await operation(desk)).toMatchObject({ phase: 'Succeeded' });
  });

  it.each([
    [false, [true, false, false]],
    [true, [true, true, true]],
  ])('when its allow window ends, syncOverrun: %s', async (syncOverrun, done) => {
    const desk = await begin([{ kind: 'allow', schedule: '55 9 * * *', duration: '10m', syncOverrun }]);
    await desk.work(LOOK);
    await until(desk, at('wave-0'));
    desk.pass(300);
    for (let step = 0; step < 5; step += 1) await next(desk, 'sync');
    expect(there(desk)).toEqual(done);
  });

  it.each([
    [false, [true, false, false]],
    [true, [true, true, true]],
  ])('that somebody asked for, when a deny window begins, manualSync: %s', async (manualSync, done) => {
    const desk = await begin([{ ...FREEZE, manualSync }]);
    await startedByHand(desk);
    await until(desk, at('wave-0'));
    desk.pass(300);
    await next(desk, 'sync');
    if (manualSync) await toTheEnd(desk);
    expect(there(desk)).toEqual(done);
  });

  it('that began when no window let it does not get through by syncOverrun', async () => {
    const desk = await begin([{ ...FREEZE, schedule: '50 9 * * *', syncOverrun: true }]);
    await startedByHand(desk);
    await next(desk, 'sync');
    expect(there(desk)).toEqual([false, false, false]);
    expect((await operation(desk))?.message).toContain('blocked by sync window');
  });

  it('whose hook runs when a window begins runs it once, and takes its result when the window ends', async () => {
    const migrate = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', annotations: { [ANNOTATION.hook]: 'PreSync' } },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x', command: ['true'] }] } },
      },
    };
    const desk = await begin([FREEZE], [migrate, ...WAVES]);
    const job = '/apis/batch/v1/namespaces/shop/jobs/migrate';
    await desk.work(LOOK);
    await until(desk, job);
    const { uid } = (desk.cluster.get(job) as Manifest).metadata;
    desk.pass(300);
    await next(desk, 'sync');
    expect(await operation(desk)).toMatchObject({ message: expect.stringContaining('blocked by sync window') });
    await toTheEnd(desk);
    expect(await operation(desk)).toMatchObject({ phase: 'Succeeded' });
    expect((desk.cluster.get(job) as Manifest).metadata.uid).toBe(uid);
  });

  it('gives way to what Git says by then, which is synced when the window ends', async () => {
    const desk = await begin([FREEZE]);
    desk.commit({
      renders: {
        shop: ({ checkout }) => (checkout.revision.startsWith('0001') ? WAVES : [configMap('wave-0', 'second')]),
      },
    });
    await desk.work(LOOK);
    await until(desk, at('wave-0'));
    desk.pass(300);
    await next(desk, 'sync');
    desk.commit({});
    await desk.work(LOOK);
    await next(desk, 'sync');
    await next(desk, 'sync');
    expect(await operation(desk)).toMatchObject({ phase: 'Failed', message: 'a newer revision is there' });
    desk.sent.length = 0;
    await desk.work(LOOK);
    expect(desk.cluster.get(at('wave-0'))).toMatchObject({ data: { value: 'first' } });
    await next(desk, 'refresh');
    await toTheEnd(desk);
    expect(desk.cluster.get(at('wave-0'))).toMatchObject({ data: { value: 'second' } });
    expect(await operation(desk)).toMatchObject({ phase: 'Succeeded', revisions: [`0002${'c'.repeat(36)}`] });
    expect((await operation(desk))?.startedAt).toMatch(/T10:25:/);
  });
});

describe('an automated sync that may not begin', () => {
  const refreshes = (desk: Desk) => desk.sent.filter(({ job }) => job.kind === 'refresh');

  it('is looked at in the very moment when the deny window ends, by one job', async () => {
    const desk = await begin([{ ...FREEZE, schedule: '50 9 * * *' }]);
    await desk.work(LOOK);
    await desk.work(LOOK);
    expect(await operation(desk)).toBeUndefined();
    const [due, ...more] = refreshes(desk);
    expect(more).toEqual([]);
    // Ten minutes, less the second that the look took
    expect(due).toEqual({ job: LOOK, delaySeconds: 599 });
    await next(desk, 'refresh');
    await toTheEnd(desk);
    expect(await operation(desk)).toMatchObject({ phase: 'Succeeded', trigger: { kind: 'schedule' } });
    expect((await operation(desk))?.startedAt).toMatch(/T10:10:/);
  });

  it('is looked at in the moment when an allow window begins', async () => {
    const desk = await begin([{ kind: 'allow', schedule: '10 10 * * *', duration: '1h' }]);
    await desk.work(LOOK);
    expect(refreshes(desk)).toEqual([{ job: LOOK, delaySeconds: 599 }]);
  });

  it('is left to the scheduled looks where that is further away than a message can wait', async () => {
    const desk = await begin([{ kind: 'allow', schedule: '0 22 * * *', duration: '1h' }]);
    await desk.work(LOOK);
    expect(desk.sent).toEqual([]);
    desk.pass(12 * 3600);
    await desk.look();
    expect(there(desk)).toEqual([true, true, true]);
  });

  it.each([
    ['Asia/Tokyo', false],
    ['Europe/Berlin', true],
    [undefined, true],
  ])('at ten in UTC, by a freeze at seven in the evening in %s: %s', async (timeZone, runs) => {
    const desk = await begin([
      { kind: 'deny', schedule: '0 19 * * *', duration: '10m', ...(timeZone === undefined ? {} : { timeZone }) },
    ]);
    await desk.work(LOOK);
    expect((await operation(desk)) !== undefined).toBe(runs);
  });
});
