import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions } from '../by-conditions.ts';
import { BEHIND, isObserved, mapAt } from '../fields.ts';
import { progressing } from '../verdicts.ts';

const readyHealth = byConditions(
  [
    { type: 'Ready', status: 'False', is: 'Degraded' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
    { type: 'Ready', status: 'Unknown', is: 'Progressing' },
  ],
  'Waiting for the controller',
);

/** The operator's own kinds: what it could not install stays so, what it installed may still start. */
const installationHealth = byConditions(
  [
    { type: 'InstallSucceeded', status: 'False', is: 'Degraded' },
    { type: 'DependenciesInstalled', status: 'False', is: 'Degraded' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the deployments',
);

/**
 * Knative's kinds sum their conditions up in Ready: what is not needed to serve (a Revision that is scaled to zero is
 * not Active) does not count. https://github.com/knative/specs/blob/main/specs/serving/knative-api-specification-1.0.md#conditions
 */
export function knativeHealth(resource: Manifest): Health {
  const behind = mapAt(resource, 'status')['observedGeneration'] !== undefined && !isObserved(resource);
  if (behind) return progressing(BEHIND);
  return resource.apiVersion.startsWith('operator.') ? installationHealth(resource) : readyHealth(resource);
}
