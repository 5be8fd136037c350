import pMap from 'p-map';
import { apiVersionOf, groupOf, keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ApiKind, ClusterReader } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';

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

/** What was found of a cluster, and what of it could not be looked at. */
export interface Live {
  /** By key. */
  readonly objects: ReadonlyMap<string, Manifest>;
  /** Why the objects at a place could not be listed. They are unknown then, and not absent. */
  hiddenAt(places: readonly Place[]): Problem | undefined;
}

/**
 * The live objects of the given kinds in the given namespaces: one list a kind and namespace, or one a kind, so that
 * the calls grow with kinds and not with resources. Kinds that the cluster does not serve have no objects; those behind
 * an aggregated API that is down, or that may not be listed, are hidden. An object of a kind that is asked for in
 * several versions comes in the first one that is served. Throws Problem where nothing of the cluster can be had.
 */
export async function readKnown(
  reader: Pick<ClusterReader, 'facts' | 'kinds' | 'list'>,
  places: readonly Place[],
): Promise<Live> {
  const kinds = await reader.kinds();
  const { unknown = [] } = await reader.facts();
  const hidden = new Map<string, Problem>();
  const wanted = new Map<ApiKind, Set<string>>();
  for (const place of places) {
    const kind = served(place, kinds);
    if (kind === undefined) {
      const group = groupOf(place.apiVersion);
      const down = unknown.find((one) => groupOf(one) === group);
      if (down !== undefined) hidden.set(placeText(place), isDown(down));
      continue;
    }
    const namespaces = wanted.get(kind) ?? new Set();
    wanted.set(kind, namespaces.add(kind.namespaced ? place.namespace : ''));
  }
  const lists = await pMap(
    [...wanted],
    async ([kind, namespaces]) => {
      const { group, kind: name } = kind;
      const hide = (namespace: string, problem: Problem): void => {
        hidden.set(placeText({ group, kind: name, namespace }), problem);
      };
      return await listKind(reader, kind, namespaces, hide);
    },
    { concurrency: LISTS_IN_FLIGHT },
  );
  const objects = new Map(lists.flat().map((object) => [keyText(keyOf(object)), object]));
  const find = (place: Place): Problem | undefined =>
    hidden.get(placeText(place)) ?? hidden.get(placeText({ ...place, namespace: '' }));
  return { objects, hiddenAt: (asked) => asked.map(find).find((problem) => problem !== undefined) };
}

/** The same where all must be known: throws the Problem of what is hidden. */
export async function readLive(
  reader: Pick<ClusterReader, 'facts' | 'kinds' | 'list'>,
  places: readonly Place[],
): Promise<ReadonlyMap<string, Manifest>> {
  const live = await readKnown(reader, places);
  const hidden = live.hiddenAt(places);
  if (hidden !== undefined) throw hidden;
  return live.objects;
}

function placeText(
  place: Pick<Place, 'kind' | 'namespace'> & ({ readonly apiVersion: string } | { readonly group: string }),
): string {
  const group = 'group' in place ? place.group : groupOf(place.apiVersion);
  return `${group}/${place.kind}/${place.namespace}`;
}

function isDown(apiVersion: string): Problem {
  return new Problem('unavailable', `The cluster does not know now what ${apiVersion} serves.`, {
    fix: `Look at the APIService of ${apiVersion}: kubectl get apiservices.`,
  });
}

/** The kind as the API server serves it: in the version asked for, else in any. */
function served(place: Pick<Place, 'apiVersion' | 'kind'>, kinds: readonly ApiKind[]): ApiKind | undefined {
  const group = groupOf(place.apiVersion);
  const same = kinds.filter((kind) => kind.group === group && kind.kind === place.kind && kind.verbs.includes('list'));
  return same.find((kind) => apiVersionOf(kind) === place.apiVersion) ?? same[0];
}

/** Problems of one kind, and not of the way to the cluster: each of these makes only what it hides unknown. */
const OF_ONE_KIND: ReadonlySet<string> = new Set(['unavailable', 'forbidden', 'not-found', 'cluster-refused']);

async function listKind(
  reader: Pick<ClusterReader, 'list'>,
  kind: ApiKind,
  namespaces: ReadonlySet<string>,
  hide: (namespace: string, problem: Problem) => void,
): Promise<readonly Manifest[]> {
  const list = async (namespace?: string): Promise<readonly Manifest[]> => {
    try {
      return await reader.list(kind, namespace === undefined ? {} : { namespace });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!OF_ONE_KIND.has(problem.code)) throw problem;
      hide(namespace ?? '', problem);
      return [];
    }
  };
  if (!kind.namespaced) return await list();
  if (namespaces.size >= WHOLE_CLUSTER_FROM) {
    try {
      const all = await reader.list(kind);
      return all.filter((object) => namespaces.has(object.metadata.namespace ?? ''));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!OF_ONE_KIND.has(problem.code)) throw problem;
      // A registration may be bound to some namespaces only: then each is asked for by itself.
      if (problem.code !== 'forbidden') {
        hide('', problem);
        return [];
      }
    }
  }
  const lists = await Promise.all([...namespaces].map(list));
  return lists.flat();
}
