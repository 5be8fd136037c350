import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { assess } from '../health/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RepoName, SyncJob } from '../spec/event.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Health, Operation } from '../spec/operation.ts';
import type {
  Clock,
  ClusterReader,
  Engines,
  Forge,
  InventoryItem,
  Queue,
  Renderer,
  Source,
  Store,
  WritableClusters,
} from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import {
  end,
  inventoryBefore,
  inventoryFromLive,
  isOver,
  needsPlan,
  next,
  plan,
  pruneLimit,
  readSyncOptions,
  record,
} from '../sync/index.ts';
import { claimedByOthers } from './claims.ts';
import { actingAs, conditionsOf } from './conditions.ts';
import { renderDesired } from './desired.ts';
import { finishOperation, showOperation } from './finish-operation.ts';
import { readLive } from './live.ts';
import { asApplied, placesOf } from './look.ts';
import { perform } from './perform.ts';
import { repoURL } from './preview.ts';
import { readControlRepository, readWritten } from './read-control-repository.ts';
import { rehearse } from './rehearse.ts';
import { heldBack } from './windows.ts';

export interface SyncPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly clusters: WritableClusters;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Pick<Engines, 'templates'>;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
  /** Seconds between waves. */
  readonly waveDelay: number;
}

/** A step that was killed gives its lease up by itself after this long. */
const LEASE_SECONDS = 300;

/** A job that finds the lease taken comes back after this long. */
const BUSY_SECONDS = 5;

/** SQS holds a message back for so long at most; a longer wait looks in between. */
const LONGEST_DELAY = 900;

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
  if (!(await ports.store.leases.take(lease, holder, LEASE_SECONDS))) {
    return await comeBack(job, ports);
  }
  try {
    await step(job, ports);
  } finally {
    await ports.store.leases.release(lease, holder);
  }
}

/** A job that can't be done now comes back once, however many copies of it are refused: or each would make one more. */
async function comeBack(job: SyncJob, ports: SyncPorts): Promise<void> {
  const { operation, look, busy = 0 } = job;
  const mark = `busy:${operation}:${look}:${busy}`;
  if (await ports.store.seen(mark)) return;
  await ports.queue.send({ ...job, busy: busy + 1 }, { delaySeconds: BUSY_SECONDS });
  await ports.store.once(mark, SENT_SECONDS);
}

async function step(job: SyncJob, ports: SyncPorts): Promise<void> {
  const loaded = await ports.store.operations.load(job.application);
  if (loaded === undefined || loaded.value.id !== job.operation) return;
  const { value: operation, version } = loaded;
  if (isOver(operation.phase)) return await finishOperation(operation, ports);
  if (job.look < operation.looks) return await sendNext(operation, 0, ports);
  const save = saving(version, ports.store);
  const done = await advance(operation, save, ports);
  await save({ ...done.operation, looks: operation.looks + 1 });
  if (isOver(done.operation.phase))
    return await finishOperation({ ...done.operation, looks: operation.looks + 1 }, ports);
  await sendNext({ ...done.operation, looks: operation.looks + 1 }, done.wake, ports);
}

type Save = (operation: Operation) => Promise<void>;

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
 * source that does not render, a rule of the project, a cluster that refuses the credentials) ends it with the reason.
 */
async function advance(operation: Operation, save: Save, ports: SyncPorts): Promise<Advanced> {
  try {
    const world = await prepare(operation, ports);
    const held = heldBack(operation, world.application, world.catalogue, ports.clock());
    if (held !== undefined && Date.parse(operation.deadline) > Date.parse(ports.clock())) return held;
    const planned = await withPlan(operation, world, save, ports);
    const approved = await approval(planned, ports);
    const { application } = world;
    const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
    const retry = application.spec.syncPolicy?.retry;
    const decided = next(
      planned,
      { now: ports.clock(), desired: world.desired, live: world.live, health: healthOf(world.live), ...approved },
      { options, waveDelay: ports.waveDelay, ...(retry === undefined ? {} : { retry }) },
    );
    if (decided.actions.length === 0) return { operation: decided.operation, wake: decided.wake ?? 0 };
    await save(decided.operation);
    const writer = await ports.clusters.writer(actingAs(world.application, world.cluster, world.catalogue));
    return { operation: record(decided.operation, await perform(decided.actions, writer)), wake: decided.wake ?? 0 };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isPassing(problem) && Date.parse(operation.deadline) > Date.parse(ports.clock())) throw problem;
    const message = [problem.message, problem.fix ?? ''].join(' ').trim();
    return { operation: end(operation, 'Error', message, ports.clock()), wake: 0 };
  }
}

/** The approval of `Prune=confirm`, as the Application has it in Git now; asked for only while a task waits for it. */
async function approval(operation: Operation, ports: SyncPorts): Promise<{ readonly deletionApproved?: string }> {
  if (operation.tasks?.some((task) => task.confirm === true && task.status === 'Pending') !== true) return {};
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(controlURL, undefined);
  const { applications } = await readControlRepository({ repoURL: controlURL, revision }, ports);
  const now = applications.find((one) => applicationName(one.value) === operation.application)?.value;
  const deletionApproved = now?.metadata.annotations?.[ANNOTATION.deletionApproved];
  return deletionApproved === undefined ? {} : { deletionApproved };
}

/** The cluster, GitHub or the store did not answer: the job is tried again, and the deadline ends it. */
function isPassing(problem: Problem): boolean {
  return ['unavailable', 'rate-limited', 'cluster-unreachable', 'conflict'].includes(problem.code);
}

/** What a step needs to know of the world; all of it can be had again from the operation, Git and the cluster. */
interface World {
  readonly application: Application;
  readonly catalogue: Catalogue;
  readonly cluster: ClusterRegistration;
  readonly reader: ClusterReader;
  readonly desired: ReadonlyMap<string, Manifest>;
  readonly live: ReadonlyMap<string, Manifest>;
}

async function prepare(operation: Operation, ports: SyncPorts): Promise<World> {
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const at = { repoURL: controlURL, revision: operation.definition };
  let catalogue = await readWritten(at, ports.source);
  const written = catalogue.applications.find((one) => applicationName(one.value) === operation.application)?.value;
  const application = operation.generated?.application ?? written;
  if (application === undefined) {
    throw new Problem('not-found', `${operation.application} is not defined at ${operation.definition.slice(0, 7)}.`);
  }
  const { project } = application.spec;
  // A project may come out of an application as well.
  const isKnown = catalogue.projects.some(({ value }) => value.metadata.name === project);
  if (!isKnown) catalogue = await readControlRepository(at, ports);
  const cluster = clusterOf(application, catalogue.settings.clusters);
  const reader = await ports.clusters.reader(cluster);
  const defined = operation.deletes === true ? [] : await manifestsOf(operation, application, reader, ports);
  const [broken] = operation.deletes === true ? [] : conditionsOf(application, defined, cluster, catalogue);
  const manifests = deployable(defined, cluster);
  if (broken !== undefined) throw new Problem('forbidden', broken.message);
  const inventory = (await ports.store.inventories.load(operation.application)) ?? [];
  const live = await readLive(reader, [...placesOf({ desired: manifests, inventory }), ...placesOfTasks(operation)]);
  return {
    application,
    catalogue,
    cluster,
    reader,
    desired: new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest])),
    live,
  };
}

async function manifestsOf(
  operation: Operation,
  application: Application,
  reader: ClusterReader,
  ports: SyncPorts,
): Promise<readonly Manifest[]> {
  const rendered = await renderDesired(application, operation.revisions, await reader.facts(), ports);
  return asApplied(application, rendered, await reader.kinds(), operation);
}

function placesOfTasks(operation: Operation): ReturnType<typeof placesOf> {
  return (operation.tasks ?? []).map(({ apiVersion, key }) => ({
    apiVersion,
    kind: key.kind,
    namespace: key.namespace,
  }));
}

/** Plans an operation that has no tasks yet; what it will apply is recorded before anything is applied. */
async function withPlan(operation: Operation, world: World, save: Save, ports: SyncPorts): Promise<Operation> {
  if (!needsPlan(operation, ports.clock())) return operation;
  const { application, desired, live } = world;
  const name = operation.application;
  const manifests = [...desired.values()];
  const inventory = (await ports.store.inventories.load(name)) ?? inventoryFromLive(name, [...live.values()]);
  const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
  const tasks = plan({
    operation,
    desired: manifests,
    live,
    inventory,
    options,
    namespace: application.spec.destination.namespace ?? '',
    claimed: await claims(operation, world, inventory, ports),
    allowEmpty: operation.deletes === true || application.spec.syncPolicy?.automated?.allowEmpty === true,
    allowDelete: operation.deletes === true || operation.allowDelete === true,
    pruneLimit: pruneLimit(application),
    ...(operation.only === undefined ? {} : { only: operation.only }),
  });
  await ports.store.inventories.save(name, inventoryBefore(inventory, manifests));
  const rehearsed = await rehearse({ ...operation, tasks }, world, { options });
  const shown = await showOperation(rehearsed, application, ports);
  await save(shown);
  return shown;
}

/** What might go, and is another application's as Git says now, which may be later than what this operation brings. */
async function claims(
  operation: Operation,
  world: World,
  inventory: readonly InventoryItem[],
  ports: SyncPorts,
): Promise<ReadonlySet<string>> {
  const extra = inventory.filter((item) => !world.desired.has(keyText(item.key)));
  if (extra.length === 0) return new Set();
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(controlURL, undefined);
  const catalogue = await readControlRepository({ repoURL: controlURL, revision }, ports);
  // An application of a set that can't be expanded may desire any of it.
  if (catalogue.problems.some(hidesSet)) return new Set(extra.map((item) => keyText(item.key)));
  const { cluster, reader } = world;
  const claimed = await claimedByOthers(
    { application: operation.application, extra, cluster, reader, catalogue },
    ports,
  );
  return new Set([...claimed, ...(await heldByHidden(catalogue, ports))]);
}

/** What is in the inventories of applications that come out of an application which does not render now. */
async function heldByHidden(catalogue: Catalogue, ports: SyncPorts): Promise<readonly string[]> {
  if (!catalogue.problems.some(({ where }) => where.parent !== undefined)) return [];
  const defined = new Set(catalogue.applications.map((one) => applicationName(one.value)));
  const hidden = (await ports.store.statuses.all()).filter(({ application }) => !defined.has(application));
  const held = await Promise.all(hidden.map(({ application }) => ports.store.inventories.load(application)));
  return held.flatMap((items) => (items ?? []).map((item) => keyText(item.key)));
}

/** A set whose generators trimtab does not run has no applications here. */
function hidesSet({ code, where }: Problem): boolean {
  return where.applicationSet !== undefined && code !== 'unsupported';
}

function healthOf(live: ReadonlyMap<string, Manifest>): ReadonlyMap<string, Health> {
  return new Map(
    [...live].flatMap(([key, object]) => {
      const health = assess(object);
      return health === undefined ? [] : [[key, health] as const];
    }),
  );
}
