import type { Catalog, Served } from '../catalog.ts';
import { clone, ensureObject, type Json, listAt, objectAt, same, textAt, valueAt } from '../json.ts';
import type { WriteOptions } from '../place.ts';
import { type Propagation, removeObject } from '../remove.ts';
import type { Store } from '../store.ts';
import type { Allocator } from '../strategy.ts';
import type { Registry } from '../write.ts';

/** What a controller can do in the cluster; it names resources as the store does: `apps/deployments`, `/pods`. */
export interface Hands {
  now(): number;
  /** The time now as objects hold it. */
  time(): string;
  list(resource: string, namespace?: string): readonly Json[];
  get(resource: string, namespace: string, name: string): Json | undefined;
  create(resource: string, object: Json): void;
  /** Changes the object itself. */
  update(resource: string, object: Json): void;
  /** Sets the status, if it differs; annotations may go along, as Deployments need. */
  setStatus(resource: string, object: Json, status: Json, annotations?: Json): void;
  remove(resource: string, object: Json, propagation?: Propagation): void;
  /** Takes away at once what is only waiting for its grace period. */
  end(resource: string, object: Json): void;
}

/** Hands over a store; what they write is owned by `kube-controller-manager`, as on a real cluster. */
export function createHands(
  store: Store,
  catalog: Catalog,
  registry: Registry,
  allocator: Allocator,
  now: () => number,
): Hands {
  const servedOf = (resource: string): Served | undefined => catalog.byStorage(resource);
  const options = (subresource: string): WriteOptions => ({
    manager: 'kube-controller-manager',
    subresource,
    dryRun: false,
    validation: 'Ignore',
    warn: () => undefined,
  });
  const placeOf = (served: Served, object: Json) => ({
    served,
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
  });
  function remove(
    resource: string,
    object: Json,
    propagation: Propagation | undefined,
    graceSeconds: number | undefined,
  ): void {
    const served = servedOf(resource);
    if (served === undefined) return;
    const wish = {
      propagation,
      uid: textAt(object, 'metadata', 'uid'),
      resourceVersion: '',
      graceSeconds,
      dryRun: false,
    };
    removeObject(store, catalog, allocator, placeOf(served, object), wish);
  }
  return {
    now,
    time: () => allocator.time(),
    list: (resource, namespace) => store.list(resource, namespace).map((entry) => entry.object),
    get: (resource, namespace, name) => store.get(resource, namespace, name)?.object,
    create: (resource, object) => {
      const served = servedOf(resource);
      if (served !== undefined) registry.create({ ...placeOf(served, object) }, object, options(''));
    },
    update: (resource, object) => {
      const served = servedOf(resource);
      if (served !== undefined) registry.replace(placeOf(served, object), object, options(''));
    },
    setStatus: (resource, object, status, annotations = {}) => {
      const served = servedOf(resource);
      const known = objectAt(object, 'metadata', 'annotations');
      const settled = Object.entries(annotations).every(([key, value]) => known[key] === value);
      if (served === undefined || (settled && same(objectAt(object, 'status'), status))) return;
      const next = clone(object);
      next['status'] = status;
      if (!settled) Object.assign(ensureObject(ensureObject(next, 'metadata'), 'annotations'), annotations);
      registry.replace(placeOf(served, object), next, options('status'));
    },
    remove: (resource, object, propagation = 'Background') => remove(resource, object, propagation, undefined),
    end: (resource, object) => remove(resource, object, undefined, 0),
  };
}

/** Whether an object is on its way out. */
export function isGoing(object: Json): boolean {
  return valueAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

/** Whether `owner` is the controller of `object`. */
export function isOwnedBy(object: Json, owner: Json): boolean {
  const uid = textAt(owner, 'metadata', 'uid');
  return listAt(object, 'metadata', 'ownerReferences').some(
    (reference) => textAt(reference, 'uid') === uid && valueAt(reference, 'controller') === true,
  );
}

/** The owner reference that a controller puts on what it makes. */
export function controlledBy(owner: Json, apiVersion: string, kind: string): Json {
  return {
    apiVersion,
    kind,
    name: textAt(owner, 'metadata', 'name'),
    uid: textAt(owner, 'metadata', 'uid'),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A short stable name for a pod template, in the letters that Kubernetes uses for it. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5;
  for (const code of Buffer.from(JSON.stringify(template), 'utf8')) hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [...String(hash)].map((digit) => letters[(digit.charCodeAt(0) - 48) % letters.length] ?? 'b').join('');
}

/** Conditions with one of them set; its transition time only moves when its status does. */
export function withCondition(conditions: readonly unknown[], next: Json, time: string): readonly Json[] {
  const others = conditions
    .filter((one) => textAt(one, 'type') !== next['type'])
    .map((one) => objectAt({ one }, 'one'));
  const known = conditions.find((one) => textAt(one, 'type') === next['type']);
  const unchanged = textAt(known, 'status') === next['status'];
  const moved = unchanged ? (valueAt(known, 'lastTransitionTime') ?? time) : time;
  return [...others, { ...next, lastTransitionTime: moved }];
}

/** A pod of a workload, ready to be created. */
export function podFrom(template: Json, namespace: string, naming: Json, owner: Json, labels: Json = {}): Json {
  const metadata: Json = { ...objectAt(template, 'metadata'), ...naming, namespace, ownerReferences: [owner] };
  metadata['labels'] = { ...objectAt(template, 'metadata', 'labels'), ...labels };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: clone(objectAt(template, 'spec')) };
}

/** Whether a pod's Ready condition is true. */
export function isReady(pod: Json): boolean {
  if (isGoing(pod)) return false;
  return listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
}

/** Drops counters that are zero: the API leaves them out. */
export function withoutZeros(status: Json): Json {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}
