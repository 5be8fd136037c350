import { matchesGlob } from '../spec/glob.ts';
import { groupOf, keyOf, type Manifest, type ResourceKey } from '../spec/manifest.ts';
import type { AppProject, OrphanedResources } from '../spec/project.ts';
import { type ClusterNames, isDestinationPermitted } from './destination-rule.ts';
import { isResourcePermitted } from './resource-rules.ts';

/** The objects of one namespace of a cluster, and to whom they may belong. */
export interface OrphanQuestion {
  readonly project: AppProject;
  readonly cluster: ClusterNames;
  /** Everything that stands in the namespace, or that the project permits there. */
  readonly objects: readonly Manifest[];
  /** Whether an object belongs to an application. */
  readonly belongs: (object: Manifest) => boolean;
}

/**
 * The top-level objects of a namespace that belong to no application: nobody owns them, no application tracks them, the
 * project permits them and does not ignore them, and Kubernetes did not make them by itself.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
 */
export function orphansOf({ project, cluster, objects, belongs }: OrphanQuestion): readonly ResourceKey[] {
  return objects
    .filter((object) => !isOwned(object, objects) && !belongs(object))
    .map(keyOf)
    .filter((key) => !isMadeByKubernetes(key) && !isIgnored(key, project.spec.orphanedResources))
    .filter((key) => isResourcePermitted(project, { key, namespaced: true }))
    .filter((key) => isDestinationPermitted(project, cluster, key.namespace));
}

/** By its owner references, or by what Kubernetes leaves out of them. */
function isOwned(object: Manifest, all: readonly Manifest[]): boolean {
  const { metadata } = object;
  if ((metadata.ownerReferences ?? []).length > 0) return true;
  if (groupOf(object.apiVersion) !== '') return false;
  const others = (kind: string): readonly Manifest[] => all.filter((other) => other.kind === kind);
  switch (object.kind) {
    case 'Secret':
      return object['type'] === 'kubernetes.io/service-account-token';
    case 'Endpoints':
      return others('Service').some((service) => service.metadata.name === metadata.name);
    case 'PersistentVolumeClaim':
      return others('StatefulSet').some((set) => claims(set, metadata.name ?? ''));
    default:
      return false;
  }
}

/** The claims of a StatefulSet are named `TEMPLATE-SET-NUMBER`, and outlive it without an owner reference. */
function claims({ metadata, ['spec']: spec }: Manifest, name: string): boolean {
  const templates = (spec as { readonly volumeClaimTemplates?: readonly Manifest[] } | undefined)?.volumeClaimTemplates;
  return (templates ?? []).some((template) => {
    const prefix = `${template.metadata.name}-${metadata.name}-`;
    return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
  });
}

function isMadeByKubernetes({ group, kind, namespace, name }: ResourceKey): boolean {
  if (group !== '') return false;
  if (kind === 'Service') return namespace === 'default' && name === 'kubernetes';
  return (kind === 'ServiceAccount' && name === 'default') || (kind === 'ConfigMap' && name === 'kube-root-ca.crt');
}

/** No kind and no name are any; no group is the core group. */
function isIgnored(key: ResourceKey, { ignore = [] }: OrphanedResources = {}): boolean {
  const fits = (pattern: string | undefined, text: string): boolean =>
    pattern === undefined || pattern === '' || matchesGlob(pattern, text);
  return ignore.some(
    ({ group = '', kind, name }) => matchesGlob(group, key.group) && fits(kind, key.kind) && fits(name, key.name),
  );
}
