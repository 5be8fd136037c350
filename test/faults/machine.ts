import { refresh } from '../../src/flows/refresh.ts';
import { sync } from '../../src/flows/sync.ts';
import { applicationName } from '../../src/spec/application.ts';
import type { Job, SyncJob } from '../../src/spec/event.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Engines, Forge, Queue, Source, Store } from '../../src/spec/ports.ts';
import { Problem, type ProblemCode } from '../../src/spec/problem.ts';
import { isOver } from '../../src/sync/index.ts';
import { type Behaviour, createMemoryCluster, type MemoryCluster } from './memory-cluster.ts';
import { createMemoryStore } from './memory-store.ts';

/** What a control repository holds at one commit: Applications, and what each renders to. */
export interface Commit {
  readonly applications: readonly object[];
  readonly renders: Readonly<Record<string, readonly Manifest[]>>;
}

/**
 * What goes wrong at one call of a port. `dies before` and `dies after`: the function is killed, so that none of its calls
 * reaches anything any more. `refused`: the call does nothing and fails; `answer lost`: it is done, and fails.
 */
export type Fault = 'dies before' | 'dies after' | 'refused' | 'answer lost';

/** Asked at each call of a port: what goes wrong there? Calls that change something are numbered, from 0. */
export type Faults = (write: number | undefined, random: () => number) => Fault | undefined;

export interface MachineOptions {
  readonly commits: readonly Commit[];
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
}

/** The flows of refresh and sync over ports in memory, with the clock, the queue and all that goes wrong in one hand. */
export interface Machine {
  readonly cluster: MemoryCluster;
  readonly store: Store;
  /** The state of each Deployment at GitHub, by operation. */
  readonly deployments: ReadonlyMap<string, string>;
  /** Moves the branch on to the next commit. */
  push(): void;
  /** Runs jobs, and the schedule behind them, until nothing changes any more. Answers how many calls changed something. */
  untilRest(disturbance?: Disturbance): Promise<number>;
  /** Two functions get the same job at once, call by call in an order that `random` chooses. Answers what they threw. */
  duel(job: SyncJob, random: () => number): Promise<readonly unknown[]>;
  /** Looks once at everything, and answers the sync jobs that this puts on the queue, taken off it. */
  takeSyncJobs(): Promise<readonly SyncJob[]>;
}

export interface Disturbance {
  readonly random: () => number;
  readonly faults: Faults;
  /** How likely a message comes once more, some time later. */
  readonly repeats: number;
  /** Messages come in any order within so many seconds. */
  readonly disorder: number;
  /** Leases bind nobody, and two jobs run at a time. */
  readonly unleased?: boolean;
}

const START = Date.parse('2026-11-24T10:00:00.000Z');

/** The schedule looks at everything so often, in seconds. */
const SCHEDULE = 180;

/** A message that was not worked off comes back after this long: SQS's visibility timeout. */
const VISIBILITY = 180;

/** A message that failed so often is a dead letter, and lost. */
const MOST_RECEIVES = 5;

/** Methods that change something: to die before or after one that only looks is to die at the one before it. */
const WRITES: ReadonlySet<string> = new Set([
  ...['apply', 'create', 'remove', 'send', 'createDeployment', 'setDeployment'],
  ...['save', 'take', 'release', 'append', 'once', 'forget'],
]);

/** More jobs than any story needs; a story that needs more never comes to rest. */
const MOST_JOBS = 3000;

const CALM: Disturbance = { random: () => 0.5, faults: () => undefined, repeats: 0, disorder: 0 };

const HOST = 'github.com';
const REPO = 'acme/platform';

export function createMachine({ commits, behaviours = {} }: MachineOptions): Machine {
  let time = START;
  let head = 0;
  let calls = 0;
  let disturbance = CALM;
  let gate: (() => Promise<void>) | undefined;
  const now = (): number => time;
  const clock = (): string => new Date(time).toISOString();
  const cluster = createMemoryCluster(now, behaviours);
  const store = createMemoryStore(now);
  const deployments = new Map<string, string>();
  const due: { readonly job: Job; readonly at: number; readonly receives: number }[] = [];

  const queue: Queue = {
    send: async (job, { delaySeconds = 0 } = {}) => {
      due.push({ job, at: time + delaySeconds * 1000, receives: 0 });
    },
  };
  const operationsById: string[] = [];
  const forge = port<Forge>({
    resolve: async () => sha(head),
    defaultBranch: async () => 'main',
    pullsOf: async () => [],
    hasComment: async () => false,
    createDeployment: async (_repo: string, { operation }: { readonly operation: string }) => {
      if (!deployments.has(operation)) {
        operationsById.push(operation);
        deployments.set(operation, 'queued');
      }
      return operationsById.indexOf(operation) + 1;
    },
    setDeployment: async (_repo: string, id: number, state: string) => {
      deployments.set(operationsById[id - 1] ?? '', state);
    },
  });
  const source = port<Source>({
    resolve: async () => sha(head),
    checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/' }),
    manifestFiles: async ({ revision }: { readonly revision: string }) =>
      commitOf(revision).applications.map((application, index) => ({
        path: `argocd/${index}.json`,
        text: JSON.stringify(application),
      })),
    tree: async () => new Map(),
    readFiles: async () => [],
    // Kustomizations of the stories name no file of the web
    webFile: undefined,
  });
  const commitOf = (revision: string): Commit =>
    commits[Number(revision.slice(0, 4))] ?? { applications: [], renders: {} };

  /** The ports of one call of a function; it may die. */
  function portsOf(): Parameters<typeof sync>[1] & Parameters<typeof refresh>[1] {
    let dead = false;
    const dying = (): Problem => new Problem('internal', 'The function is dead.');
    const guard = <T extends object>(edge: string, target: T): T =>
      new Proxy(target, {
        get: (at, name) => {
          const member: unknown = Reflect.get(at, name);
          if (typeof member === 'object' && member !== null) return guard(`${edge}.${String(name)}`, member);
          if (typeof member !== 'function') return member;
          return async (...given: unknown[]): Promise<unknown> => {
            if (gate !== undefined) await gate();
            if (dead) throw dying();
            const isWrite = WRITES.has(String(name));
            const fault = disturbance.faults(isWrite ? calls++ : undefined, disturbance.random);
            if (fault === 'dies before') {
              dead = true;
              throw dying();
            }
            if (fault === 'refused') throw refusal(edge, String(name), disturbance.random);
            const answer: unknown = await Reflect.apply(member, at, given);
            if (fault === 'dies after') {
              dead = true;
              throw dying();
            }
            if (fault === 'answer lost') throw lost(edge);
            if (disturbance.unleased === true && edge === 'store.leases' && name === 'take') return true;
            return answer;
          };
        },
      });
    const writer = guard('cluster', cluster.writer);
    const reader = guard('cluster', cluster.reader);
    return {
      forge: guard('forge', forge),
      source: guard('source', source),
      renderer: {
        render: async ({ application, checkout }) =>
          commitOf(checkout.revision).renders[applicationName(application)] ?? [],
        closure: async () => [],
        parameters: async ({ source }) => source,
        mayDefine: async () => false,
      },
      clusters: { reader: async () => reader, writer: async () => writer },
      store: guard('store', store),
      queue: guard('queue', queue),
      engines: port<Engines>({}),
      ...{ clock, host: HOST, controlRepository: REPO, markKey: 'key', waveDelay: 2 },
    };
  }

  async function invoke(job: Job): Promise<void> {
    if (job.kind === 'sync') await sync(job, portsOf());
    else if (job.kind === 'refresh') await refresh(job, portsOf());
    else throw new Error(`no ${job.kind} job belongs here`);
  }

  /** The next message; with disorder, any of those that come about then. */
  function receive(): (typeof due)[number] | undefined {
    due.sort((a, b) => a.at - b.at);
    const [first] = due;
    if (first === undefined) return undefined;
    time = Math.max(time, first.at);
    const { random, disorder, repeats } = disturbance;
    const near = due.filter(({ at }) => at <= time + disorder * 1000);
    const chosen = near[Math.floor(random() * near.length)] ?? first;
    due.splice(due.indexOf(chosen), 1);
    if (repeats > 0 && random() < repeats)
      due.push({ ...chosen, at: time + random() * 300_000, receives: MOST_RECEIVES - 1 });
    return chosen;
  }

  async function work(message: (typeof due)[number]): Promise<void> {
    try {
      await invoke(message.job);
    } catch (thrown) {
      if (disturbance === CALM) throw thrown;
      const receives = message.receives + 1;
      if (receives < MOST_RECEIVES) due.push({ job: message.job, at: time + VISIBILITY * 1000, receives });
    }
  }

  /** Runs what it is given call by call, in an order that `random` chooses. */
  async function interleaved(
    random: () => number,
    running: readonly Promise<void>[],
    waiting: (() => void)[],
  ): Promise<void> {
    let over = false;
    void Promise.all(running).then(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      const [proceed] = waiting.splice(Math.floor(random() * waiting.length), 1);
      proceed?.();
    }
  }

  /** An operation whose jobs were all lost is picked up by a look that comes later. */
  async function isBusy(): Promise<boolean> {
    for (const { application } of await store.statuses.all()) {
      const operation = await store.operations.load(application);
      if (operation !== undefined && !isOver(operation.value.phase)) return true;
    }
    return false;
  }

  async function together(tasks: readonly (() => Promise<void>)[], random: () => number): Promise<void> {
    const waiting: (() => void)[] = [];
    gate = () => new Promise((resolve) => waiting.push(resolve));
    await interleaved(
      random,
      tasks.map((task) => task()),
      waiting,
    );
    gate = undefined;
  }

  return {
    cluster,
    store,
    deployments,
    push: () => {
      head += 1;
    },
    takeSyncJobs: async () => {
      due.push({ job: { kind: 'refresh', scope: { of: 'all' } }, at: time, receives: 0 });
      const jobs: SyncJob[] = [];
      for (let message = receive(); message !== undefined; message = receive()) {
        if (message.job.kind === 'sync') jobs.push(message.job);
        else await work(message);
      }
      return jobs;
    },
    duel: async (job, random) => {
      const thrown: unknown[] = [];
      const worker = async (): Promise<void> => {
        await invoke(job).catch((error: unknown) => void thrown.push(error));
      };
      disturbance = { ...CALM, unleased: true };
      await together([worker, worker], random);
      disturbance = CALM;
      return thrown;
    },
    untilRest: async (chosen = CALM) => {
      disturbance = chosen;
      calls = 0;
      let quiet = 0;
      let jobs = 0;
      while (quiet < 2) {
        // What went wrong in the very last look stands there until the next one.
        if (quiet === 1) disturbance = CALM;
        const before = cluster.writes();
        due.push({ job: { kind: 'refresh', scope: { of: 'all' } }, at: time + SCHEDULE * 1000, receives: 0 });
        for (let message = receive(); message !== undefined; message = receive()) {
          if (++jobs > MOST_JOBS)
            throw new Error(`no rest after ${MOST_JOBS} jobs; one is ${JSON.stringify(message.job)}`);
          const second = chosen.unleased === true ? receive() : undefined;
          const batch = [message, ...(second === undefined ? [] : [second])];
          if (batch.length === 1) await work(message);
          else
            await together(
              batch.map((one) => () => work(one)),
              chosen.random,
            );
          // A step takes its time; nothing else happens at the very same moment.
          time += 1;
        }
        quiet = cluster.writes() === before && !(await isBusy()) ? quiet + 1 : 0;
      }
      disturbance = CALM;
      return calls;
    },
  };
}

function sha(index: number): string {
  return `${String(index).padStart(4, '0')}${'c'.repeat(36)}`;
}

/** A port of which a story uses only these members; any other says so. */
function port<T>(members: Readonly<Record<string, unknown>>): T {
  return new Proxy(members, {
    get: (at, name) => {
      if (name in at) return at[String(name)];
      throw new Error(`the port has no ${String(name)} here`);
    },
  }) as T;
}

/** An error of that edge for a call that did nothing. */
function refusal(edge: string, name: string, random: () => number): Problem {
  const busy = ['rate-limited', 'unavailable', 'cluster-unreachable'] as const;
  const codes: readonly ProblemCode[] =
    edge === 'cluster'
      ? WRITES.has(name)
        ? ['conflict', ...busy]
        : busy
      : edge === 'store.operations' && name === 'save'
        ? ['conflict', 'unavailable']
        : ['unavailable', 'rate-limited'];
  const code = codes[Math.floor(random() * codes.length)] ?? 'unavailable';
  return new Problem(code, `${edge}.${name} was refused (${code}).`);
}

/** A call that was done, and timed out or lost its connection on the way back. */
function lost(edge: string): Problem {
  return new Problem(edge === 'cluster' ? 'cluster-unreachable' : 'unavailable', `The answer of ${edge} was lost.`);
}
