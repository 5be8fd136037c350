import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { type Fields, mapAt, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy } from '../verdicts.ts';

/**
 * Istio's configuration: Degraded when istiod's analysis found an error in it (status is written where
 * `istiod` runs with status turned on); a warning is told, and counts as healthy.
 * https://istio.io/latest/docs/ops/configuration/mesh/config-resource-ready/ https://istio.io/latest/docs/reference/config/analysis/
 */
export function istioHealth(resource: Manifest): Health | undefined {
  if (Object.keys(mapAt(resource, 'status')).length === 0) return undefined;
  const messages = mapsAt(resource, 'status', 'validationMessages');
  const errors = messages.filter((one) => textAt(one, 'level').toUpperCase() === 'ERROR');
  if (errors.length > 0) return degraded(errors.map(told).join('; '));
  return healthy(messages.map(told).join('; '));
}

function told(message: Fields): string {
  const code = textAt(message, 'type', 'code');
  const name = textAt(message, 'type', 'name');
  const where = textAt(message, 'documentationUrl');
  return [[code, name].filter((part) => part !== '').join(' '), where].filter((part) => part !== '').join(': ');
}
