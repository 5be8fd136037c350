import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { BEHIND, countAt, isObserved, textAt } from '../fields.ts';
import { healthy, progressing } from '../verdicts.ts';

/** A new, available pod on every node that should have one. https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/ */
export function daemonSetHealth(set: Manifest): Health {
  if (!isObserved(set)) return progressing(BEHIND);
  const updated = countAt(set, 'status', 'updatedNumberScheduled');
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return healthy(`${updated} new pods are made`);
  const wanted = countAt(set, 'status', 'desiredNumberScheduled');
  const available = countAt(set, 'status', 'numberAvailable');
  if (updated < wanted) return progressing(`Rolling out: ${updated} of ${wanted} new pods are made`);
  if (available < wanted) return progressing(`Rolling out: ${available} of ${wanted} pods are available`);
  return healthy();
}
