import type { ResourceKey } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { AppProject, ResourceRule } from '../spec/project.ts';
import { matchesGlob } from './glob.ts';
import { type ClusterNames, isDestinationPermitted } from './project-rules.ts';

/** A resource that an application deploys. `namespaced` is what the cluster's discovery says of its kind. */
export interface ScopedResource {
  readonly key: ResourceKey;
  readonly namespaced: boolean;
}

/**
 * What the project forbids of the resources of an application, each rule told once a kind. Cluster-scoped kinds need an
 * entry of `clusterResourceWhitelist`; namespaced kinds are permitted unless there is a `namespaceResourceWhitelist` (an
 * empty one permits none); blacklists win. The namespace of each resource must be a permitted destination, too.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/
 */
export function resourceConditions(
  project: AppProject,
  cluster: ClusterNames,
  resources: readonly ScopedResource[],
): readonly Condition[] {
  const messages = resources.flatMap((resource) => {
    const { group, kind, namespace } = resource.key;
    if (!isResourcePermitted(project, resource)) {
      return [`resource ${group}:${kind} is not permitted in project ${project.metadata.name}`];
    }
    if (!resource.namespaced || isDestinationPermitted(project, cluster, namespace)) return [];
    return [`namespace ${namespace} is not permitted in project '${project.metadata.name}'`];
  });
  return [...new Set(messages)].map((message) => ({ type: 'SyncError', message }));
}

/** Whether a project lets its applications deploy this kind of resource (and, cluster-scoped, of this name). */
export function isResourcePermitted(project: AppProject, { key, namespaced }: ScopedResource): boolean {
  const { spec } = project;
  const allowed = namespaced ? spec.namespaceResourceWhitelist : (spec.clusterResourceWhitelist ?? []);
  const denied = namespaced ? spec.namespaceResourceBlacklist : spec.clusterResourceBlacklist;
  if (allowed !== undefined && !allowed.some((rule) => covers(rule, key, !namespaced, false))) return false;
  return !(denied ?? []).some((rule) => covers(rule, key, !namespaced, true));
}

/** A rule that can't be read never allows and always denies. */
function covers(rule: ResourceRule, key: ResourceKey, named: boolean, unreadable: boolean): boolean {
  const matches = (pattern: string, text: string): boolean => matchesGlob(pattern, text, { unreadable });
  const name = named && rule.name !== undefined && rule.name !== '' ? rule.name : '*';
  return matches(rule.group, key.group) && matches(rule.kind, key.kind) && matches(name, key.name);
}
