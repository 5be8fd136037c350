import type { ClusterFacts, ClusterReader, Store } from '../spec/ports.ts';

/** What is assumed of a cluster that no refresh has seen yet: the newest version that the bundled helm knows. */
const UNKNOWN_CLUSTER: ClusterFacts = { kubeVersion: 'v1.36.0', apiVersions: [] };

/** Version and API list of a cluster, as the last refresh recorded them: a preview asks no cluster. */
export async function factsOf(server: string, store: Pick<Store, 'facts'>): Promise<ClusterFacts> {
  return (await store.facts.load(server)) ?? UNKNOWN_CLUSTER;
}

/**
 * A reader that asks its cluster once what it is. What an aggregated API served that is down now counts as served still:
 * else a chart that asks for it (`.Capabilities.APIVersions`) would lose what it renders for it, and that would be pruned.
 */
export function rememberingFacts(reader: ClusterReader, store: Pick<Store, 'facts'>): ClusterReader {
  let asked: Promise<ClusterFacts> | undefined;
  const ask = async (): Promise<ClusterFacts> => {
    const now = await reader.facts();
    const { unknown = [] } = now;
    if (unknown.length === 0) return now;
    const before = (await store.facts.load(reader.server))?.apiVersions ?? [];
    const kept = before.filter((one) => unknown.some((down) => one === down || one.startsWith(`${down}/`)));
    return { ...now, apiVersions: [...new Set([...now.apiVersions, ...unknown, ...kept])].sort() };
  };
  return {
    ...reader,
    facts: () => {
      asked ??= ask();
      return asked;
    },
  };
}
