import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { conditionOf, textAt } from '../fields.ts';
import { healthy, progressing } from '../verdicts.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/#APIServiceStatus */
export function apiServiceHealth(service: Manifest): Health {
  const available = conditionOf(service, 'Available');
  if (available === undefined) return progressing('Waiting for the API server to look at it');
  const message = `${textAt(available, 'reason')}: ${textAt(available, 'message')}`;
  return available['status'] === 'True' ? healthy(message) : progressing(message);
}
