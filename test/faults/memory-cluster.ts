import { ANNOTATION } from '../../src/spec/annotations.ts';
import { groupOf, keyOf, keyText, type Manifest, type ResourceKey } from '../../src/spec/manifest.ts';
import type { ApiKind, Applied, ClusterReader, ClusterWriter } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

/** How an object behaves; by its name. */
export interface Behaviour {
  /** Seconds until it is healthy (or, with `fails`, has failed). Default 0. */
  readonly takes?: number;
  readonly fails?: boolean;
  /** Seconds after it is done until the cluster deletes it by itself, as `ttlSecondsAfterFinished` does. */
  readonly ttl?: number;
  /** Refused by an admission policy the first so many times. */
  readonly refused?: number;
  /** Nothing but its metadata can change, as in a Job: told by a dry run, or when it is applied only. */
  readonly fixed?: 'rehearsed' | 'applied';
  /** Right before the first request to delete it arrives, somebody deletes it and makes another one of that name. */
  readonly replaced?: boolean;
}

interface Live {
  readonly manifest: Manifest;
  readonly since: number;
  readonly goneAt?: number;
}

/** All that a cluster holds, and what was done to it, as plain data, so that a world can be copied. */
export interface ClusterState {
  readonly objects: Map<string, Live>;
  readonly refusals: Map<string, number>;
  readonly replaced: Set<string>;
  /** `hook mark + name` of every object that was created with a mark, in order. */
  readonly hooks: string[];
  /** Key and uid of everything that was deleted by request. */
  readonly removed: string[];
  uids: number;
  /** How many requests changed something. */
  writes: number;
}

export function emptyCluster(): ClusterState {
  return {
    objects: new Map(),
    refusals: new Map(),
    replaced: new Set(),
    hooks: [],
    removed: [],
    uids: 0,
    writes: 0,
  };
}

/** A request that changes something, before it does. */
export type Write =
  | {
      readonly kind: 'put';
      readonly manifest: Manifest;
      readonly before: Manifest | undefined;
      /** It is written as a whole: `Replace=true`. */
      readonly replaces: boolean;
    }
  | { readonly kind: 'remove'; readonly live: Manifest; readonly uid: string | undefined };

/** A cluster in memory. */
export interface MemoryCluster {
  readonly reader: ClusterReader;
  /** `watch` sees each request that is about to change something. */
  writer(watch: (write: Write) => void): ClusterWriter;
  /** Somebody else's hand: changes or (undefined) deletes an object, or makes one. */
  edit(key: string, change: (manifest: Manifest | undefined) => Manifest | undefined): void;
  /** Every object, as it was applied, by key. */
  objects(): ReadonlyMap<string, Manifest>;
  readonly state: ClusterState;
}

const SCOPES: Readonly<
  Record<string, { readonly apiVersion: string; readonly plural: string; readonly namespaced: boolean }>
> = {
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps', namespaced: true },
  Service: { apiVersion: 'v1', plural: 'services', namespaced: true },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  Job: { apiVersion: 'batch/v1', plural: 'jobs', namespaced: true },
};

const KINDS: readonly ApiKind[] = Object.entries(SCOPES).map(([kind, { apiVersion, plural, namespaced }]) => ({
  group: groupOf(apiVersion),
  version: apiVersion.split('/').at(-1) ?? '',
  kind,
  plural,
  namespaced,
  verbs: ['list', 'get', 'patch', 'create', 'delete'],
}));

/** Seconds from a request to delete until the object is gone: its dependents go first. */
const DELETION_SECONDS = 3;

export function createMemoryCluster(
  state: ClusterState,
  now: () => number,
  behaviours: Readonly<Record<string, Behaviour>> = {},
): MemoryCluster {
  const { objects, refusals, replaced, hooks, removed } = state;

  function current(): Map<string, Live> {
    for (const [key, live] of objects) {
      const { ttl, takes = 0 } = behaviourOf(live.manifest.metadata.name);
      const expires = ttl === undefined ? undefined : live.since + (takes + ttl) * 1000;
      const goneAt = live.goneAt ?? expires;
      if (goneAt === undefined || goneAt > now()) continue;
      if ((live.manifest.metadata.finalizers ?? []).length === 0) objects.delete(key);
      else if (live.goneAt === undefined) objects.set(key, going(live, goneAt));
    }
    return objects;
  }

  const behaviourOf = (name = ''): Behaviour => behaviours[name] ?? behaviours[hookName(name)] ?? {};

  function going({ manifest, since }: Live, goneAt: number): Live {
    const deletionTimestamp = new Date(now()).toISOString();
    return { since, goneAt, manifest: { ...manifest, metadata: { ...manifest.metadata, deletionTimestamp } } };
  }

  function seen({ manifest, since }: Live): Manifest {
    const { takes = 0, fails = false } = behaviourOf(manifest.metadata.name);
    const status = statusOf(manifest, now() >= since + takes * 1000, fails);
    return status === undefined ? manifest : { ...manifest, status };
  }

  function put(manifest: Manifest, watch: (write: Write) => void, replaces = false): Applied {
    const { name = '', namespace } = manifest.metadata;
    const home = keyText({ group: '', kind: 'Namespace', namespace: '', name: namespace ?? '' });
    if (namespace !== undefined && !current().has(home)) {
      throw new Problem('not-found', `namespaces "${namespace}" not found`);
    }
    const refused = refusals.get(name) ?? 0;
    if (refused < (behaviours[name]?.refused ?? 0)) {
      refusals.set(name, refused + 1);
      throw new Problem('cluster-refused', 'denied by ValidatingAdmissionPolicy');
    }
    const key = keyText(keyOf(manifest));
    const there = current().get(key);
    if (behaviourOf(name).fixed !== undefined) keepFixed(manifest, there);
    const uid = there?.manifest.metadata.uid ?? `uid-${++state.uids}`;
    const deletionTimestamp = there?.manifest.metadata.deletionTimestamp;
    const metadata = { ...manifest.metadata, uid, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) };
    const kept = { ...manifest, metadata };
    if (JSON.stringify(kept) === JSON.stringify(there?.manifest)) {
      return { action: 'unchanged', manifest: kept, warnings: [] };
    }
    watch({ kind: 'put', manifest, before: there?.manifest, replaces });
    state.writes += 1;
    objects.set(key, { ...there, manifest: kept, since: now() });
    return { action: there === undefined ? 'created' : 'configured', manifest: kept, warnings: [] };
  }

  function edit(key: string, change: (manifest: Manifest | undefined) => Manifest | undefined): void {
    const there = current().get(key);
    const manifest = change(there?.manifest);
    if (manifest === undefined) objects.delete(key);
    else {
      const uid = there?.manifest.metadata.uid ?? `uid-${++state.uids}`;
      objects.set(key, { manifest: { ...manifest, metadata: { ...manifest.metadata, uid } }, since: now() });
    }
  }

  function replace(key: string, { apiVersion, kind, metadata: { name, namespace } }: Manifest): void {
    if (behaviourOf(name).replaced !== true || replaced.has(key)) return;
    replaced.add(key);
    edit(key, () => undefined);
    const metadata = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
    edit(key, () => ({ apiVersion, kind, metadata, data: { of: 'somebody else' } }));
  }

  const find = (key: ResourceKey): Live | undefined => current().get(keyText(key));

  return {
    state,
    objects: () => new Map([...current()].map(([key, { manifest }]) => [key, manifest])),
    edit,
    reader: {
      server: 'https://kubernetes.default.svc',
      facts: async () => ({ kubeVersion: 'v1.36.0', apiVersions: ['v1', 'apps/v1', 'batch/v1'] }),
      kinds: async () => KINDS,
      list: async ({ kind, group }, { namespace = '' } = {}) =>
        [...current().values()]
          .filter(({ manifest }) => manifest.kind === kind && groupOf(manifest.apiVersion) === group)
          .filter(({ manifest }) => namespace === '' || manifest.metadata.namespace === namespace)
          .map(seen),
      get: async (_apiVersion, key) => {
        const live = find(key);
        return live === undefined ? undefined : seen(live);
      },
      dryRun: async (manifest) => {
        if (behaviourOf(manifest.metadata.name).fixed === 'rehearsed') keepFixed(manifest, find(keyOf(manifest)));
        return { manifest, warnings: [] };
      },
    },
    writer: (watch) => ({
      create: async (manifest) => {
        if (find(keyOf(manifest)) !== undefined)
          throw new Problem('conflict', `${manifest.metadata.name} already exists`);
        const made = put(manifest, watch);
        hooks.push(`${manifest.metadata.annotations?.[ANNOTATION.operation] ?? ''} ${manifest.metadata.name}`);
        return made;
      },
      apply: async (manifest, options) => put(manifest, watch, options?.replace),
      release: async (_apiVersion, key, { uid, finalizer }) => {
        const live = find(key);
        if (live === undefined || (uid !== undefined && live.manifest.metadata.uid !== uid)) return 'gone';
        const { finalizers = [], ...metadata } = live.manifest.metadata;
        if (!finalizers.includes(finalizer)) return 'released';
        state.writes += 1;
        const left = finalizers.filter((one) => one !== finalizer);
        const manifest = {
          ...live.manifest,
          metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left },
        };
        objects.set(keyText(key), { ...live, manifest });
        return 'released';
      },
      remove: async (_apiVersion, key, { uid }) => {
        const there = find(key);
        if (there !== undefined) replace(keyText(key), there.manifest);
        const live = find(key);
        if (live === undefined || (uid !== undefined && live.manifest.metadata.uid !== uid)) return 'gone';
        if (live.goneAt !== undefined) return 'deleted';
        watch({ kind: 'remove', live: live.manifest, uid });
        state.writes += 1;
        removed.push(`${keyText(key)} ${live.manifest.metadata.uid}`);
        objects.set(keyText(key), going(live, now() + DELETION_SECONDS * 1000));
        return 'deleted';
      },
    }),
  };
}

/** Throws Problem `immutable-field` where anything but the metadata of an object would change. */
function keepFixed({ metadata: _, ...wanted }: Manifest, live: Live | undefined): void {
  if (live === undefined) return;
  const { metadata, ...there } = live.manifest;
  if (JSON.stringify(wanted) === JSON.stringify(there)) return;
  throw new Problem('immutable-field', `${metadata.name} is invalid: data: field is immutable`);
}

/** The name of a hook without what `generateName` added: the same in each run. */
export function hookName(name: string): string {
  return name.replace(/-[0-9a-f]{8}$/, '');
}

/** What the controllers of a cluster would write. */
function statusOf(manifest: Manifest, done: boolean, fails: boolean): Readonly<Record<string, unknown>> | undefined {
  switch (manifest.kind) {
    case 'Job':
      return done ? { conditions: [{ type: fails ? 'Failed' : 'Complete', status: 'True' }] } : { active: 1 };
    case 'Deployment': {
      const { replicas = 1 } = Object(manifest['spec']);
      const ready = done ? replicas : 0;
      const counts = { replicas, updatedReplicas: ready, readyReplicas: ready, availableReplicas: ready };
      return { observedGeneration: 0, ...counts };
    }
    default:
      return undefined;
  }
}
