import { isList, isMap } from '../json.ts';
import { isKubernetesType, lastFields, type Place } from '../place.ts';

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

/**
 * Fields that are no pointers in the API: the server drops false, 0 and "" there. Not in the list, on purpose: fields
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
  'value',
  'subPath',
  'subPathExpr',
  'medium',
  'nodePort',
  'hostPort',
  'initialDelaySeconds',
  'minReadySeconds',
  'namespace',
  'apiGroup',
]);

/**
 * True for a value that the API server keeps as no value at all at this place: null and the empty list everywhere, the
 * empty map where the API has a map, zeros where the API has no pointer. `emptyDir: {}` is not blank: being there is
 * what it says.
 */
export function isBlank(place: Place, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  const [last] = lastFields(place);
  if (isMap(value)) {
    const empty = Object.values(value).every((child) => child === null || child === undefined);
    return empty && (MAPS.has(last) || (last === 'selector' && place.kind === 'Service'));
  }
  return isKubernetesType(place) && (value === false || value === 0 || value === '') && ZEROS.has(last);
}
