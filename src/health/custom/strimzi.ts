import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions } from '../by-conditions.ts';

const readyHealth = byConditions(
  [
    { type: 'ReconciliationPaused', status: 'True', is: 'Suspended' },
    // A new Kafka cluster is NotReady because it is being created, and passes on
    { type: 'NotReady', status: 'True', reason: /^Creating$/, is: 'Progressing' },
    { type: 'NotReady', status: 'True', is: 'Degraded' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
    { type: 'ProposalReady', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the operator',
);

/** Strimzi: Ready and NotReady are two conditions. https://strimzi.io/docs/operators/latest/deploying#con-custom-resources-status-str */
export function strimziHealth(resource: Manifest): Health {
  return readyHealth(resource);
}
