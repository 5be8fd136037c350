import type { SyncJob } from '../spec/event.ts';
import type { Operation } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { end, endAttempt, isOver, next, record, terminate } from '../sync/index.ts';
import { approval } from './approval.ts';
import { actingAs } from './conditions.ts';
import { finishOperation } from './finish-operation.ts';
import { healthsOf } from './healths.ts';
import { perform } from './perform.ts';
import { refreshed, type Save, withPlan } from './plan-operation.ts';
import { whileHeld } from './while-held.ts';
import { heldBack } from './windows.ts';
import { optionsOf, type SyncPorts, worldOf } from './world-of.ts';

/** A step that was killed gives its lease up by itself after this long. */
const LEASE_SECONDS = 300;

/** A job that finds the lease taken comes back after this long, then after twice as long each time, to a minute at most. */
const BUSY_SECONDS = 5;
const LONGEST_BUSY = 60;

/** SQS holds a message back for so long at most; a longer wait looks in between. */
const LONGEST_DELAY = 900;

/** A deletion that can't be decided on now is looked at again after this long, and has so many hours for the rest. */
const AGAIN_SECONDS = 60;
const REST_HOURS = 2;

/** How long the mark of a sent job is kept: longer than any copy of it can travel. */
const SENT_SECONDS = 24 * 3600;

/**
 * Does one step of an application's operation, and queues the next. Only one step of an application runs at a time (a
 * lease), and every save names the version that was loaded. A job whose step was done before does nothing but make sure
 * that the next one is on its way.
 */
export async function sync(job: SyncJob, ports: SyncPorts): Promise<void> {
  const lease = `application:${job.application}`;
  const holder = crypto.randomUUID();
  const until = Date.parse(ports.clock()) + LEASE_SECONDS * 1000;
  if (!(await ports.store.leases.take(lease, holder, LEASE_SECONDS))) {
    return await comeBack(job, ports);
  }
  try {
    await step(job, whileHeld(ports, until));
  } finally {
    await ports.store.leases.release(lease, holder);
  }
}

/**
 * A job that can't be done now comes back once, however many copies of it are refused: or each would make one more. One
 * behind whose step another was done is not needed any more.
 */
async function comeBack(job: SyncJob, ports: SyncPorts): Promise<void> {
  const { operation, look, busy = 0 } = job;
  const loaded = await ports.store.operations.load(job.application);
  if (loaded?.value.id !== operation || look < loaded.value.looks - 1) return;
  const mark = `busy:${operation}:${look}:${busy}`;
  if (await ports.store.seen(mark)) return;
  await ports.queue.send(
    { ...job, busy: busy + 1 },
    { delaySeconds: Math.min(LONGEST_BUSY, BUSY_SECONDS * 2 ** busy) },
  );
  await ports.store.once(mark, SENT_SECONDS);
}

async function step(job: SyncJob, ports: SyncPorts): Promise<void> {
  const loaded = await ports.store.operations.load(job.application);
  if (loaded === undefined || loaded.value.id !== job.operation) return;
  const { value: operation, version } = loaded;
  const save = saving(version, ports.store);
  if (isOver(operation.phase)) return await finish(operation, save, ports);
  if (job.look < operation.looks) return await sendNext(operation, 0, ports);
  const done = await advance(operation, save, ports);
  await save({ ...done.operation, looks: operation.looks + 1 });
  if (isOver(done.operation.phase)) {
    return await finish({ ...done.operation, looks: operation.looks + 1 }, save, ports);
  }
  await sendNext({ ...done.operation, looks: operation.looks + 1 }, done.wake, ports);
}

/** What follows from the end of an operation; then a fresh look at the application, which tells whoever wants to know. */
async function finish(operation: Operation, save: Save, ports: SyncPorts): Promise<void> {
  if (operation.finished === false) {
    await finishOperation(operation, ports);
    await save({ ...operation, finished: true });
  }
  await ports.queue.send({ kind: 'refresh', scope: { of: 'applications', names: [operation.application] } });
}

/** Each save names the version that the one before gave, so that nobody else's save is lost. */
function saving(version: number, store: Store): Save {
  let known = version;
  return async (operation) => {
    known = await store.operations.save(operation, known);
  };
}

/** The next job, unless it was sent before: a repeated job must not make two of one. */
async function sendNext(operation: Operation, wake: number, ports: SyncPorts): Promise<void> {
  const mark = `look:${operation.id}:${operation.looks}`;
  if (await ports.store.seen(mark)) return;
  const { application, id, looks } = operation;
  await ports.queue.send(
    { kind: 'sync', application, operation: id, look: looks },
    { delaySeconds: Math.min(LONGEST_DELAY, Math.ceil(wake)) },
  );
  await ports.store.once(mark, SENT_SECONDS);
}

interface Advanced {
  readonly operation: Operation;
  readonly wake: number;
}

/**
 * One step: look, decide, save what is intended, do it, and say what came of it. What the operation can't get past (a
 * source that does not render, a rule of the project, a cluster that refuses the credentials) ends it with the reason, and
 * without its hooks.
 */
async function advance(begun: Operation, save: Save, ports: SyncPorts): Promise<Advanced> {
  let current = begun;
  try {
    current = await refreshed(begun, ports);
    const world = await worldOf(current, ports);
    const { operation } = world;
    const held = heldBack(operation, world.application, world.catalogue, ports.clock());
    if (held !== undefined && Date.parse(operation.deadline) > Date.parse(ports.clock())) return held;
    const { application } = world;
    const planned = await withPlan(operation, world, save, ports);
    const approved = await approval(planned, application, ports);
    const options = optionsOf(application, operation);
    const { retry } = operation;
    const { customisations } = world.catalogue.settings;
    const healthPorts = { customisations, engines: ports.engines, at: ports.clock() };
    const decided = next(
      planned,
      {
        now: ports.clock(),
        desired: world.desired,
        live: world.live,
        tracking: customisations.tracking,
        ...approved,
        health: await healthsOf([...world.live.values()], healthPorts),
      },
      { options, waveDelay: ports.waveDelay, ...(retry === undefined ? {} : { retry }) },
    );
    if (decided.actions.length === 0) return { operation: decided.operation, wake: decided.wake ?? 0 };
    await save(decided.operation);
    const writer = await ports.clusters.writer(actingAs(world.application, world.cluster, world.catalogue));
    return {
      operation: record(decided.operation, await perform(decided.actions, writer, world.live)),
      wake: decided.wake ?? 0,
    };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isUndecided(begun, problem)) return putOff(begun, problem, ports.clock());
    if (isPassing(problem) && Date.parse(begun.deadline) > Date.parse(ports.clock())) throw problem;
    const { message: said, fix } = problem;
    const message = fix === undefined ? said : `${said.replace(/[^.!?]$/, '$&.')} ${fix}`;
    // Its hooks may run, and are held: first they are let go
    if (begun.phase === 'Running' && begun.tasks?.some((task) => task.action === 'hook') === true) {
      return { operation: terminate(begun, message), wake: 0 };
    }
    // What is too much to be done at once, or was asked for wrongly, waits for a person, and not for another attempt
    if (problem.code === 'limit-exceeded' || problem.code === 'bad-command' || begun.phase !== 'Running') {
      return { operation: end(current, 'Error', message, ports.clock()), wake: 0 };
    }
    const { operation, wake = 0 } = endAttempt(current, 'Error', message, ports.clock(), current.retry);
    return { operation, wake };
  }
}

/** Nothing of a deletion has begun, and something did not answer by which it is decided. */
function isUndecided({ deletes, phase, tasks }: Operation, problem: Problem): boolean {
  return (
    deletes === true && phase === 'Running' && tasks === undefined && isPassing(problem) && problem.code !== 'conflict'
  );
}

/** It waits for as long as that takes: ended by its deadline it would leave for good what nobody looks at any more. */
function putOff(operation: Operation, problem: Problem, at: string): Advanced {
  const deadline = new Date(Date.parse(at) + REST_HOURS * 3_600_000).toISOString();
  return { operation: { ...operation, deadline, message: `waiting: ${problem.message}` }, wake: AGAIN_SECONDS };
}

/** The cluster, GitHub or the store did not answer: the job is tried again, and the deadline ends it. */
function isPassing(problem: Problem): boolean {
  return ['unavailable', 'rate-limited', 'cluster-unreachable', 'conflict'].includes(problem.code);
}
