import type { Application } from '../spec/application.ts';
import { Problem } from '../spec/problem.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';

/**
 * The cluster that an application goes to: by `destination.server` or by `destination.name`, never both. The in-cluster
 * address needs no registration: it is the cluster of trimtab's own kubeconfig. Throws Problem `misconfigured` that
 * names the clusters that are known.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export function clusterOf(application: Application, clusters: readonly ClusterRegistration[]): ClusterRegistration {
  const { server = '', name = '' } = application.spec.destination;
  const where = { application: application.metadata.name, field: 'spec.destination' };
  if ((server === '') === (name === '')) {
    const found = server === '' ? 'neither' : 'both';
    throw new Problem('invalid-manifest', `The destination must have a server or a name, and has ${found}.`, {
      where,
      fix: `For the cluster of trimtab's kubeconfig: server: ${IN_CLUSTER.server}`,
    });
  }
  const registered = clusters.find((cluster) =>
    server === '' ? cluster.name === name : withoutSlash(cluster.server) === withoutSlash(server),
  );
  if (registered !== undefined) return registered;
  if (withoutSlash(server) === IN_CLUSTER.server || name === IN_CLUSTER.name) return LOCAL_CLUSTER;
  const known = [IN_CLUSTER.name, ...clusters.map((cluster) => cluster.name)].join(', ');
  throw new Problem('misconfigured', `No cluster ${server === '' ? name : server} is registered (known: ${known}).`, {
    where,
    fix: 'Add a Secret with the label argocd.argoproj.io/secret-type: cluster to the control repository.',
  });
}

const LOCAL_CLUSTER: ClusterRegistration = {
  name: IN_CLUSTER.name,
  server: IN_CLUSTER.server,
  labels: {},
  namespaces: [],
  config: {},
};

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
