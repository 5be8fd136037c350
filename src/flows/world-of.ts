import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { FINALIZER } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RepoName } from '../spec/event.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Condition, Operation } from '../spec/operation.ts';
import type {
  Clock,
  ClusterReader,
  DeletionRecord,
  Engines,
  Queue,
  Renderer,
  Source,
  Store,
  WritableClusters,
} from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { needsPlan, readSyncOptions, runsOnDeletion, type SyncOptions } from '../sync/index.ts';
import { respectIgnored } from './adjust-desired.ts';
import { allAnswered } from './all-answered.ts';
import { conditionsOf } from './conditions.ts';
import { type Sourced, sourcesOfDeletion } from './deletion-record.ts';
import { renderDesired } from './desired.ts';
import { managed, withoutExcluded } from './excluded.ts';
import type { Hosting } from './expand-sets.ts';
import { rememberingFacts } from './facts.ts';
import type { FinishPorts } from './finish-operation.ts';
import { type IntegrityPorts, integrityConditions } from './integrity.ts';
import { readLive } from './live.ts';
import { repoURL } from './preview.ts';
import { readControlRepository, readWritten } from './read-control-repository.ts';
import { sourceFor } from './source-for.ts';
import { asApplied, placesOf } from './wanted.ts';

export interface SyncPorts {
  readonly forge: FinishPorts['forge'] & Partial<Hosting> & IntegrityPorts['forge'];
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

/** What a step needs to know of the world; all of it can be had again from the operation, Git and the cluster. */
export interface World {
  readonly operation: Operation;
  readonly application: Application;
  readonly catalogue: Catalogue;
  readonly cluster: ClusterRegistration;
  readonly reader: ClusterReader;
  readonly desired: ReadonlyMap<string, Manifest>;
  readonly live: ReadonlyMap<string, Manifest>;
  /** As the sources render it. */
  readonly rendered: readonly Manifest[];
  /** What was recorded of its deletion: where that is deleted, or planned. */
  readonly recorded?: DeletionRecord;
}

/**
 * The world of an operation, at its commits. One that is being terminated wants nothing any more, and is not held up by a
 * source that does not render. Throws Problem where it does not render, breaks a rule of its project, or its
 * cluster does not answer.
 */
export async function worldOf(begun: Operation, ports: SyncPorts): Promise<World> {
  let operation = begun;
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
  if (!isKnown) catalogue = allAnswered(await readControlRepository(at, ports));
  const cluster = clusterOf(application, catalogue.settings.clusters);
  const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
  if (operation.phase === 'Terminating') {
    const live = await readLive(reader, placesOfTasks(operation));
    return { operation, application, catalogue, cluster, reader, desired: new Map(), live, rendered: [] };
  }
  const isRecorded = operation.deletes === true || needsPlan(operation, ports.clock());
  const recorded = isRecorded ? await ports.store.deletions.load(operation.application) : undefined;
  const about = { application, catalogue, reader };
  const { rendered, unrendered } = await sourced(operation, about, recorded, ports);
  if (unrendered !== undefined) operation = { ...operation, unrendered };
  const defined = await manifestsOf(operation, about, rendered);
  const [broken] =
    operation.deletes === true ? [] : await brokenRules(operation, { application, cluster, catalogue, defined }, ports);
  const { customisations } = catalogue.settings;
  const { manifests: all } = withoutExcluded(deployable(defined, cluster), cluster, customisations);
  // A deletion wants nothing to be there but its hooks, while they run
  const manifests = operation.deletes === true ? all.filter(runsOnDeletion) : all;
  if (broken !== undefined) throw new Problem('forbidden', broken.message);
  const inventory = managed((await ports.store.inventories.load(operation.application)) ?? [], cluster, customisations);
  const left = needsPlan(operation, ports.clock()) ? (recorded?.left ?? []) : [];
  const places = [...placesOf({ desired: all, inventory: [...inventory, ...left] }), ...placesOfTasks(operation)];
  const live = await readLive(reader, places);
  const options = optionsOf(application, operation);
  const rules = { engines: ports.engines, at: ports.clock(), customisations };
  const applied = await respectIgnored(application, manifests, live, options, rules);
  return {
    operation,
    application,
    catalogue,
    cluster,
    reader,
    desired: new Map(applied.map((manifest) => [keyText(keyOf(manifest)), manifest])),
    live,
    rendered,
    ...(recorded && { recorded }),
  };
}

/** What is planned was signed: the steps that follow bring the same commits, and need not ask again. */
async function brokenRules(
  operation: Operation,
  {
    application,
    cluster,
    catalogue,
    defined,
  }: Pick<World, 'application' | 'cluster' | 'catalogue'> & { readonly defined: readonly Manifest[] },
  ports: SyncPorts,
): Promise<readonly Condition[]> {
  const broken = conditionsOf(application, defined, cluster, catalogue);
  if (broken.length > 0 || !needsPlan(operation, ports.clock())) return broken;
  return await integrityConditions(application, operation.revisions, catalogue, ports);
}

type Defined = Pick<World, 'application' | 'catalogue' | 'reader'>;

async function sourced(
  operation: Operation,
  { application, catalogue, reader }: Defined,
  recorded: DeletionRecord | undefined,
  ports: SyncPorts,
): Promise<Sourced> {
  const facts = await reader.facts();
  const render = async (): Promise<readonly Manifest[]> => {
    const source = sourceFor(application, catalogue, ports.source);
    return await renderDesired(application, operation.revisions, facts, { ...ports, source });
  };
  if (operation.deletes === true) return await sourcesOfDeletion(operation, recorded, render);
  return { rendered: await render() };
}

async function manifestsOf(
  operation: Operation,
  { application, catalogue, reader }: Defined,
  rendered: readonly Manifest[],
): Promise<readonly Manifest[]> {
  const { tracking } = catalogue.settings.customisations;
  return asApplied(application, rendered, await reader.kinds(), tracking, operation);
}

function placesOfTasks(operation: Operation): ReturnType<typeof placesOf> {
  return (operation.tasks ?? []).map(({ apiVersion, key }) => ({
    apiVersion,
    kind: key.kind,
    namespace: key.namespace,
  }));
}

/** A deletion waits for what a resource owns as the finalizer of the Application says. */
export function optionsOf(application: Application, { deletes }: Operation): SyncOptions {
  const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
  const background = application.metadata.finalizers?.includes(FINALIZER.resourcesBackground) === true;
  return deletes === true ? { ...options, propagation: background ? 'Background' : 'Foreground' } : options;
}
