import { type Application, type ApplicationSource, applicationName, sourcesOf } from '../spec/application.ts';
import { matchesGlob } from '../spec/glob.ts';
import type { Condition } from '../spec/operation.ts';
import type { AppProject } from '../spec/project.ts';
import { type ClusterNames, isDestinationPermitted } from './destination-rule.ts';
import { type Ruling, rulingOf } from './rule.ts';
import { isSourcePermitted } from './source-repos.ts';

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

/**
 * Whether an Application may stand where it stands: outside of the control namespace it needs `sourceNamespaces`, globs
 * or `/regular expressions/` (CVE-2023-22736, CVE-2024-31990).
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
 */
export function namespaceRuling({ project, application, controlNamespace = 'argocd' }: ProjectQuestion): Ruling {
  const namespace = application.metadata.namespace ?? controlNamespace;
  if (namespace === controlNamespace)
    return { permitted: true, rule: `namespace '${namespace}' is the control namespace` };
  return rulingOf('spec.sourceNamespaces', project.spec.sourceNamespaces ?? [], {
    allows: (pattern) => isNamespace(pattern, namespace),
    denies: () => false,
  });
}

function isNamespace(pattern: string, namespace: string): boolean {
  const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
  if (expression === undefined) return matchesGlob(pattern, namespace);
  try {
    return new RegExp(expression).test(namespace);
  } catch {
    // What can't be read allows nothing.
    return false;
  }
}

function namespaceCondition(question: ProjectQuestion): Condition[] {
  if (namespaceRuling(question).permitted) return [];
  const { project, application } = question;
  const [name, owner] = [applicationName(application), project.metadata.name];
  const namespace = application.metadata.namespace ?? '';
  return [invalid(`application '${name}' in namespace '${namespace}' is not permitted to use project '${owner}'`)];
}

function sourceCondition(project: AppProject, { repoURL }: ApplicationSource): Condition[] {
  if (isSourcePermitted(project, repoURL)) return [];
  return [invalid(`application repo ${repoURL} is not permitted in project '${project.metadata.name}'`)];
}

function destinationCondition({ project, application, cluster }: ProjectQuestion): Condition[] {
  const namespace = application.spec.destination.namespace ?? '';
  if (isDestinationPermitted(project, cluster, namespace)) return [];
  const isForeign = project.spec.permitOnlyProjectScopedClusters === true && cluster.project !== project.metadata.name;
  const owner = project.metadata.name;
  return [
    invalid(
      isForeign
        ? `application destination server '${cluster.server}' is not a cluster of project '${owner}', which permits only project-scoped clusters`
        : `application destination server '${cluster.server}' and namespace '${namespace}' do not match any of the allowed destinations in project '${owner}'`,
    ),
  ];
}
