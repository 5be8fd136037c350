import { canonical, isList, isMap, type JsonMap } from '../json.ts';

/**
 * Endpoints that somebody keeps by hand, in the order in which the API server writes them back.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoints-v1/
 */
export function withSortedEndpoints(manifest: JsonMap): JsonMap {
  const { subsets } = manifest;
  if (manifest['kind'] !== 'Endpoints' || !isList(subsets)) return manifest;
  return { ...manifest, subsets: sorted(subsets.map(sortedSubset)) };
}

function sortedSubset(subset: unknown): unknown {
  if (!isMap(subset)) return subset;
  const entries = Object.entries(subset).map(([key, list]) => [key, isList(list) ? sorted(list.map(told)) : list]);
  return Object.fromEntries(entries);
}

/** A port without a protocol is one of TCP; said of all, so that both sides sort alike. */
function told(item: unknown): unknown {
  return isMap(item) && 'port' in item ? { protocol: 'TCP', ...item } : item;
}

function sorted(list: readonly unknown[]): readonly unknown[] {
  return list
    .map((item) => [canonical(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
}
