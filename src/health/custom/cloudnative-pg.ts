import type { Manifest } from '../../spec/manifest.ts';
import type { Health, HealthStatus } from '../../spec/operation.ts';
import { type HealthRule, said } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { conditionOf, conditionsOf, mapAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended, unknown } from '../verdicts.ts';

/**
 * Phases of a Cluster, as its operator words them. Work that puts the primary at risk is Degraded; what waits for a
 * person to change something is Suspended, as in Argo CD.
 * https://github.com/cloudnative-pg/cloudnative-pg/blob/main/api/v1/cluster_types.go
 */
const PHASES: Readonly<Record<string, HealthStatus>> = {
  'Cluster in healthy state': 'Healthy',
  'Setting up primary': 'Progressing',
  'Creating a new replica': 'Progressing',
  'Upgrading cluster': 'Progressing',
  'Waiting for the instances to become active': 'Progressing',
  'Promoting to primary cluster': 'Progressing',
  'Switchover in progress': 'Degraded',
  'Failing over': 'Degraded',
  'Upgrading Postgres major version': 'Degraded',
  'Cluster upgrade delayed': 'Degraded',
  'Waiting for user action': 'Degraded',
  'Primary instance is being restarted in-place': 'Degraded',
  'Primary instance is being restarted without a switchover': 'Degraded',
  'Cluster cannot execute instance online upgrade due to missing architecture binary': 'Degraded',
  'Online upgrade in progress': 'Degraded',
  'Applying configuration': 'Degraded',
  'Unable to create required cluster objects': 'Suspended',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required': 'Suspended',
  'Cluster has incomplete or invalid image catalog': 'Suspended',
  'Cluster is unrecoverable and needs manual intervention': 'Suspended',
};

function clusterHealth(cluster: Manifest): Health {
  if (cluster.metadata.annotations?.['cnpg.io/reconciliationLoop'] === 'disabled') {
    return suspended('The reconciliation of the Cluster is disabled');
  }
  const phase = textAt(cluster, 'status', 'phase');
  const reason = textAt(cluster, 'status', 'phaseReason');
  const message = reason === '' ? phase : reason;
  if (conditionsOf(cluster).length === 0) return progressing(message === '' ? 'Waiting for the Cluster' : message);
  const hibernation = conditionOf(cluster, 'cnpg.io/hibernation');
  if (hibernation !== undefined) {
    return hibernation['status'] === 'True' ? suspended(said(hibernation)) : degraded(said(hibernation));
  }
  const status = Object.hasOwn(PHASES, phase) ? PHASES[phase] : undefined;
  return status === undefined ? unknown(message) : { status, message };
}

/** Databases and roles say `applied`. https://cloudnative-pg.io/documentation/current/declarative_database_management/ */
function databaseHealth(database: Manifest): Health {
  const { applied } = mapAt(database, 'status');
  if (applied === undefined) return progressing('Waiting for the operator');
  return applied === true ? healthy() : degraded(textAt(database, 'status', 'message'));
}

/** CloudNativePG. */
export const CLOUDNATIVE_PG: Readonly<Record<string, HealthRule>> = {
  'postgresql.cnpg.io/Backup': byState(
    'phase',
    { completed: 'Healthy', failed: 'Degraded' },
    'error',
    'Waiting for the backup',
  ),
  'postgresql.cnpg.io/Cluster': clusterHealth,
  'postgresql.cnpg.io/Database': databaseHealth,
  'postgresql.cnpg.io/Publication': databaseHealth,
  'postgresql.cnpg.io/Subscription': databaseHealth,
};
