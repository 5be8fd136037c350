import type { SQSEvent } from 'aws-lambda';
import { runCommand } from '../../src/flows/command.ts';
import { preview } from '../../src/flows/preview.ts';
import { refresh } from '../../src/flows/refresh.ts';
import { sync } from '../../src/flows/sync.ts';
import type { Job, SyncJob } from '../../src/spec/event.ts';
import { keyOf, keyText } from '../../src/spec/manifest.ts';
import type { Engines, Store } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { consume } from '../../src/state/consume.ts';
import { readJob } from '../../src/state/jobs.ts';
import { isOver } from '../../src/sync/index.ts';
import { type Call, callOf, errorOf, type Fault, lossOf, refusedAnswer } from './faults.ts';
import { type Behaviour, createMemoryCluster, type MemoryCluster, type Write } from './memory-cluster.ts';
import { createMemoryForge } from './memory-forge.ts';
import { createMemoryStore } from './memory-store.ts';
import { port } from './port.ts';
import { type Commit, createRepository, HOST, indexOf, REPO, sha } from './repository.ts';
import { broken, type Watched } from './watch.ts';
import { type Message, newWorld, type World } from './world.ts';

export interface MachineOptions {
  readonly commits: readonly Commit[];
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** Happens once, in the middle of the story: right before the first write to the cluster that `at` is true of. */
  readonly meets?: { at(write: Write): boolean; happens(machine: Machine): void };
}

/** The flows over ports in memory, with the clock, the queue and all that goes wrong in one hand. */
export interface Machine {
  readonly world: World;
  readonly cluster: MemoryCluster;
  readonly store: Store;
  /** Moves the branch on by a commit; or by so many, so many seconds later. */
  push(commits?: number, seconds?: number): void;
  send(job: Job, seconds?: number): void;
  /**
   * Runs jobs, and the schedule behind them, until nothing changes any more; or goes on where another run was left. Tells
   * `pass` of each moment between two jobs at which no function works. Answers the calls of ports that it made.
   */
  untilRest(options?: Ride): Promise<readonly Call[]>;
  /** Two functions get the same job at once, call by call in an order that `random` chooses. Answers what they threw. */
  duel(job: SyncJob, random: () => number): Promise<readonly Problem[]>;
  /** Looks once at everything, and answers the sync jobs that this puts on the queue, taken off it. */
  takeSyncJobs(): Promise<readonly SyncJob[]>;
}

export interface Disturbance {
  readonly random: () => number;
  /** Asked at each call of a port; calls are numbered from 0. */
  readonly faults: (call: Call, index: number) => Fault | undefined;
  /** How likely a message comes once more, some time later. */
  readonly repeats: number;
  /** Each message comes twice, one right after the other. */
  readonly twice?: boolean;
  /** Messages come in any order within so many seconds. */
  readonly disorder: number;
  /** Leases bind nobody, and two jobs run at a time. */
  readonly unleased?: boolean;
}

/** How a machine is run. */
export interface Ride {
  readonly disturbance?: Disturbance;
  readonly from?: Leg;
  readonly pass?: (leg: Leg) => void;
}

/** How far a run has come, beside its world. */
export interface Leg {
  /** So many calls of ports lie behind. */
  readonly calls: number;
  /** So many times in a row the schedule found nothing to do. */
  readonly quiet: number;
  /** Writes to the cluster when the schedule looked last. */
  readonly writes: number;
}

/** The schedule looks at everything so often, in seconds. */
const SCHEDULE = 180;

/** A message of a function that died comes back after this long: the visibility timeout in deploy/resources.yml. */
const VISIBILITY = 540;

/** A message that failed so often is a dead letter, and lost: `maxReceiveCount` there. */
const MOST_RECEIVES = 10;

/** More jobs than any story needs; a story that needs more never comes to rest. */
const MOST_JOBS = 3000;

/** How long a function sleeps that stalls, in seconds: shorter than its lease, or longer. */
const NAPS = [30, 250, 700];

/** What goes wrong when the call is done. */
const AFTER: ReadonlySet<Fault> = new Set(['killed after', 'unacknowledged', 'stalled after']);

const CALM: Disturbance = { random: () => 0.5, faults: () => undefined, repeats: 0, disorder: 0 };

/** One function at work. */
interface Run {
  readonly message: Message;
  dead: boolean;
  asleep: boolean;
  over: Promise<void>;
  fallAsleep: () => void;
}

/** A function that sleeps in the middle of its work. */
interface Sleeper {
  readonly run: Run;
  readonly at: number;
  readonly wake: () => void;
}

/** `given` stands in for the store in memory; it tells the world what is written. */
export function createMachine(options: MachineOptions, world: World = newWorld(), given?: Store): Machine {
  const { commits, behaviours = {}, meets } = options;
  const { due, forge: github } = world;
  let calls: Call[] = [];
  let first = 0;
  let disturbance = CALM;
  let gate: (() => Promise<void>) | undefined;
  let violation: string | undefined;
  const sleepers: Sleeper[] = [];

  const now = (): number => world.time;
  const head = (): string => sha(world.head);
  const cluster = createMemoryCluster(world.cluster, now, behaviours);
  const store = given ?? createMemoryStore(world.store, now);
  const forge = createMemoryForge(github, { head, parentOf: (revision) => sha(indexOf(revision) - 1) });
  const { source, renderer, commit } = createRepository(commits, head);
  const watched: Watched = {
    store: world.store,
    progress: world.progress,
    head,
    applications: () => commit(head()).applications.map(({ metadata }) => metadata.name),
    rendered: (name, revision) =>
      new Map((commit(revision).renders[name] ?? []).map((manifest) => [keyText(keyOf(manifest)), manifest])),
  };

  const send = (job: Job, seconds = 0): void => {
    due.push({ kind: job.kind, body: JSON.stringify(job), at: world.time + seconds * 1000, receives: 0 });
  };

  /** A port as one function has it: each call may go wrong. */
  function guarded<T extends object>(edge: string, target: T, run: Run): T {
    return new Proxy(target, {
      get: (at, name) => {
        const member: unknown = Reflect.get(at, name);
        if (typeof member === 'object' && member !== null) return guarded(`${edge}.${String(name)}`, member, run);
        if (typeof member !== 'function') return member;
        const call = callOf(edge, String(name));
        return async (...given: unknown[]): Promise<unknown> => {
          if (gate !== undefined) await gate();
          if (run.dead) throw died();
          const fault = disturbance.faults(call, first + calls.push(call) - 1);
          if (fault === 'killed before') {
            run.dead = true;
            throw died();
          }
          if (fault === 'stalled') {
            if (!run.asleep) await sleep(run, call);
          } else if (fault !== undefined && !AFTER.has(fault)) {
            const answer = refusedAnswer(fault, call);
            if (answer !== undefined) return answer;
            throw errorOf(fault, call);
          }
          const answer: unknown = await Reflect.apply(member, at, given);
          if (fault === 'killed after') {
            run.dead = true;
            throw died();
          }
          if (fault === 'unacknowledged') throw lossOf(call);
          if (fault === 'stalled after' && !run.asleep) await sleep(run, { ...call, writes: false });
          if (disturbance.unleased === true && edge === 'store.leases' && name === 'take') return true;
          return answer;
        };
      },
    });
  }

  /** The function sleeps; whoever looks after its message by then thinks that it is dead. */
  function sleep(run: Run, { edge, writes }: Call): Promise<void> {
    const { random } = disturbance;
    // What a step may do while it has its lease only, and is on its way, arrives soon: its client gives up else
    const onItsWay = writes && ['cluster', 'forge', 'store.inventories', 'store.deletions'].includes(edge);
    const naps = onItsWay ? NAPS.slice(0, 1) : NAPS;
    const seconds = naps[Math.floor(random() * naps.length)] ?? 0;
    due.push({ ...run.message, at: world.time + random() * seconds * 1000 });
    run.asleep = true;
    return new Promise((wake) => {
      sleepers.push({ run, at: world.time + seconds * 1000, wake });
      run.fallAsleep();
    });
  }

  function watch(application: string): (write: Write) => void {
    return (write) => {
      if (meets !== undefined && !world.met && meets.at(write)) {
        world.met = true;
        meets.happens(machine);
      }
      violation ??= broken(write, application, watched);
    };
  }

  /** The ports of one function. */
  function portsOf(job: Job, run: Run): Ports {
    const reader = guarded('cluster', cluster.reader, run);
    const writer = guarded('cluster', cluster.writer(watch(job.kind === 'sync' ? job.application : '')), run);
    const queue = guarded(
      'queue',
      { send: async (sent: Job, { delaySeconds = 0 } = {}): Promise<void> => send(sent, delaySeconds) },
      run,
    );
    return {
      forge: guarded('forge', forge, run),
      source: guarded('source', source, run),
      renderer,
      clusters: { reader: async () => reader, writer: async () => writer },
      store: guarded('store', store, run),
      queue,
      engines: port<Engines>({}),
      ...{ clock: () => new Date(world.time).toISOString(), host: HOST, controlRepository: REPO },
      ...{ markKey: 'key', waveDelay: 2 },
    };
  }

  async function invoke(job: Job, ports: Ports): Promise<void> {
    switch (job.kind) {
      case 'sync':
        return await sync(job, ports);
      case 'refresh':
        return await refresh(job, ports);
      case 'command':
        return await runCommand(job, ports);
      case 'preview':
        return await preview(job, ports);
      case 'notify':
        throw new Error('nobody wants to be notified here');
    }
  }

  /** Works off one message, as a deployed function does; what fails comes back. */
  async function work(kind: Job['kind'], run: Run): Promise<void> {
    const { message } = run;
    const attributes = { ApproximateReceiveCount: String(message.receives + 1) };
    const event = { Records: [{ messageId: '1', body: message.body, attributes }] } as unknown as SQSEvent;
    let hidden = VISIBILITY;
    let failure: Problem | undefined;
    const { batchItemFailures } = await consume(event, kind, (job) => invoke(job, portsOf(job, run)), {
      postpone: async (_record, seconds) => {
        if (!run.dead) hidden = seconds;
      },
      report: (problem) => {
        failure ??= problem;
      },
    });
    if (batchItemFailures.length === 0) return;
    if (disturbance === CALM) throw failure;
    const receives = message.receives + 1;
    if (receives < MOST_RECEIVES) due.push({ ...message, at: world.time + hidden * 1000, receives });
  }

  /** Lets a function work until it is done, or falls asleep. */
  async function proceed(run: Run, begin: () => void): Promise<void> {
    const asleep = new Promise<void>((resolve) => {
      run.fallAsleep = resolve;
    });
    begin();
    await Promise.race([run.over, asleep]);
  }

  async function start(message: Message): Promise<void> {
    if (message.kind === 'push') {
      world.head = Math.max(world.head, Number(message.body));
      return;
    }
    const run: Run = { message, dead: false, asleep: false, over: Promise.resolve(), fallAsleep: () => undefined };
    const { kind } = message;
    await proceed(run, () => {
      run.over = work(kind, run);
    });
  }

  /** The next message; with disorder, any of those that come about then. */
  function receive(): Message | undefined {
    due.sort((a, b) => a.at - b.at);
    const [first] = due;
    if (first === undefined) return undefined;
    if (world.schedule <= first.at) return scheduled();
    world.time = Math.max(world.time, first.at);
    const { random, disorder, repeats } = disturbance;
    const near = due.filter(({ at }) => at <= world.time + disorder * 1000);
    const chosen = near[Math.floor(random() * near.length)] ?? first;
    // A message is never early: it is the others that are late
    world.time = Math.max(world.time, chosen.at);
    due.splice(due.indexOf(chosen), 1);
    if (disturbance.twice === true && chosen.copy !== true) due.push({ ...chosen, copy: true });
    if (repeats > 0 && random() < repeats) {
      due.push({ ...chosen, at: world.time + random() * 300_000 });
    }
    return chosen;
  }

  /** The schedule goes on, whatever happens. */
  function scheduled(): Message {
    world.time = Math.max(world.time, world.schedule);
    world.schedule += SCHEDULE * 1000;
    const body = JSON.stringify({ kind: 'refresh', scope: { of: 'all' } } satisfies Job);
    return { kind: 'refresh', body, at: world.time, receives: 0 };
  }

  /** Whoever sleeps wakes up in time; answers false when nobody does before the next message. */
  async function wakeOne(): Promise<boolean> {
    sleepers.sort((a, b) => a.at - b.at);
    const [first] = sleepers;
    if (first === undefined || due.some(({ at }) => at < first.at)) return false;
    sleepers.shift();
    world.time = Math.max(world.time, first.at);
    first.run.asleep = false;
    await proceed(first.run, first.wake);
    return true;
  }

  async function step(): Promise<boolean> {
    if (await wakeOne()) return true;
    const message = receive();
    if (message === undefined) return false;
    const second = disturbance.unleased === true ? receive() : undefined;
    if (second === undefined) await start(message);
    else await together([() => start(message), () => start(second)], disturbance.random);
    return true;
  }

  /** Runs what it is given call by call, in an order that `random` chooses. */
  async function together(tasks: readonly (() => Promise<void>)[], random: () => number): Promise<void> {
    const waiting: (() => void)[] = [];
    let left = tasks.length;
    gate = () => new Promise((resolve) => waiting.push(resolve));
    const running = Promise.all(tasks.map((task) => task().finally(() => --left)));
    while (left > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const [go] = waiting.splice(Math.floor(random() * waiting.length), 1);
      go?.();
    }
    gate = undefined;
    await running;
  }

  /** An operation whose jobs were all lost is picked up by a look that comes later. */
  function isBusy(): boolean {
    return [...world.store.statuses.keys()].some((name) => {
      const operation = world.store.operations.get(name);
      return operation !== undefined && (!isOver(operation.value.phase) || operation.value.finished === false);
    });
  }

  const machine: Machine = {
    world,
    cluster,
    store,
    send,
    push: (commits = 1, seconds = 0) => {
      const head = world.head + commits;
      if (seconds === 0) world.head = head;
      else due.push({ kind: 'push', body: String(head), at: world.time + seconds * 1000, receives: 0 });
    },
    takeSyncJobs: async () => {
      send({ kind: 'refresh', scope: { of: 'all' } });
      const jobs: SyncJob[] = [];
      for (let message = receive(); message !== undefined; message = receive()) {
        const job = message.kind === 'sync' ? readJob(message.body) : undefined;
        if (job?.kind === 'sync') jobs.push(job);
        else await start(message);
      }
      return jobs;
    },
    duel: async (job, random) => {
      const thrown: Problem[] = [];
      const worker = async (): Promise<void> => {
        const run: Run = {
          message: { kind: 'sync', body: JSON.stringify(job), at: world.time, receives: 0 },
          ...{ dead: false, asleep: false, over: Promise.resolve(), fallAsleep: () => undefined },
        };
        await sync(job, portsOf(job, run)).catch((error: Problem) => void thrown.push(error));
      };
      disturbance = { ...CALM, unleased: true };
      await together([worker, worker], random);
      disturbance = CALM;
      return thrown;
    },
    untilRest: async ({ disturbance: chosen = CALM, from, pass }: Ride = {}) => {
      disturbance = chosen;
      calls = [];
      first = from?.calls ?? 0;
      let quiet = from?.quiet ?? 0;
      let jobs = 0;
      for (let left = from; quiet < 2; left = undefined) {
        // What went wrong in the very last look stands there until the next one.
        if (quiet === 1) disturbance = CALM;
        const writes = left?.writes ?? world.cluster.writes;
        if (left === undefined) due.push(scheduled());
        for (;;) {
          if (sleepers.length === 0) pass?.({ calls: first + calls.length, quiet, writes });
          if (!(await step())) break;
          if (violation !== undefined) throw new Error(violation);
          if (++jobs > MOST_JOBS) throw new Error(`no rest after ${MOST_JOBS} jobs; one is ${due[0]?.body}`);
          // A step takes its time; nothing else happens at the very same moment.
          world.time += 1;
        }
        quiet = world.cluster.writes === writes && !isBusy() ? quiet + 1 : 0;
      }
      disturbance = CALM;
      return calls;
    },
  };
  return machine;
}

type Ports = Parameters<typeof sync>[1] &
  Parameters<typeof refresh>[1] &
  Parameters<typeof runCommand>[1] &
  Parameters<typeof preview>[1];

function died(): Problem {
  return new Problem('internal', 'The function is dead.');
}
