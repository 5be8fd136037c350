import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { BEHIND, countAt, isObserved, mapAt, numberAt, textAt } from '../fields.ts';
import { healthy, progressing } from '../verdicts.ts';

/**
 * Every pod ready and, for rolling updates, of the new revision. With a `rollingUpdate` block only the pods above the
 * partition are waited for, and revisions are not compared, as in Argo CD.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
 */
export function statefulSetHealth(set: Manifest): Health {
  if (countAt(set, 'status', 'observedGeneration') === 0 || !isObserved(set)) {
    return progressing(BEHIND);
  }
  const wanted = numberAt(set, 'spec', 'replicas');
  const ready = countAt(set, 'status', 'readyReplicas');
  if (wanted !== undefined && ready < wanted) return progressing(`Waiting for pods: ${ready} of ${wanted} are ready`);
  const strategy = mapAt(set, 'spec', 'updateStrategy');
  if (strategy['type'] === 'OnDelete') return healthy(`${ready} pods are ready`);
  const updated = countAt(set, 'status', 'updatedReplicas');
  if (strategy['type'] === 'RollingUpdate' && typeof strategy['rollingUpdate'] === 'object') {
    const partition = numberAt(strategy, 'rollingUpdate', 'partition');
    if (wanted === undefined || partition === undefined || updated >= wanted - partition) return healthy();
    return progressing(`Partitioned rollout: ${updated} of ${wanted - partition} pods are updated`);
  }
  if (textAt(set, 'status', 'updateRevision') !== textAt(set, 'status', 'currentRevision')) {
    return progressing(`Rolling update: ${updated} pods are at the new revision`);
  }
  return healthy();
}
