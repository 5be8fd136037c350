import pMap from 'p-map';
import { groupOf, keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ApiKind, ClusterReader } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';

/** A kind in a version, and the namespace to look in ('' for cluster-scoped kinds). */
export interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
}

/** From so many namespaces on, one list of the whole cluster is cheaper than one a namespace. */
const WHOLE_CLUSTER_FROM = 4;

/** Lists in flight at a time: enough to hide the way to the API server, few enough for its fair queueing. */
const LISTS_IN_FLIGHT = 4;

/**
 * The live objects of the given kinds in the given namespaces, by key: one list a kind and namespace, or one a kind, so
 * that the calls grow with kinds and not with resources. Kinds that the cluster does not serve have no objects. An
 * object of a kind that is asked for in several versions comes in the first one that is served.
 */
export async function readLive(
  reader: Pick<ClusterReader, 'kinds' | 'list'>,
  places: readonly Place[],
): Promise<ReadonlyMap<string, Manifest>> {
  const kinds = await reader.kinds();
  const wanted = new Map<ApiKind, Set<string>>();
  for (const place of places) {
    const kind = served(place, kinds);
    if (kind === undefined) continue;
    const namespaces = wanted.get(kind) ?? new Set();
    wanted.set(kind, namespaces.add(kind.namespaced ? place.namespace : ''));
  }
  const lists = await pMap([...wanted], ([kind, namespaces]) => listKind(reader, kind, namespaces), {
    concurrency: LISTS_IN_FLIGHT,
  });
  return new Map(lists.flat().map((object) => [keyText(keyOf(object)), object]));
}

/** The kind as the API server serves it: in the version asked for, else in any. */
function served(place: Pick<Place, 'apiVersion' | 'kind'>, kinds: readonly ApiKind[]): ApiKind | undefined {
  const group = groupOf(place.apiVersion);
  const same = kinds.filter((kind) => kind.group === group && kind.kind === place.kind && kind.verbs.includes('list'));
  return same.find((kind) => apiVersionOf(kind) === place.apiVersion) ?? same[0];
}

function apiVersionOf(kind: ApiKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

async function listKind(
  reader: Pick<ClusterReader, 'list'>,
  kind: ApiKind,
  namespaces: ReadonlySet<string>,
): Promise<readonly Manifest[]> {
  if (!kind.namespaced) return await reader.list(kind);
  if (namespaces.size >= WHOLE_CLUSTER_FROM) {
    try {
      const all = await reader.list(kind);
      return all.filter((object) => namespaces.has(object.metadata.namespace ?? ''));
    } catch (thrown) {
      // A registration may be bound to some namespaces only: then each is asked for by itself.
      if (asProblem(thrown).code !== 'forbidden') throw thrown;
    }
  }
  const lists = await Promise.all([...namespaces].map((namespace) => reader.list(kind, { namespace })));
  return lists.flat();
}
