import { apiVersionOf } from '../spec/manifest.ts';
import type { ClusterFacts } from '../spec/ports.ts';
import type { Session } from './session.ts';

/**
 * Version and API list of a cluster: what Helm's `.Capabilities` are made of.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm---kube-version
 */
export async function facts({ connection, discovery }: Session): Promise<ClusterFacts> {
  const [{ kinds, stale }, answer] = await Promise.all([
    discovery.all(),
    connection.send({ method: 'GET', path: '/version', subject: { doing: 'tell its version' } }),
  ]);
  const { gitVersion } = answer.body as { readonly gitVersion?: string };
  const groupVersions = kinds.map(apiVersionOf);
  const named = kinds.map((kind) => `${apiVersionOf(kind)}/${kind.kind}`);
  return {
    kubeVersion: gitVersion ?? '',
    apiVersions: [...new Set([...groupVersions, ...named])].sort(),
    ...(stale.size === 0 ? {} : { unknown: [...stale].sort() }),
  };
}
