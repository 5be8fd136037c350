import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { BEHIND, conditionOf, countAt, isObserved, mapAt, numberAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended } from '../verdicts.ts';

/** Rolled out, and every new pod available. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
export function deploymentHealth(deployment: Manifest): Health {
  const { metadata } = deployment;
  if (mapAt(deployment, 'spec')['paused'] === true) return suspended('The Deployment is paused');
  if (!isObserved(deployment)) return progressing(BEHIND);
  if (conditionOf(deployment, 'Progressing')?.['reason'] === 'ProgressDeadlineExceeded') {
    return degraded(`Deployment ${metadata.name ?? ''} exceeded its progress deadline`);
  }
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 0;
  const updated = countAt(deployment, 'status', 'updatedReplicas');
  const all = countAt(deployment, 'status', 'replicas');
  const available = countAt(deployment, 'status', 'availableReplicas');
  if (updated < wanted) return progressing(`Rolling out: ${updated} of ${wanted} new pods are made`);
  if (all > updated) return progressing(`Rolling out: ${all - updated} old pods are still to end`);
  if (available < updated) return progressing(`Rolling out: ${available} of ${updated} new pods are available`);
  return healthy();
}
