import { isKubernetesType, lastFields, type Place } from '../place.ts';

const FIELDS: ReadonlySet<string> = new Set([
  'targetPort',
  'port',
  'maxSurge',
  'maxUnavailable',
  'minAvailable',
  'partition',
]);

/** True where Kubernetes takes a number or a text: there 80 and "80" mean the same. */
export function isIntOrString(place: Place): boolean {
  return isKubernetesType(place) && FIELDS.has(lastFields(place)[0]);
}
