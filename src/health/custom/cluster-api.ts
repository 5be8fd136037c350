import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { type HealthRule, said } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { conditionsOf, mapAt, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended } from '../verdicts.ts';

const phaseHealth = byState(
  'phase',
  { Provisioned: 'Healthy', Running: 'Healthy', Failed: 'Degraded', Unknown: 'Degraded' },
  'failureMessage',
  'Waiting for the machines',
);

/** A Ready that is False counts, unless it only says (severity Info) that work goes on. */
function clusterHealth(cluster: Manifest): Health {
  if (mapAt(cluster, 'spec')['paused'] === true) return suspended('The Cluster is paused');
  const failure = conditionsOf(cluster).find(
    ({ type, status, severity }) => type === 'Ready' && status === 'False' && severity !== 'Info',
  );
  return failure === undefined ? phaseHealth(cluster) : degraded(said(failure));
}

function machineDeploymentHealth(deployment: Manifest): Health {
  if (mapAt(deployment, 'spec')['paused'] === true) return suspended('The MachineDeployment is paused');
  return phaseHealth(deployment);
}

function machineHealth(machine: Manifest): Health {
  const health = phaseHealth(machine);
  const notReady = conditionsOf(machine).find(({ type, status }) => type === 'Ready' && status === 'False');
  return health.status === 'Healthy' || notReady === undefined ? health : { ...health, message: said(notReady) };
}

/** The status names machines that are there; all that are expected must be healthy. */
function machineHealthCheckHealth(check: Manifest): Health {
  const current = numberAt(check, 'status', 'currentHealthy');
  if (current === undefined) return progressing('Waiting for the machines');
  const expected = numberAt(check, 'status', 'expectedMachines') ?? 0;
  return current === expected ? healthy() : degraded(`${current} of ${expected} machines are healthy`);
}

/** A pool that scales serves. */
function machinePoolHealth(pool: Manifest): Health {
  const health = phaseHealth(pool);
  return textAt(pool, 'status', 'phase') === 'Scaling' ? healthy(health.message) : health;
}

/** Cluster API; what is not here (control planes, infrastructure) keeps Ready. https://cluster-api.sigs.k8s.io/developer/core/controllers/cluster */
export const CLUSTER_API: Readonly<Record<string, HealthRule>> = {
  'cluster.x-k8s.io/Cluster': clusterHealth,
  'cluster.x-k8s.io/Machine': machineHealth,
  'cluster.x-k8s.io/MachineDeployment': machineDeploymentHealth,
  'cluster.x-k8s.io/MachineHealthCheck': machineHealthCheckHealth,
  'cluster.x-k8s.io/MachinePool': machinePoolHealth,
};
