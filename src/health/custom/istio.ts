import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { type Fields, mapAt, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, unknown } from '../verdicts.ts';

/**
 * Istio's configuration: Degraded when istiod's analysis found an error in it (status is written where
 * `istiod` runs with status turned on); a warning is told, and counts as healthy.
 * https://istio.io/latest/docs/ops/configuration/mesh/config-resource-ready/ https://istio.io/latest/docs/reference/config/analysis/
 */
export function istioHealth(resource: Manifest): Health | undefined {
  if (resource.kind === 'IstioOperator') return installationHealth(resource);
  if (Object.keys(mapAt(resource, 'status')).length === 0) return undefined;
  const messages = mapsAt(resource, 'status', 'validationMessages');
  const errors = messages.filter((one) => textAt(one, 'level').toUpperCase() === 'ERROR');
  if (errors.length > 0) return degraded(errors.map(told).join('; '));
  return healthy(messages.map(told).join('; '));
}

/** What installs Istio says one word, or its number. https://istio.io/v1.22/docs/reference/config/istio.operator.v1alpha1/ */
function installationHealth(operator: Manifest): Health {
  const { status } = mapAt(operator, 'status');
  const word = typeof status === 'number' ? ['NONE', 'UPDATING', 'RECONCILING', 'HEALTHY', 'ERROR'][status] : status;
  if (word === 'HEALTHY') return healthy();
  if (word === 'ERROR') return degraded(textAt(operator, 'status', 'message') || 'A component of Istio failed');
  return word === 'NONE' ? unknown('No component is there') : progressing(String(word ?? 'Waiting for the operator'));
}

function told(message: Fields): string {
  const code = textAt(message, 'type', 'code');
  const name = textAt(message, 'type', 'name');
  const where = textAt(message, 'documentationUrl');
  return [[code, name].filter((part) => part !== '').join(' '), where].filter((part) => part !== '').join(': ');
}
