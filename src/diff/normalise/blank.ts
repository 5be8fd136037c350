import { isList, isMap } from '../json.ts';
import { isFree, isKubernetesType, lastFields, type Place } from '../place.ts';

/** Fields that are maps (not structs) in the API: the server drops them when they are empty. */
const MAPS: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'matchLabels',
  'nodeSelector',
  'limits',
  'requests',
  'data',
  'binaryData',
  'parameters',
]);

/** Parts of which nothing is said by being there: empty they mean what absent means, whichever the server keeps. */
const PARTS: ReadonlySet<string> = new Set([
  'resources',
  'securityContext',
  'affinity',
  'strategy',
  'updateStrategy',
  'lifecycle',
  'dnsConfig',
  'metadata',
]);

/** Texts that are pointers in the API: empty they say something (no class at all), absent they ask for the default. */
const TELLING: ReadonlySet<string> = new Set([
  'storageClassName',
  'ingressClassName',
  'volumeAttributesClassName',
  'loadBalancerClass',
  'runtimeClassName',
]);

/**
 * Fields that are no pointers in the API: the server drops false and 0 there. Not in the list, on purpose: fields
 * whose absence means something else than their zero (`automountServiceAccountToken`, `allowPrivilegeEscalation`).
 */
const ZEROS: ReadonlySet<string> = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'stdin',
  'stdinOnce',
  'tty',
  'readOnly',
  'paused',
  'publishNotReadyAddresses',
  'preserveUnknownFields',
  'unschedulable',
  'nodePort',
  'hostPort',
  'initialDelaySeconds',
  'minReadySeconds',
  'priority',
]);

/**
 * True for a value that the API server keeps as no value at all at this place: null and the empty list everywhere, the
 * empty map where the API has a map, zeros and the empty text where the API has no pointer. `emptyDir: {}` is not blank:
 * being there is what it says; nor is what stands in a ConfigMap, a label or a schema.
 */
export function isBlank(place: Place, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  const isScalar = value === '' || value === false || value === 0;
  if ((!isMap(value) && !isScalar) || isFree(place)) return false;
  const [last] = lastFields(place);
  if (isMap(value)) {
    const empty = Object.values(value).every((child) => child === null || child === undefined);
    const isMapOfService = last === 'selector' && place.kind === 'Service';
    return empty && (MAPS.has(last) || isMapOfService || (PARTS.has(last) && isKubernetesType(place)));
  }
  const field = place.steps.at(-1);
  if (!isKubernetesType(place) || field === undefined || !('field' in field)) return false;
  return value === '' ? !TELLING.has(last) : ZEROS.has(last);
}
