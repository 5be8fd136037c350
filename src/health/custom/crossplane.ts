import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type ConditionLine } from '../by-conditions.ts';
import { mapAt } from '../fields.ts';
import { healthy } from '../verdicts.ts';

/** Kinds that only configure: they have no status, or one that counts who uses them. */
const STATIC = new Set([
  'ClusterProviderConfig',
  'Composition',
  'CompositionRevision',
  'ControllerConfig',
  'DeploymentRuntimeConfig',
  'EnvironmentConfig',
  'ImageConfig',
  'ProviderConfig',
  'ProviderConfigUsage',
  'StoreConfig',
  'Usage',
]);

const LINES: readonly ConditionLine[] = [
  { type: 'LastAsyncOperation', status: 'False', is: 'Degraded' },
  { type: 'Synced', status: 'False', reason: /^ReconcilePaused$/, is: 'Suspended' },
  { type: 'Synced', status: 'False', is: 'Degraded' },
  ...['Ready', 'Healthy', 'Offered', 'Established', 'ValidPipeline', 'RevisionHealthy'].map(
    (type) => ({ type, status: 'True', is: 'Healthy' }) as const,
  ),
];

const managedHealth = byConditions(LINES, 'Waiting for the provider');

/** Packages must be installed and healthy: a package that is broken stays so. */
const packageHealth = byConditions(
  [
    { type: 'Installed', status: 'False', is: 'Degraded' },
    { type: 'Healthy', status: 'False', is: 'Degraded' },
    { type: 'Healthy', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the package',
);

/**
 * Managed resources, claims and composites: Synced says that the last attempt to reach what is described went well, Ready
 * that it is reached. https://docs.crossplane.io/latest/guides/crossplane-with-argo-cd/
 */
export function crossplaneHealth(resource: Manifest): Health {
  if (
    resource.apiVersion.startsWith('pkg.crossplane.io/') &&
    /^(Provider|Function|Configuration)$/.test(resource.kind)
  ) {
    return packageHealth(resource);
  }
  if (STATIC.has(resource.kind) && mapAt(resource, 'status')['conditions'] === undefined) return healthy();
  return managedHealth(resource);
}
