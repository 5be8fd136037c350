import { conflict, invalid, notFound } from './api-error.ts';
import type { Catalog, Served } from './catalog.ts';
import { unsupported } from './causes.ts';
import { clone, ensureObject, type Json, listAt, numberAt, objectAt, textAt, valueAt } from './json.ts';
import type { Place } from './place.ts';
import type { Store } from './store.ts';
import type { Allocator } from './strategy.ts';

/** What becomes of the objects that an object owns. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** The DeleteOptions of a request. */
export interface DeleteOptions {
  readonly propagation: Propagation | undefined;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly graceSeconds: number | undefined;
  readonly dryRun: boolean;
}

/** What a deletion led to: gone at once, or marked and waiting for finalizers or the grace period. */
interface Removed {
  readonly object: Json;
  readonly gone: boolean;
}

/** Finalizers by which the server keeps an object until the garbage collector has seen to its dependents. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** Reads DeleteOptions from the body and the query of a request; the body wins. Throws 400 for values that are none. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const policy = textAt(body, 'propagationPolicy') || (query.get('propagationPolicy') ?? '');
  const orphan = valueAt(body, 'orphanDependents') ?? query.get('orphanDependents');
  if (policy !== '' && policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan') {
    const known = ['Foreground', 'Background', 'Orphan', 'nil'];
    throw invalid('meta.k8s.io', 'DeleteOptions', '', [unsupported('propagationPolicy', policy, known)]);
  }
  const old =
    orphan === true || orphan === 'true' ? 'Orphan' : orphan === false || orphan === 'false' ? 'Background' : undefined;
  const grace = valueAt(body, 'gracePeriodSeconds') ?? query.get('gracePeriodSeconds');
  return {
    propagation: policy === '' ? old : policy,
    uid: textAt(body, 'preconditions', 'uid'),
    resourceVersion: textAt(body, 'preconditions', 'resourceVersion'),
    graceSeconds: grace === null || grace === undefined || grace === '' ? undefined : Number(grace),
    dryRun: [...listAt(body, 'dryRun'), ...query.getAll('dryRun')].includes('All'),
  };
}

/**
 * Deletes an object as the API server does: checks the preconditions, then takes it away at once, or marks it with
 * `deletionTimestamp` when finalizers, a grace period (pods) or content (namespaces) hold it.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
 */
export function removeObject(
  store: Store,
  catalog: Catalog,
  allocator: Allocator,
  place: Place,
  options: DeleteOptions,
): Removed {
  const storage = catalog.storageOf(place.served);
  const live = store.get(storage, place.namespace, place.name)?.object;
  if (live === undefined) throw notFound(place.served, place.name);
  checkPreconditions(place, live, options);
  const finalizers = finalizersAfter(place.served, live, options.propagation);
  const grace = graceOf(place.served, live, options.graceSeconds);
  const waits = finalizers.length > 0 || grace > 0 || place.served.type === 'V1Namespace';
  if (!waits) {
    if (options.dryRun) return { object: live, gone: true };
    const gone = store.remove(storage, place.namespace, place.name);
    return { object: gone?.object ?? live, gone: true };
  }
  const marked = mark(place.served, live, finalizers, grace, allocator);
  if (options.dryRun || marked === live) return { object: marked, gone: false };
  return { object: store.put(storage, marked).object, gone: false };
}

function checkPreconditions(place: Place, live: Json, options: DeleteOptions): void {
  const uid = textAt(live, 'metadata', 'uid');
  const version = textAt(live, 'metadata', 'resourceVersion');
  // The server tells of a precondition by the kind, not by the resource.
  if (options.uid !== '' && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict({ ...place.served, plural: place.served.kind }, place.name, why);
  }
  if (options.resourceVersion !== '' && options.resourceVersion !== version) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`;
    throw conflict({ ...place.served, plural: place.served.kind }, place.name, why);
  }
}

/** Jobs keep their pods unless told otherwise: the old default of batch/v1, which the API still has. */
function finalizersAfter(served: Served, live: Json, propagation: Propagation | undefined): readonly string[] {
  const keepsPods = served.type === 'V1Job' || served.type === 'V1ReplicationController';
  const policy = propagation ?? (keepsPods ? 'Orphan' : undefined);
  const known = listAt(live, 'metadata', 'finalizers').map(String);
  if (policy === undefined) return known;
  const others = known.filter((one) => one !== FOREGROUND && one !== ORPHAN);
  if (policy === 'Foreground') return [...others, FOREGROUND];
  return policy === 'Orphan' ? [...others, ORPHAN] : others;
}

/** Only pods that run on a node are ended gracefully. */
function graceOf(served: Served, live: Json, asked: number | undefined): number {
  if (served.type !== 'V1Pod' || textAt(live, 'spec', 'nodeName') === '') return 0;
  const phase = textAt(live, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return 0;
  return asked ?? numberAt(live, 30, 'spec', 'terminationGracePeriodSeconds');
}

function mark(served: Served, live: Json, finalizers: readonly string[], grace: number, allocator: Allocator): Json {
  const known = listAt(live, 'metadata', 'finalizers');
  const already = valueAt(live, 'metadata', 'deletionTimestamp') !== undefined;
  if (already && known.length === finalizers.length && finalizers.every((one) => known.includes(one))) return live;
  const next = clone(live);
  const metadata = ensureObject(next, 'metadata');
  delete metadata['finalizers'];
  if (finalizers.length > 0) metadata['finalizers'] = finalizers;
  if (already) return next;
  metadata['deletionTimestamp'] = later(allocator.time(), grace);
  if (served.type !== 'V1Namespace') metadata['deletionGracePeriodSeconds'] = grace;
  const generation = metadata['generation'];
  if (typeof generation === 'number') metadata['generation'] = generation + 1;
  if (served.type === 'V1Namespace') next['status'] = { ...objectAt(next, 'status'), phase: 'Terminating' };
  return next;
}

function later(time: string, seconds: number): string {
  return `${new Date(Date.parse(time) + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The answer to a deletion that took the object away: a Status that names it. */
export function deletedStatus(served: Served, object: Json): Json {
  const uid = valueAt(object, 'metadata', 'uid');
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: textAt(object, 'metadata', 'name'),
      ...(served.group === '' ? {} : { group: served.group }),
      kind: served.plural,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}
