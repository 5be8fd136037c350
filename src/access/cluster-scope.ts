import type { ResourceKey } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { ClusterRegistration } from '../spec/settings.ts';

/**
 * What a cluster that is registered for some namespaces does not take, in Argo CD's words: resources in other
 * namespaces, and, unless `clusterResources` is set, what lives outside of namespaces.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export function scopeConditions(
  { namespaces, clusterResources }: Pick<ClusterRegistration, 'namespaces' | 'clusterResources'>,
  resources: readonly { readonly key: ResourceKey; readonly namespaced: boolean }[],
): readonly Condition[] {
  if (namespaces.length === 0) return [];
  return resources.flatMap(({ key, namespaced }): readonly Condition[] => {
    const { kind, namespace, name } = key;
    const isIn = namespaced ? namespaces.includes(namespace) : clusterResources === true;
    if (isIn) return [];
    const what = namespaced
      ? `namespace "${namespace}" for ${kind} "${name}" is not managed`
      : `cluster level ${kind} "${name}" can not be managed when in namespaced mode`;
    return [{ type: 'ComparisonError', message: `Failed to load live state: ${what}` }];
  });
}
