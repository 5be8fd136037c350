import { matchesGlob } from '../spec/glob.ts';
import type { ResourceKey } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { AppProject, ResourceRule } from '../spec/project.ts';
import { type ClusterNames, isDestinationPermitted } from './destination-rule.ts';
import { entryText, type Ruling } from './rule.ts';

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

/** Whether a project lets its applications deploy this kind of resource (and, cluster-scoped, of this name), by which rule. */
export function resourceRuling(project: AppProject, { key, namespaced }: ScopedResource): Ruling {
  const scope = namespaced ? 'namespace' : 'cluster';
  const allowed = project.spec[`${scope}ResourceWhitelist`] ?? (namespaced ? undefined : []);
  const denied = project.spec[`${scope}ResourceBlacklist`] ?? [];
  const [white, black] = [`spec.${scope}ResourceWhitelist`, `spec.${scope}ResourceBlacklist`];
  const hit = denied.findIndex((rule) => covers(rule, key, !namespaced, true));
  if (hit >= 0) return { permitted: false, rule: `denied by ${black}[${hit}]: ${entryText(denied[hit] ?? {})}` };
  if (allowed === undefined)
    return { permitted: true, rule: `there is no ${white}: every kind with a namespace is allowed` };
  const found = allowed.findIndex((rule) => covers(rule, key, !namespaced, false));
  if (found >= 0) return { permitted: true, rule: `allowed by ${white}[${found}]: ${entryText(allowed[found] ?? {})}` };
  return { permitted: false, rule: allowed.length === 0 ? `${white} is empty` : `no entry of ${white} allows it` };
}

/** Whether a project lets its applications deploy this kind of resource. */
export function isResourcePermitted(project: AppProject, resource: ScopedResource): boolean {
  return resourceRuling(project, resource).permitted;
}

/** A rule that can't be read never allows and always denies. */
function covers(rule: ResourceRule, key: ResourceKey, named: boolean, unreadable: boolean): boolean {
  const matches = (pattern: string, text: string): boolean => matchesGlob(pattern, text, { unreadable });
  const name = named && rule.name !== undefined && rule.name !== '' ? rule.name : '*';
  return matches(rule.group, key.group) && matches(rule.kind, key.kind) && matches(name, key.name);
}
