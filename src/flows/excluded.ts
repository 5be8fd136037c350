import { type Customisations, isExcluded } from '../spec/customisations.ts';
import { keyOf, type Manifest, type ResourceKey, resourceText } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { ClusterRegistration } from '../spec/settings.ts';

type Filters = Pick<Customisations, 'exclusions' | 'inclusions'>;

/**
 * What of an application is managed at all: kinds that `resource.exclusions` or `resource.inclusions` of `argocd-cm` keep
 * out are neither listed, compared, applied nor pruned, and each is told by a warning.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#resource-exclusioninclusion
 */
export function withoutExcluded(
  manifests: readonly Manifest[],
  cluster: Pick<ClusterRegistration, 'server'>,
  filters: Filters,
): { readonly manifests: readonly Manifest[]; readonly warnings: readonly Condition[] } {
  const isOut = (manifest: Manifest): boolean => isExcluded(keyOf(manifest), cluster.server, filters);
  const warnings = manifests.filter(isOut).map((manifest): Condition => {
    const { group } = keyOf(manifest);
    const kind = group === '' ? manifest.kind : `${group}/${manifest.kind}`;
    const message = `Resource ${resourceText(keyOf(manifest))} is excluded: resource.exclusions or resource.inclusions of argocd-cm keep ${kind} out`;
    return { type: 'ExcludedResourceWarning', message };
  });
  return warnings.length === 0
    ? { manifests, warnings }
    : { manifests: manifests.filter((one) => !isOut(one)), warnings };
}

/** The items whose kinds are managed: one that is excluded now stays in the cluster, and in the inventory. */
export function managed<T extends { readonly key: ResourceKey }>(
  items: readonly T[],
  cluster: Pick<ClusterRegistration, 'server'>,
  filters: Filters,
): readonly T[] {
  return items.filter(({ key }) => !isExcluded(key, cluster.server, filters));
}
