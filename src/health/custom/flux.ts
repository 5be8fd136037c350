import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type ConditionLine, metLine } from '../by-conditions.ts';
import { BEHIND, countAt, isObserved, mapAt, textAt } from '../fields.ts';
import { healthy, progressing, suspended } from '../verdicts.ts';

/** An ImagePolicy is not Ready while it reads the repository for the first time. */
const FIRST_READ: readonly ConditionLine[] = [
  {
    type: 'Reconciling',
    status: 'True',
    reason: /^(NewGeneration|AccessingRepository|ApplyingPolicy)$/,
    is: 'Progressing',
  },
];

const readyHealth = byConditions(
  [
    { type: 'Stalled', status: 'True', is: 'Degraded' },
    { type: 'Ready', status: 'False', is: 'Degraded' },
    { type: 'Reconciling', status: 'True', is: 'Progressing' },
    { type: 'Ready', status: 'Unknown', is: 'Progressing' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
  ],
  'Waiting for its first reconciliation',
);

/**
 * Flux' kinds keep the conventions of kstatus, and can be suspended. A Ready that is False while it is tried again is
 * Degraded: the last attempt failed. https://fluxcd.io/flux/components/kustomize/kustomizations/#conditions
 */
export function fluxHealth(resource: Manifest): Health {
  if (mapAt(resource, 'spec')['suspend'] === true) return suspended(`The ${resource.kind} is suspended`);
  if (isStatic(resource)) return healthy();
  // -1: never tried to the end; what it says of its first attempt counts
  const behind = countAt(resource, 'status', 'observedGeneration') > 0 && !isObserved(resource);
  if (behind) return progressing(BEHIND);
  const first = resource.kind === 'ImagePolicy' ? metLine(FIRST_READ, resource) : undefined;
  return first ?? readyHealth(resource);
}

/** Objects that are only read by others: no controller writes a status for them. */
function isStatic(resource: Manifest): boolean {
  if (resource.kind === 'HelmRepository') return textAt(resource, 'spec', 'type') === 'oci';
  const isNotification = resource.kind === 'Alert' || resource.kind === 'Provider';
  return isNotification && Object.keys(mapAt(resource, 'status')).length === 0;
}
