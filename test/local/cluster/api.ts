import type { LocalCluster } from '../../../src/local/cluster/index.ts';
import { type Client, createClient } from '../../contract/cluster/client.ts';

/** A client for an embedded cluster. */
export function clientOf(cluster: LocalCluster): Client {
  const headers = cluster.token === undefined ? {} : { authorization: `Bearer ${cluster.token}` };
  return createClient({ url: cluster.url, headers, close: async () => undefined });
}

/** A field deep in an object that the cluster holds: `at(object, 'status', 'phase')`. */
export function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[step] : undefined,
    object,
  );
}

/** The status of a condition, with its reason: `True MinimumReplicasAvailable`. */
export function condition(object: unknown, type: string): string {
  const all = at(object, 'status', 'conditions');
  const found = Array.isArray(all) ? all.find((one: unknown) => at(one, 'type') === type) : undefined;
  return found === undefined ? 'none' : `${String(at(found, 'status'))} ${String(at(found, 'reason'))}`;
}
