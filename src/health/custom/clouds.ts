import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, READY } from '../by-conditions.ts';
import { BEHIND, isBehind, mapAt, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

const readyOrWhy = byConditions(
  [
    { type: 'Ready', status: 'True', is: 'Healthy' },
    {
      type: 'Ready',
      status: 'not True',
      reason: /^(UpdateFailed|DependencyNotFound|DependencyInvalid)$/,
      is: 'Degraded',
    },
    { type: 'Ready', status: 'not True', reason: /^DependencyNotReady$/, is: 'Suspended' },
    { type: 'Ready', status: 'not True', is: 'Progressing' },
  ],
  'Waiting for Config Connector',
);

/** Google's Config Connector says in the reason what its Ready waits for. https://cloud.google.com/config-connector/docs/how-to/monitoring-your-resources */
export function configConnectorHealth(resource: Manifest): Health {
  const installed = mapAt(resource, 'status')['healthy'];
  if (isBehind(resource)) return progressing(BEHIND);
  if (typeof installed === 'boolean') return installed ? healthy() : degraded(`The ${resource.kind} is not healthy`);
  return readyOrWhy(resource);
}

/** AWS Controllers for Kubernetes: Terminal is what no retry mends. https://aws-controllers-k8s.github.io/community/docs/user-docs/resource-crud/ */
export const awsControllerHealth: (resource: Manifest) => Health = byConditions(
  [
    { type: 'ACK.Terminal', status: 'True', is: 'Degraded' },
    { type: 'Ready', status: 'not True', is: 'Progressing' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
    { type: 'ACK.ResourceSynced', status: 'not True', is: 'Progressing' },
    { type: 'ACK.ResourceSynced', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the resource to be made',
);

/** Azure Service Operator: the severity of a Ready that is False says whether it passes. https://azure.github.io/azure-service-operator/design/resource-states/ */
export const azureOperatorHealth: (resource: Manifest) => Health = byConditions(
  [
    { type: 'Ready', status: 'True', is: 'Healthy' },
    { type: 'Ready', status: 'False', severity: /^Error$/, is: 'Degraded' },
    { type: 'Ready', status: 'not True', is: 'Progressing' },
  ],
  'Waiting for the operator',
);

function managedCertificateHealth(certificate: Manifest): Health {
  const failed = mapsAt(certificate, 'status', 'domainStatus').find((one) => /^Failed/.test(textAt(one, 'status')));
  if (failed !== undefined) return degraded(`${textAt(failed, 'domain')}: ${textAt(failed, 'status')}`);
  const status = textAt(certificate, 'status', 'certificateStatus');
  return status === 'Active' ? healthy() : progressing(status || 'Waiting for the certificate');
}

/** https://karpenter.sh/docs/concepts/nodeclaims/ */
const karpenterHealth = byConditions(
  [{ type: 'Disrupting', status: 'True', is: 'Suspended' }, ...READY],
  'Waiting for Karpenter',
);

/** What stands for something in a cloud. */
export const CLOUDS: Readonly<Record<string, HealthRule>> = {
  'networking.gke.io/ManagedCertificate': managedCertificateHealth,
  'karpenter.k8s.aws/EC2NodeClass': karpenterHealth,
  'karpenter.sh/NodeClaim': (claim) => (isBehind(claim) ? progressing(BEHIND) : karpenterHealth(claim)),
  'karpenter.sh/NodePool': karpenterHealth,
};
