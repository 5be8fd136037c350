import { compareLive, ignoreFilter, type Marks, narrowed, withNamespace, withoutDuplicateEnv } from '../diff/index.ts';
import { applicationHealth } from '../health/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName, type IgnoreDifference } from '../spec/application.ts';
import type { Change } from '../spec/change.ts';
import type { Customisations } from '../spec/customisations.ts';
import { isHook } from '../spec/hook.ts';
import { groupOf, keyOf, keyText, type Manifest, type ObjectMeta } from '../spec/manifest.ts';
import type { ApplicationStatus, Condition, Health, Operation, ResourceStatus } from '../spec/operation.ts';
import type { ApiKind, ClusterReader, Engines, InventoryItem } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { BY_ANNOTATION, type Tracking } from '../spec/tracking.ts';
import { isTracked, readSyncOptions, ready, trackedBy } from '../sync/index.ts';
import type { Place } from './live.ts';

/** An application with what Git wants of it, ready to be held against a cluster. */
export interface Wanted {
  readonly application: Application;
  readonly revisions: readonly string[];
  /** Namespaces filled in, tracking id stamped. */
  readonly desired: readonly Manifest[];
  readonly inventory: readonly InventoryItem[];
  readonly conditions: readonly Condition[];
  /** The applications that it renders, as resources of it. */
  readonly children?: readonly ResourceStatus[];
}

/**
 * Manifests as they go to the cluster: namespaces filled in, variables of a container once each, tracking ids written,
 * hooks named for their operation.
 * Without an operation (a refresh only compares) hooks have no name of their own. The same input gives the same.
 */
export function asApplied(
  application: Application,
  rendered: readonly Manifest[],
  kinds: readonly ApiKind[],
  tracking: Tracking = BY_ANNOTATION,
  operation: Pick<Operation, 'id' | 'attempt'> = { id: 'refresh', attempt: 0 },
): readonly Manifest[] {
  const { destination, syncPolicy } = application.spec;
  const namespace = destination.namespace ?? '';
  return ready({
    rendered: withNamespace(rendered, kinds, namespace).map(withoutDuplicateEnv),
    operation: { ...operation, application: applicationName(application) },
    options: readSyncOptions(syncPolicy?.syncOptions ?? []),
    namespace,
    tracking,
    ...(syncPolicy?.managedNamespaceMetadata === undefined
      ? {}
      : { namespaceMetadata: syncPolicy.managedNamespaceMetadata }),
  });
}

/** Where the live objects of an application may be: at what it desires, and at what was applied for it. */
export function placesOf({ desired, inventory }: Pick<Wanted, 'desired' | 'inventory'>): readonly Place[] {
  const wanted = desired.map((manifest) => ({
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? '',
  }));
  const applied = inventory.map(({ apiVersion, key }) => ({ apiVersion, kind: key.kind, namespace: key.namespace }));
  return [...wanted, ...applied];
}

/** Of everything that was listed, what concerns one application: what it desires, and what carries its tracking id. */
export function concerning(
  { application, desired }: Pick<Wanted, 'application' | 'desired'>,
  live: ReadonlyMap<string, Manifest>,
  tracking: Tracking = BY_ANNOTATION,
): readonly Manifest[] {
  const name = applicationName(application);
  const keys = new Set(desired.map((manifest) => keyText(keyOf(manifest))));
  const wanted = [...keys].flatMap((key) => live.get(key) ?? []);
  const tracked = (byTracking(live, tracking).get(name) ?? []).filter((object) => isTracked(object, name, tracking));
  return [...wanted, ...tracked.filter((object) => !keys.has(keyText(keyOf(object))))];
}

const indexes = new WeakMap<ReadonlyMap<string, Manifest>, ReadonlyMap<string | undefined, readonly Manifest[]>>();

/** A thousand applications look at one list: what says to belong to whom is found out once. */
function byTracking(
  live: ReadonlyMap<string, Manifest>,
  tracking: Tracking,
): ReadonlyMap<string | undefined, readonly Manifest[]> {
  const index = indexes.get(live) ?? Map.groupBy(live.values(), (object) => trackedBy(object, tracking));
  indexes.set(live, index);
  return index;
}

/** What a comparison with the cluster needs beside the two sides. */
export interface Looking {
  readonly marks: Marks;
  readonly reader: Pick<ClusterReader, 'dryRun'>;
  readonly engines: Pick<Engines, 'jq'>;
  readonly customisations: Customisations;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Holds an application against its live objects. The first look compares the fields that trimtab owns; what seems to
 * differ gets a second one, the API server's own dry run, which knows defaults, quantities and admission. A dry run that
 * is refused leaves the first look's answer. `ServerSideDiff=false` does without the second look, `ServerSideDiff=true`
 * always takes it; what only a mutating webhook says counts with `IncludeMutationWebhook=true`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies/
 */
export async function differencesOf(
  { application, desired }: Pick<Wanted, 'application' | 'desired'>,
  live: readonly Manifest[],
  looking: Looking,
): Promise<readonly Change[]> {
  const { marks, customisations } = looking;
  const ignoreDifferences = [...(application.spec.ignoreDifferences ?? []), ...customisations.ignoreDifferences];
  const rules = { ...customisations, marks, ignoreDifferences };
  const [wanted, there] = await Promise.all([
    withoutJqPaths(desired, ignoreDifferences, looking),
    withoutJqPaths(live, ignoreDifferences, looking),
  ]);
  const first = new Map(compareLive(wanted, there, rules).map((change) => [keyText(change.key), change]));
  const strategyOf = (manifest: Manifest): Strategy => strategy([application, manifest]);
  const second = desired.filter((manifest) => {
    const change = first.get(keyText(keyOf(manifest)));
    const { serverSide } = strategyOf(manifest);
    return (
      !isHook(manifest) &&
      (change === undefined ? serverSide === true : change.action === 'update' && serverSide !== false)
    );
  });
  const wantedByKey = byKey(wanted);
  const liveByKey = byKey(there);
  await Promise.all(
    second.map(async (manifest) => {
      const text = keyText(keyOf(manifest));
      const object = liveByKey.get(text);
      const become = object === undefined ? undefined : await dryRun(manifest, looking.reader);
      if (object === undefined || become === undefined) return;
      const [predicted = become] = await withoutJqPaths([become], ignoreDifferences, looking);
      const said = strategyOf(manifest).webhooks ? predicted : narrowed(predicted, wantedByKey.get(text) ?? manifest);
      const [change] = compareLive([said], [object], rules);
      if (change === undefined) first.delete(text);
      else first.set(text, change);
    }),
  );
  return [...first.values()];
}

/** How an object is compared: `argocd.argoproj.io/compare-options` of the application, and of the object, which wins. */
interface Strategy {
  readonly serverSide: boolean | undefined;
  readonly webhooks: boolean;
}

function strategy(carriers: readonly { readonly metadata: ObjectMeta }[]): Strategy {
  const options = carriers.flatMap(({ metadata }) =>
    (metadata.annotations?.[ANNOTATION.compareOptions] ?? '').split(',').map((option) => option.trim()),
  );
  const serverSide = options.filter((option) => /^ServerSideDiff=(true|false)$/.test(option)).at(-1);
  return {
    serverSide: serverSide === undefined ? undefined : serverSide.endsWith('true'),
    webhooks: options.includes('IncludeMutationWebhook=true'),
  };
}

function byKey(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest]));
}

/**
 * Manifests without what `jqPathExpressions` ignore. A filter that fails ignores nothing: the difference shows.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/#application-level-configuration
 */
async function withoutJqPaths(
  manifests: readonly Manifest[],
  ignoreDifferences: readonly IgnoreDifference[],
  { engines, at }: Looking,
): Promise<readonly Manifest[]> {
  const filtered = manifests.flatMap((input, index) => {
    const filter = ignoreFilter(input, ignoreDifferences);
    return filter === undefined ? [] : [{ index, filter, input }];
  });
  if (filtered.length === 0) return manifests;
  const outcomes = await engines.jq(filtered, at);
  const results = [...manifests];
  for (const [position, { index }] of filtered.entries()) {
    const outcome = outcomes[position];
    if (outcome?.ok === true && outcome.value.length === 1) results[index] = outcome.value[0] as Manifest;
  }
  return results;
}

async function dryRun(manifest: Manifest, reader: Pick<ClusterReader, 'dryRun'>): Promise<Manifest | undefined> {
  try {
    return (await reader.dryRun(manifest)).manifest;
  } catch (thrown) {
    const { code }: Problem = asProblem(thrown);
    if (['cluster-refused', 'immutable-field', 'conflict', 'forbidden'].includes(code)) return undefined;
    throw thrown;
  }
}

/**
 * What a refresh saw of an application, as its status. `healths` says how each live object is, by key (`healthsOf`);
 * `before` is the last status, for since when its health is so.
 */
export function statusOf(
  wanted: Wanted,
  live: readonly Manifest[],
  changes: readonly Change[],
  healths: ReadonlyMap<string, Health>,
  before: ApplicationStatus | undefined,
  at: string,
): ApplicationStatus {
  const resources = [...resourcesOf(wanted, live, changes, healths), ...(wanted.children ?? [])];
  const ignored = new Set(wanted.desired.filter(ignoresHealth).map((manifest) => keyText(keyOf(manifest))));
  const health = applicationHealth(
    resources.map((resource) => ({ ...resource, ignored: ignored.has(keyText(resource.key)) })),
  );
  const broken = wanted.conditions.some(({ type }) => !type.endsWith('Warning'));
  return {
    application: applicationName(wanted.application),
    sync: broken ? 'Unknown' : changes.length > 0 ? 'OutOfSync' : 'Synced',
    health,
    healthSince: since(health, before, at),
    revisions: wanted.revisions,
    conditions: wanted.conditions,
    resources,
    drift: changes,
    observedAt: at,
  };
}

/** The status of an application that could not be looked at: Unknown, with the reason; what was known stays. */
export function unknownStatus(
  application: Application,
  problem: Problem,
  before: ApplicationStatus | undefined,
  at: string,
): ApplicationStatus {
  const health: Health = { status: 'Unknown', message: problem.message };
  return {
    application: applicationName(application),
    sync: 'Unknown',
    health,
    healthSince: since(health, before, at),
    revisions: before?.revisions ?? [],
    conditions: [{ type: 'ComparisonError', message: problem.message }],
    resources: before?.resources ?? [],
    drift: [],
    observedAt: at,
  };
}

function resourcesOf(
  wanted: Wanted,
  live: readonly Manifest[],
  changes: readonly Change[],
  healths: ReadonlyMap<string, Health>,
): readonly ResourceStatus[] {
  const changed = new Map(changes.map((change) => [keyText(change.key), change]));
  const there = new Map(live.map((object) => [keyText(keyOf(object)), object]));
  const desired = new Set(wanted.desired.map((manifest) => keyText(keyOf(manifest))));
  const extra = live.filter((object) => !desired.has(keyText(keyOf(object))));
  return [...wanted.desired, ...extra].map((manifest): ResourceStatus => {
    const key = keyOf(manifest);
    const text = keyText(key);
    const object = there.get(text);
    const health = object === undefined ? MISSING : healths.get(text);
    return {
      key,
      version: manifest.apiVersion.slice(groupOf(manifest.apiVersion).length).replace('/', ''),
      sync: changed.has(text) ? 'OutOfSync' : 'Synced',
      ...(health === undefined ? {} : { health }),
      requiresPruning: changed.get(text)?.action === 'delete',
      hook: isHook(manifest),
    };
  });
}

const MISSING: Health = { status: 'Missing', message: 'Not in the cluster' };

function ignoresHealth(manifest: Manifest): boolean {
  return manifest.metadata.annotations?.[ANNOTATION.ignoreHealthcheck] === 'true';
}

function since(health: Health, before: ApplicationStatus | undefined, at: string): string {
  return before !== undefined && before.health.status === health.status ? before.healthSince : at;
}
