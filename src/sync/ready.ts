import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import { Problem } from '../spec/problem.ts';
import type { Tracking } from '../spec/tracking.ts';
import { withHookNames } from './hooks.ts';
import type { SyncOptions } from './options.ts';
import { withTracking } from './tracking.ts';

export interface ReadyInput {
  /** As the source renders them, with namespaces filled in. */
  readonly rendered: readonly Manifest[];
  readonly operation: Pick<Operation, 'id' | 'attempt' | 'application'>;
  readonly options: SyncOptions;
  /** The destination's namespace; '' for none. */
  readonly namespace: string;
  /** How `argocd-cm` has resources tracked. Default by annotation. */
  readonly tracking?: Tracking;
  /** `syncPolicy.managedNamespaceMetadata`, for `CreateNamespace=true`. */
  readonly namespaceMetadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/**
 * The manifests of an operation as they go to the cluster: hooks named, tracking ids written, the namespace of
 * `CreateNamespace=true` added (it is not tracked, so it is never pruned; a Namespace manifest of the application wins).
 * Of two manifests with one key the last counts. The same input gives the same manifests: each step makes them anew.
 * Throws Problem invalid-manifest for a manifest without a name that is no hook.
 */
export function ready(input: ReadyInput): readonly Manifest[] {
  const { application } = input.operation;
  const named = withHookNames(input.rendered, input.operation).map((manifest) => checked(manifest, application));
  const byKey = new Map(named.map((manifest) => [keyText(keyOf(manifest)), manifest]));
  const tracked = [...byKey.values()].map((manifest) =>
    withTracking(manifest, application, input.namespace, input.tracking),
  );
  return [...createdNamespace(input, byKey), ...tracked];
}

function checked(manifest: Manifest, application: string): Manifest {
  const { name } = manifest.metadata;
  if (name !== undefined && name !== '') return manifest;
  const what = isHook(manifest) ? 'a hook without a name or a generateName' : 'a manifest without a name';
  throw new Problem('invalid-manifest', `${resourceText(keyOf(manifest))}: ${what} cannot be applied`, {
    where: { application, field: 'metadata.name' },
    fix: 'Give it a metadata.name. generateName works for hooks only: any other resource must be found again by its name.',
  });
}

function createdNamespace(input: ReadyInput, desired: ReadonlyMap<string, Manifest>): readonly Manifest[] {
  if (!input.options.createNamespace || input.namespace === '') return [];
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: input.namespace, ...input.namespaceMetadata },
  };
  return desired.has(keyText(keyOf(manifest))) ? [] : [manifest];
}
