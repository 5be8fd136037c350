import { matchesGlob } from '../spec/glob.ts';
import type { AppProject, ProjectDestination } from '../spec/project.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { type Ruling, rulingOf } from './rule.ts';

/** What of a cluster the rules look at: both ways to name it, since an entry may use either, and whose it is. */
export type ClusterNames = Pick<ClusterRegistration, 'name' | 'server'> &
  Partial<Pick<ClusterRegistration, 'project' | 'namespaces'>>;

/**
 * Whether a project lets its applications deploy to this namespace of this cluster. A cluster that is registered for the
 * project is a destination by itself: in its `namespaces`, or in all.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-scoped-repositories-and-clusters
 */
export function destinationRuling(project: AppProject, cluster: ClusterNames, namespace: string): Ruling {
  const isOwn = cluster.project !== undefined && cluster.project === project.metadata.name;
  if (project.spec.permitOnlyProjectScopedClusters === true && !isOwn) {
    const rule = `spec.permitOnlyProjectScopedClusters: cluster '${cluster.name}' is not registered for the project`;
    return { permitted: false, rule };
  }
  const written = project.spec.destinations ?? [];
  const ruling = rulingOf('spec.destinations', written, {
    allows: (entry) => allows(entry, cluster, namespace),
    denies: (entry) => denies(entry, cluster, namespace),
  });
  if (ruling.permitted || !isOwn || ruling.rule.startsWith('denied')) return ruling;
  const { namespaces = [] } = cluster;
  if (namespaces.length > 0 && !namespaces.includes(namespace)) return ruling;
  return { permitted: true, rule: `allowed by cluster '${cluster.name}', which is registered for the project` };
}

/** Whether a project lets its applications deploy to this namespace of this cluster. */
export function isDestinationPermitted(project: AppProject, cluster: ClusterNames, namespace: string): boolean {
  return destinationRuling(project, cluster, namespace).permitted;
}

function isDenial(pattern: string | undefined): boolean {
  return pattern?.startsWith('!') ?? false;
}

function allows(entry: ProjectDestination, cluster: ClusterNames, namespace: string): boolean {
  if (isDenial(entry.server) || isDenial(entry.name) || isDenial(entry.namespace)) return false;
  return isCluster(entry, cluster) && matchesGlob(entry.namespace ?? '', namespace);
}

function isCluster(entry: ProjectDestination, cluster: ClusterNames): boolean {
  const fits = (pattern: string | undefined, text: string): boolean =>
    pattern !== undefined && text !== '' && matchesGlob(pattern, text);
  return fits(entry.server, cluster.server) || fits(entry.name, cluster.name);
}

/**
 * An entry denies where its `!` part is hit and its other part matches: `server: '*', namespace: '!kube-system'` denies
 * kube-system everywhere. With `!` on both sides either hit denies: the stricter reading.
 */
function denies(entry: ProjectDestination, cluster: ClusterNames, namespace: string): boolean {
  const hitsCluster = hits(entry.server, cluster.server) || hits(entry.name, cluster.name);
  const hitsNamespace = hits(entry.namespace, namespace);
  const deniesCluster = isDenial(entry.server) || isDenial(entry.name);
  if (deniesCluster && isDenial(entry.namespace)) return hitsCluster || hitsNamespace;
  if (deniesCluster) return hitsCluster && matchesGlob(entry.namespace ?? '*', namespace, { unreadable: true });
  return hitsNamespace && isCluster(entry, cluster);
}

function hits(denial: string | undefined, text: string): boolean {
  return denial !== undefined && isDenial(denial) && matchesGlob(denial.slice(1), text, { unreadable: true });
}
