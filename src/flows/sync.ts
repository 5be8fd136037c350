import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { ANNOTATION, FINALIZER } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RepoName, SyncJob } from '../spec/event.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import type {
  Clock,
  ClusterReader,
  Engines,
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
  type SyncOptions,
} from '../sync/index.ts';
import { outOfSync, respectIgnored } from './adjust-desired.ts';
import { claimedByOthers } from './claims.ts';
import { actingAs, conditionsOf } from './conditions.ts';
import { renderDesired, revisionsOf } from './desired.ts';
import { managed, withoutExcluded } from './excluded.ts';
import type { Hosting } from './expand-sets.ts';
import { rememberingFacts } from './facts.ts';
import { type FinishPorts, finishOperation, showOperation } from './finish-operation.ts';
import { healthsOf } from './healths.ts';
import { readLive } from './live.ts';
import { asApplied, placesOf } from './look.ts';
import { perform } from './perform.ts';
import { repoURL } from './preview.ts';
import { readControlRepository, readWritten } from './read-control-repository.ts';
import { rehearse } from './rehearse.ts';
import { sourceFor } from './source-for.ts';
import { heldBack } from './windows.ts';

export interface SyncPorts {
  readonly forge: FinishPorts['forge'] & Partial<Hosting>;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly clusters: WritableClusters;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Pick<Engines, 'templates' | 'jq' | 'lua'>;
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
async function advance(begun: Operation, save: Save, ports: SyncPorts): Promise<Advanced> {
  try {
    const world = await prepare(await refreshed(begun, ports), ports);
    const { operation } = world;
    const held = heldBack(operation, world.application, world.catalogue, ports.clock());
    if (held !== undefined && Date.parse(operation.deadline) > Date.parse(ports.clock())) return held;
    const { application } = world;
    const planned = await withPlan(operation, world, save, ports);
    const approved = await approval(planned, application, ports);
    const options = optionsOf(application, operation);
    const retry = application.spec.syncPolicy?.retry;
    const { customisations } = world.catalogue.settings;
    const healthPorts = { customisations, engines: ports.engines, at: ports.clock() };
    const decided = next(
      planned,
      {
        now: ports.clock(),
        desired: world.desired,
        live: world.live,
        ...approved,
        health: await healthsOf([...world.live.values()], healthPorts),
      },
      { options, waveDelay: ports.waveDelay, ...(retry === undefined ? {} : { retry }) },
    );
    if (decided.actions.length === 0) return { operation: decided.operation, wake: decided.wake ?? 0 };
    await save(decided.operation);
    const writer = await ports.clusters.writer(actingAs(world.application, world.cluster, world.catalogue));
    return { operation: record(decided.operation, await perform(decided.actions, writer)), wake: decided.wake ?? 0 };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isPassing(problem) && Date.parse(begun.deadline) > Date.parse(ports.clock())) throw problem;
    const message = [problem.message, problem.fix ?? ''].join(' ').trim();
    return { operation: end(begun, 'Error', message, ports.clock()), wake: 0 };
  }
}

/**
 * `retry.refresh`: another attempt brings what Git says by then. An Application that a set or another application gives
 * stays as it was given. https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-retry-refresh-on-new-revisions
 */
async function refreshed(operation: Operation, ports: SyncPorts): Promise<Operation> {
  if (operation.attempt === 0 || operation.deletes === true || !needsPlan(operation, ports.clock())) return operation;
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const definition = await ports.source.resolve(controlURL, undefined);
  const catalogue = await readWritten({ repoURL: controlURL, revision: definition }, ports.source);
  const written = catalogue.applications.find((one) => applicationName(one.value) === operation.application)?.value;
  const application = operation.generated?.application ?? written;
  if (application?.spec.syncPolicy?.retry?.refresh !== true) return operation;
  const source = sourceFor(application, catalogue, ports.source);
  return { ...operation, definition, revisions: await revisionsOf(application, source) };
}

/** A deletion waits for what a resource owns as the finalizer of the Application says. */
function optionsOf(application: Application, { deletes }: Operation): SyncOptions {
  const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
  const background = application.metadata.finalizers?.includes(FINALIZER.resourcesBackground) === true;
  return deletes === true ? { ...options, propagation: background ? 'Background' : 'Foreground' } : options;
}

/** The approval of `Prune=confirm`, as the Application has it in Git now; asked for only while a task waits for it. */
async function approval(
  operation: Operation,
  application: Application,
  ports: SyncPorts,
): Promise<{ readonly deletionApproved?: string }> {
  if (operation.tasks?.some((task) => task.confirm === true && task.status === 'Pending') !== true) return {};
  const before = operation.deletes === true && application.metadata.annotations?.[ANNOTATION.deletionApproved];
  // It was approved before it was deleted: that is what the confirmation of a deletion is
  if (typeof before === 'string') return { deletionApproved: ports.clock() };
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(controlURL, undefined);
  const { applications } = await readControlRepository({ repoURL: controlURL, revision }, ports);
  const now = applications.find((one) => applicationName(one.value) === operation.application)?.value;
  // An Application that is gone from Git can't be approved there any more
  if (now === undefined && operation.deletes === true) throw unapproved(operation);
  const deletionApproved = now?.metadata.annotations?.[ANNOTATION.deletionApproved];
  return deletionApproved === undefined ? {} : { deletionApproved };
}

function unapproved({ application, tasks = [] }: Operation): Problem {
  const names = tasks.filter((task) => task.confirm === true).map((task) => resourceText(task.key));
  return new Problem('forbidden', `Deleting ${names.join(', ')} asks for a confirmation (Delete=confirm).`, {
    where: { application },
    fix: `Define the Application again, with the annotation ${ANNOTATION.deletionApproved}, and delete it then; or delete them by hand.`,
  });
}

/** The cluster, GitHub or the store did not answer: the job is tried again, and the deadline ends it. */
function isPassing(problem: Problem): boolean {
  return ['unavailable', 'rate-limited', 'cluster-unreachable', 'conflict'].includes(problem.code);
}

/** What a step needs to know of the world; all of it can be had again from the operation, Git and the cluster. */
interface World {
  readonly operation: Operation;
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
  const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
  const defined = await manifestsOf(operation, { application, catalogue, reader }, ports);
  const [broken] = operation.deletes === true ? [] : conditionsOf(application, defined, cluster, catalogue);
  const { customisations } = catalogue.settings;
  const { manifests: all } = withoutExcluded(deployable(defined, cluster), cluster, customisations);
  // A deletion wants nothing to be there but its hooks, while they run
  const manifests = operation.deletes === true ? all.filter(isHook) : all;
  if (broken !== undefined) throw new Problem('forbidden', broken.message);
  const inventory = managed((await ports.store.inventories.load(operation.application)) ?? [], cluster, customisations);
  const live = await readLive(reader, [...placesOf({ desired: all, inventory }), ...placesOfTasks(operation)]);
  const options = optionsOf(application, operation);
  const about = { engines: ports.engines, at: ports.clock(), customisations };
  const applied = await respectIgnored(application, manifests, live, options, about);
  return {
    operation,
    application,
    catalogue,
    cluster,
    reader,
    desired: new Map(applied.map((manifest) => [keyText(keyOf(manifest)), manifest])),
    live,
  };
}

async function manifestsOf(
  operation: Operation,
  { application, catalogue, reader }: Pick<World, 'application' | 'catalogue' | 'reader'>,
  ports: SyncPorts,
): Promise<readonly Manifest[]> {
  const source = sourceFor(application, catalogue, ports.source);
  const rendered = await renderDesired(application, operation.revisions, await reader.facts(), { ...ports, source });
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
  const { planned, inventory } = await planOf(world, ports);
  await ports.store.inventories.save(operation.application, inventoryBefore(inventory, [...world.desired.values()]));
  const shown = await showOperation(planned, world.application, ports);
  await save(shown);
  return shown;
}

/** What a sync would do, rehearsed by the API server's own dry run. Nothing is saved, and nothing applied. */
export async function rehearseSync(operation: Operation, ports: SyncPorts): Promise<Operation> {
  return (await planOf(await prepare(operation, ports), ports)).planned;
}

/** An operation with its tasks, and what the application had before. */
async function planOf(
  world: World,
  ports: SyncPorts,
): Promise<{ readonly planned: Operation; readonly inventory: readonly InventoryItem[] }> {
  const { operation, application, desired, live, reader } = world;
  const name = operation.application;
  const inventory = (await ports.store.inventories.load(name)) ?? inventoryFromLive(name, [...live.values()]);
  const ours = managed(inventory, world.cluster, world.catalogue.settings.customisations);
  const options = optionsOf(application, operation);
  const { customisations } = world.catalogue.settings;
  const about = { engines: ports.engines, at: ports.clock(), reader, customisations };
  const differing = await outOfSync(application, [...desired.values()], live, options, about);
  const tasks = plan({
    operation,
    desired: [...desired.values()],
    live,
    inventory: ours,
    options,
    namespace: application.spec.destination.namespace ?? '',
    claimed: await claims(operation, world, ours, ports),
    allowEmpty: operation.deletes === true || application.spec.syncPolicy?.automated?.allowEmpty === true,
    allowDelete: operation.deletes === true || operation.allowDelete === true,
    pruneLimit: pruneLimit(application),
    ...(operation.only === undefined ? {} : { only: operation.only }),
    ...(differing === undefined ? {} : { outOfSync: differing }),
  });
  return { planned: await rehearse({ ...operation, tasks }, world, { options }), inventory };
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
