import type { ClusterFacts, Store } from '../spec/ports.ts';

/** What is assumed of a cluster that no refresh has seen yet: the newest version that the bundled helm knows. */
const UNKNOWN_CLUSTER: ClusterFacts = { kubeVersion: 'v1.36.0', apiVersions: [] };

/** Version and API list of a cluster, as the last refresh recorded them: a preview asks no cluster. */
export async function factsOf(server: string, store: Pick<Store, 'facts'>): Promise<ClusterFacts> {
  return (await store.facts.load(server)) ?? UNKNOWN_CLUSTER;
}
