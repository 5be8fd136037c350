import { type Application, type ApplicationSource, applicationName, sourcesOf } from '../spec/application.ts';
import type { Condition } from '../spec/operation.ts';
import type { AppProject, ProjectDestination } from '../spec/project.ts';
import { matchesGlob } from './glob.ts';
import { isSourcePermitted } from './source-repos.ts';

/** What of a cluster the rules look at: both ways to name it, since an entry may use either. */
export interface ClusterNames {
  readonly name: string;
  readonly server: string;
}

export interface ProjectQuestion {
  readonly project: AppProject;
  readonly application: Application;
  /** The cluster that the application's destination means. */
  readonly cluster: ClusterNames;
  /** Namespace of the Applications that every project may take. Default `argocd`. */
  readonly controlNamespace?: string;
}

/**
 * What the project forbids of an application as a whole: its sources, its destination, the namespace that it stands in.
 * Empty when all is permitted. Lists of patterns permit what at least one entry allows and no entry beginning with `!`
 * denies; a list of denials alone permits nothing (Argo CD's documentation; its code is more lenient).
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
export function projectConditions(question: ProjectQuestion): readonly Condition[] {
  const { project, application } = question;
  return [
    ...namespaceCondition(question),
    ...sourcesOf(application).flatMap((source) => sourceCondition(project, source)),
    ...destinationCondition(question),
  ];
}

function invalid(message: string): Condition {
  return { type: 'InvalidSpecError', message };
}

/** Applications outside of the control namespace need `sourceNamespaces` (CVE-2023-22736, CVE-2024-31990). */
function namespaceCondition({ project, application, controlNamespace = 'argocd' }: ProjectQuestion): Condition[] {
  const namespace = application.metadata.namespace ?? controlNamespace;
  if (namespace === controlNamespace) return [];
  if ((project.spec.sourceNamespaces ?? []).some((pattern) => matchesGlob(pattern, namespace))) return [];
  const [name, owner] = [applicationName(application), project.metadata.name];
  return [invalid(`application '${name}' in namespace '${namespace}' is not permitted to use project '${owner}'`)];
}

function sourceCondition(project: AppProject, { repoURL }: ApplicationSource): Condition[] {
  if (isSourcePermitted(project, repoURL)) return [];
  return [invalid(`application repo ${repoURL} is not permitted in project '${project.metadata.name}'`)];
}

function isDenial(pattern: string | undefined): boolean {
  return pattern?.startsWith('!') ?? false;
}

function destinationCondition({ project, application, cluster }: ProjectQuestion): Condition[] {
  const namespace = application.spec.destination.namespace ?? '';
  if (isDestinationPermitted(project, cluster, namespace)) return [];
  return [
    invalid(
      `application destination server '${cluster.server}' and namespace '${namespace}' do not match any of the allowed destinations in project '${project.metadata.name}'`,
    ),
  ];
}

/** Whether a project lets its applications deploy to this namespace of this cluster. */
export function isDestinationPermitted(project: AppProject, cluster: ClusterNames, namespace: string): boolean {
  const entries = project.spec.destinations ?? [];
  return (
    entries.some((entry) => allows(entry, cluster, namespace)) &&
    !entries.some((entry) => denies(entry, cluster, namespace))
  );
}

function allows(entry: ProjectDestination, cluster: ClusterNames, namespace: string): boolean {
  if (isDenial(entry.server) || isDenial(entry.name) || isDenial(entry.namespace)) return false;
  return isCluster(entry, cluster) && matchesGlob(entry.namespace ?? '', namespace);
}

function isCluster(entry: ProjectDestination, cluster: ClusterNames): boolean {
  const byServer = entry.server !== undefined && matchesGlob(entry.server, cluster.server);
  return byServer || (entry.name !== undefined && matchesGlob(entry.name, cluster.name));
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
