import { withNamespace, withoutDuplicateEnv } from '../diff/index.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { Condition, Operation, ResourceStatus } from '../spec/operation.ts';
import type { ApiKind, InventoryItem } from '../spec/ports.ts';
import { BY_ANNOTATION, type Tracking } from '../spec/tracking.ts';
import { readSyncOptions, ready } from '../sync/index.ts';
import type { Place } from './live.ts';

/** An application with what Git wants of it, ready to be held against a cluster. */
export interface Wanted {
  readonly application: Application;
  readonly revisions: readonly string[];
  /** Namespaces filled in, tracking id stamped. */
  readonly desired: readonly Manifest[];
  readonly inventory: readonly InventoryItem[];
  readonly conditions: readonly Condition[];
  /** The applications that it renders, as resources of it. */
  readonly children?: readonly ResourceStatus[];
}

/**
 * Manifests as they go to the cluster: namespaces filled in, variables of a container once each, tracking ids written,
 * hooks named for their operation.
 * Without an operation (a refresh only compares) hooks have no name of their own. The same input gives the same.
 */
export function asApplied(
  application: Application,
  rendered: readonly Manifest[],
  kinds: readonly ApiKind[],
  tracking: Tracking = BY_ANNOTATION,
  operation: Pick<Operation, 'id' | 'attempt'> = { id: 'refresh', attempt: 0 },
): readonly Manifest[] {
  const { destination, syncPolicy } = application.spec;
  const namespace = destination.namespace ?? '';
  return ready({
    rendered: withNamespace(rendered, kinds, namespace).map(withoutDuplicateEnv),
    operation: { ...operation, application: applicationName(application) },
    options: readSyncOptions(syncPolicy?.syncOptions ?? []),
    namespace,
    tracking,
    ...(syncPolicy?.managedNamespaceMetadata === undefined
      ? {}
      : { namespaceMetadata: syncPolicy.managedNamespaceMetadata }),
  });
}

/** Where the live objects of an application may be: at what it desires, and at what was applied for it. */
export function placesOf({ desired, inventory }: Pick<Wanted, 'desired' | 'inventory'>): readonly Place[] {
  const wanted = desired.map((manifest) => ({
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? '',
  }));
  const applied = inventory.map(({ apiVersion, key }) => ({ apiVersion, kind: key.kind, namespace: key.namespace }));
  return [...wanted, ...applied];
}
