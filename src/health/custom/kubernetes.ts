import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, said } from '../by-conditions.ts';
import { conditionsOf } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/** A definition whose names are taken, or whose schema the API server can't use, is never served. */
const definitionHealth = byConditions(
  [
    { type: 'Terminating', status: 'True', is: 'Progressing' },
    { type: 'NamesAccepted', status: 'False', is: 'Degraded' },
    { type: 'NonStructuralSchema', status: 'True', is: 'Degraded' },
    { type: 'Established', status: 'True', is: 'Healthy' },
    { type: 'Established', status: 'False', reason: /^Installing$/, is: 'Progressing' },
    { type: 'Established', status: 'not True', is: 'Degraded' },
  ],
  'Waiting for the API server to serve it',
);

/** A budget that allows no disruption now (InsufficientPods) does what it is for. https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
function disruptionBudgetHealth(budget: Manifest): Health {
  const conditions = conditionsOf(budget);
  const failed = conditions.find(({ status, reason }) => status === 'False' && reason !== 'InsufficientPods');
  if (failed !== undefined) return degraded(said(failed));
  return conditions.length === 0 ? progressing('Waiting for the controller') : healthy();
}

/** A snapshot that can't be taken says why in its error. https://kubernetes.io/docs/concepts/storage/volume-snapshots/ */
function snapshotHealth(snapshot: Manifest): Health {
  const status = snapshot['status'] as { error?: { message?: unknown }; readyToUse?: unknown } | undefined;
  if (status?.error !== undefined && status.error !== null) return degraded(String(status.error.message ?? ''));
  return status?.readyToUse === true ? healthy() : progressing('Waiting for the snapshot');
}

/** Kinds of Kubernetes' own projects that Argo CD judges by script. */
export const KUBERNETES: Readonly<Record<string, HealthRule>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': definitionHealth,
  'policy/PodDisruptionBudget': disruptionBudgetHealth,
  'snapshot.storage.k8s.io/VolumeSnapshot': snapshotHealth,
  'snapshot.storage.k8s.io/VolumeSnapshotContent': snapshotHealth,
};
