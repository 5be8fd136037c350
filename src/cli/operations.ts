import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Option } from 'commander';
import { clusterOf } from '../catalog/cluster-of.ts';
import { createWritableClusters } from '../cluster/writable.ts';
import { repoURL } from '../flows/preview.ts';
import { startOperation, type WantedOperation } from '../flows/start-operation.ts';
import { sync } from '../flows/sync.ts';
import type { SyncPorts } from '../flows/world-of.ts';
import { type LaptopStore, openLaptopStore } from '../local/laptop-store.ts';
import type { Application } from '../spec/application.ts';
import type { SyncJob } from '../spec/event.ts';
import type { Operation } from '../spec/operation.ts';
import type { Queue, Source } from '../spec/ports.ts';
import { asProblem, Problem, type ProblemCode } from '../spec/problem.ts';
import { isOver } from '../sync/index.ts';
import { cacheDir } from './cache-dir.ts';
import { type Found, findDesired } from './desired.ts';
import { onInterrupt } from './on-interrupt.ts';
import type { Mapping } from './options.ts';
import type { Progress } from './progress.ts';
import { registeredCredentials } from './registered-credentials.ts';
import { clock, engines } from './repository.ts';

export interface OperationOptions {
  readonly repo: string;
  readonly map: Mapping;
  readonly revision?: string;
  readonly kubeconfig?: string;
}

/** `--kubeconfig FILE`: which cluster the in-cluster destination is, and whose state is meant. */
export function kubeconfigOption(): Option {
  return new Option(
    '--kubeconfig <file>',
    'kubeconfig of the in-cluster destination (default: $KUBECONFIG, ~/.kube/config)',
  );
}

/** An application, the state of its operations on this machine, and what runs them. */
export interface Desk {
  readonly found: Found;
  readonly ports: SyncPorts;
  /**
   * Begins an operation, or goes on with the one of the same content. Throws Problem where the cluster does not answer, so
   * that what can't begin at all is said at once, and `conflict` where one of other content was interrupted.
   */
  begin(wanted: WantedOperation): Promise<void>;
  /**
   * Runs the steps of the application's operation until it is over, and shows each; an interrupted one goes on here. Throws
   * Problem when it is interrupted, or when the cluster answers no more.
   */
  drive(progress: Progress): Promise<Operation>;
  close(): Promise<void>;
}

/** The clone stands for the control repository of an installation. */
const CONTROL = { host: 'localhost', controlRepository: 'the/clone' } as const;

/** A step that found the application's lease taken, or its job lost with another process, is tried again after this long. */
const AGAIN_SECONDS = 2;

/** So many steps in a row may fail, with that pause between them: a restart of the API server takes no longer. */
const MOST_FAILURES = 30;

/**
 * Opens what a verb needs that begins or looks at operations: the very flow that the deployed functions run, over this
 * clone, the cluster of the kubeconfig, and a store in the cache folder, apart for each clone and kubeconfig.
 */
export async function openDesk(app: string, options: OperationOptions): Promise<Desk> {
  const found = await findDesired(app, options);
  const { url } = found.repository;
  const { store, close }: LaptopStore = await openLaptopStore(
    `${cacheDir()}/operations/${createHash('sha256')
      .update(`${url}\n${options.kubeconfig ?? ''}`)
      .digest('hex')
      .slice(0, 16)}`,
  );
  const jobs: { readonly job: SyncJob; readonly at: number }[] = [];
  const queue: Queue = {
    send: async (job, { delaySeconds = 0 } = {}) => {
      if (job.kind === 'sync') jobs.push({ job, at: Date.now() + delaySeconds * 1000 });
    },
  };
  const ports: SyncPorts = {
    ...CONTROL,
    ...SILENT,
    source: withClone(found),
    renderer: found.repository.renderer,
    clusters: createWritableClusters({
      kubeconfig: options.kubeconfig === undefined ? { default: true } : { path: options.kubeconfig },
      ...registeredCredentials(process.env),
    }),
    store,
    queue,
    engines: engines(),
    clock,
    waveDelay: 2,
  };
  const begin = async (wanted: WantedOperation): Promise<void> => {
    const reader = await ports.clusters.reader(clusterOf(wanted.application, found.catalogue.settings.clusters));
    await reader.kinds();
    await startOperation(wanted, ports).catch((thrown: unknown) => {
      throw begunBefore(asProblem(thrown), wanted.application);
    });
  };
  const driven = async (progress: Progress): Promise<Operation> => {
    const stop = stopper(progress);
    let failures = 0;
    for (;;) {
      const operation = await current(found, ports);
      progress.show(operation);
      if (isOver(operation.phase) && operation.finished !== false) return operation;
      const { job, at } = jobs.shift() ?? again(operation);
      await wait(Math.max(0, at - Date.now()), undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw interrupted(operation);
      try {
        await sync(job, ports);
        failures = 0;
      } catch (thrown) {
        const { code, message } = asProblem(thrown);
        failures += 1;
        if (failures === 1) progress.note(`${message} Trying again.`);
        if (failures >= MOST_FAILURES) throw interrupted(operation, code, message);
      }
    }
  };
  const drive = (progress: Progress): Promise<Operation> => driven(progress).finally(progress.end);
  await finishLast(found, ports);
  return { found, ports, begin, drive, close };
}

/** An earlier call may have died before what it did was in the history. */
async function finishLast({ application }: Found, ports: SyncPorts): Promise<void> {
  const last = (await ports.store.operations.load(application.metadata.name))?.value;
  if (last !== undefined && isOver(last.phase) && last.finished === false) await sync(again(last).job, ports);
}

function again({ application, id, looks }: Operation): { readonly job: SyncJob; readonly at: number } {
  return { job: { kind: 'sync', application, operation: id, look: looks }, at: Date.now() + AGAIN_SECONDS * 1000 };
}

async function current({ application }: Found, { store }: SyncPorts): Promise<Operation> {
  const loaded = await store.operations.load(application.metadata.name);
  if (loaded !== undefined) return loaded.value;
  throw new Problem('not-found', `${application.metadata.name} has no operation.`);
}

/** The first Ctrl-C lets the step end that is under way: so nothing is held that the next call would wait for. */
function stopper(progress: Progress): AbortSignal {
  const stop = new AbortController();
  onInterrupt(() => {
    stop.abort();
    progress.note('ending after this step; Ctrl-C again ends at once.');
  });
  return stop.signal;
}

/** Nobody runs it any more, or another terminal does. */
function begunBefore(problem: Problem, { metadata: { name } }: Application): Problem {
  if (problem.code !== 'conflict') return problem;
  return new Problem('conflict', problem.message, {
    where: problem.where,
    fix: `trimtab terminate ${name} ends it; trimtab get ${name} says how far it is.`,
  });
}

function interrupted({ application, deletes }: Operation, code: ProblemCode = 'unavailable', because = ''): Problem {
  const [what, verb] = deletes === true ? ['deletion', 'delete --cascade'] : ['sync', 'sync'];
  return new Problem(code, `${because} The ${what} of ${application} is interrupted, not ended.`.trim(), {
    fix: `trimtab ${verb} ${application} goes on where it was; trimtab terminate ${application} ends it.`,
  });
}

/** Nobody is told of an operation of this machine but who runs it. */
const SILENT: Pick<SyncPorts, 'forge'> = {
  forge: {
    createDeployment: async () => 0,
    setDeployment: async () => undefined,
    hasComment: async () => false,
    upsertComment: async () => 'unchanged',
  },
};

/** Git as the flow sees it: the control repository is the clone, and its newest commit the one that is looked at. */
function withClone({ repository, definition }: Found): Source {
  const { source, url } = repository;
  const control = repoURL(CONTROL.host, CONTROL.controlRepository);
  const real = (asked: string): string => (asked === control ? url : asked);
  return {
    ...source,
    resolve: async (asked, revision, scope) =>
      asked === control && revision === undefined ? definition : await source.resolve(real(asked), revision, scope),
    tree: (asked, revision, scope) => source.tree(real(asked), revision, scope),
    checkout: (asked, revision, scope) => source.checkout(real(asked), revision, scope),
  };
}
