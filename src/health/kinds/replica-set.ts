import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { BEHIND, conditionOf, countAt, isObserved, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/** Every pod available. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/replica-set-v1/#ReplicaSetStatus */
export function replicaSetHealth(set: Manifest): Health {
  if (!isObserved(set)) return progressing(BEHIND);
  const failure = conditionOf(set, 'ReplicaFailure');
  if (failure?.['status'] === 'True') return degraded(textAt(failure, 'message'));
  const wanted = numberAt(set, 'spec', 'replicas') ?? 0;
  const available = countAt(set, 'status', 'availableReplicas');
  if (available < wanted) return progressing(`Waiting for pods: ${available} of ${wanted} are available`);
  return healthy();
}
