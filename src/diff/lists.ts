import { KEY_DEFAULTS } from '../spec/field-set.ts';
import { canonical, isMap } from './json.ts';
import { lastFields, type Place, type Step } from './place.ts';

/**
 * Lists of built-in kinds that the API server merges item by item, and the keys of their items
 * (`x-kubernetes-list-map-keys` of the Kubernetes API). Every other list is replaced as a whole.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  claims: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  webhooks: ['name'],
  matchConditions: ['name'],
  variables: ['name'],
  ownerReferences: ['uid'],
};

/** How the items of a list are told apart: by keys, by their own value, or by their position only. */
export type ListRule =
  | { readonly type: 'map'; readonly keys: readonly string[] }
  | { readonly type: 'set' }
  | { readonly type: 'atomic' };

/** The rule of the list at a place. */
export function listRule(place: Place): ListRule {
  const [last, parent] = lastFields(place);
  if (last === 'finalizers' && parent === 'metadata') return { type: 'set' };
  if (!place.builtin) return { type: 'atomic' };
  if (last === 'ports') return portsRule(place, parent);
  if (last === 'secrets') return place.kind === 'ServiceAccount' ? { type: 'map', keys: ['name'] } : { type: 'atomic' };
  const keys = LIST_KEYS[last];
  return keys === undefined ? { type: 'atomic' } : { type: 'map', keys };
}

function portsRule(place: Place, parent: string): ListRule {
  if (place.kind === 'Service') return { type: 'map', keys: ['port', 'protocol'] };
  const ofContainer = parent === 'containers' || parent === 'initContainers' || parent === 'ephemeralContainers';
  return ofContainer ? { type: 'map', keys: ['containerPort', 'protocol'] } : { type: 'atomic' };
}

/**
 * One step for each item of a list that tells it from the others, or undefined where only the position does. Items of
 * lists without keys go by a `name` if each has one of its own: so people say which item they mean, whatever its index.
 */
export function identify(place: Place, list: readonly unknown[]): readonly Step[] | undefined {
  const rule = listRule(place);
  if (rule.type === 'set') return list.map((value) => ({ value }));
  const keys = rule.type === 'map' ? rule.keys : ['name'];
  const steps: Step[] = [];
  const seen = new Set<string>();
  for (const item of list) {
    const step = { keys: keysOf(item, keys) };
    const text = canonical(step.keys);
    const unknown = Object.values(step.keys).some((value) => value === undefined || isMap(value));
    if (unknown || seen.has(text)) return undefined;
    seen.add(text);
    steps.push(step);
  }
  return steps;
}

/** The value of each key in a list item, with the default where it has one. */
export function keysOf(item: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const map = isMap(item) ? item : {};
  return Object.fromEntries(keys.map((key) => [key, map[key] ?? KEY_DEFAULTS[key]]));
}
