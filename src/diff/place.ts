import type { KnownField } from '../spec/customisations.ts';
import { matchesGlob } from '../spec/glob.ts';
import { groupOf, type Manifest } from '../spec/manifest.ts';

/** One step into a manifest: a field, or a list item by its keys, its value (sets) or its index. */
export type Step =
  | { readonly field: string }
  | { readonly keys: Readonly<Record<string, unknown>> }
  | { readonly value: unknown }
  | { readonly index: number };

/** Where in a manifest a comparison stands, and in a manifest of which kind. */
export interface Place {
  readonly kind: string;
  /** A kind of Kubernetes itself: for those we know which lists have keys and which fields are quantities. */
  readonly builtin: boolean;
  readonly steps: readonly Step[];
  /** The fields among the steps, without list items: `['spec', 'containers', 'image']`. */
  readonly fields: readonly string[];
  /** Fields of this custom kind that hold types of Kubernetes itself: `spec.template.spec` → `core/v1/PodSpec`. */
  readonly known: ReadonlyMap<string, string>;
  /** The type of Kubernetes that the place is, or lies in, if it is known. */
  readonly type?: string;
}

/** The root of a manifest. `known` are the settings' `knownTypeFields`, of all kinds. */
export function rootOf(manifest: Pick<Manifest, 'apiVersion' | 'kind'>, known: readonly KnownField[] = []): Place {
  const group = groupOf(manifest.apiVersion);
  // Kubernetes' own groups have no dot (apps, batch) or end in k8s.io; custom kinds need a domain
  const builtin = !group.includes('.') || group.endsWith('.k8s.io');
  const own = known.filter((one) => matchesGlob(one.group, group) && matchesGlob(one.kind, manifest.kind));
  const types = new Map(own.map(({ field, type }) => [field, type]));
  return { kind: manifest.kind, builtin, steps: [], fields: [], known: types };
}

/** The place one step further in. */
export function into(place: Place, step: Step): Place {
  if (!('field' in step)) return { ...place, steps: [...place.steps, step] };
  const fields = [...place.fields, step.field];
  const type = place.known.size === 0 ? undefined : place.known.get(fields.join('.'));
  return { ...place, steps: [...place.steps, step], fields, ...(type === undefined ? {} : { type }) };
}

/** Whether Kubernetes' own types are here: scalars are then written back in Kubernetes' spelling. */
export function isKubernetesType({ builtin, type }: Place): boolean {
  return builtin || type !== undefined;
}

/** Maps of text that mean something to people and programs only: the API server keeps their values as they are. */
const FREE: ReadonlySet<string> = new Set([
  'annotations',
  'labels',
  'matchLabels',
  'nodeSelector',
  'data',
  'stringData',
  'binaryData',
  'parameters',
  'options',
  'volumeAttributes',
]);

/** Whether a place is a value of such a map (`data.sizeLimit` of a ConfigMap), or lies in the schema of a custom kind. */
export function isFree(place: Place): boolean {
  const [, parent] = lastFields(place);
  const isSelector = parent === 'selector' && (place.kind === 'Service' || place.kind === 'ReplicationController');
  return (FREE.has(parent) && isKubernetesMap(place)) || isSelector || place.fields.includes('openAPIV3Schema');
}

/** A custom kind may call a field of its own `options` or `data`. */
function isKubernetesMap(place: Place): boolean {
  const [, parent] = lastFields(place);
  return place.builtin || parent === 'annotations' || parent === 'labels' || place.type !== undefined;
}

/** The last field on the way to a place, and the one before it; '' where there is none. */
export function lastFields(place: Place): readonly [last: string, parent: string] {
  return [place.fields.at(-1) ?? '', place.fields.at(-2) ?? ''];
}

/** `spec.template.spec.containers[name=web].image`; field names that are no plain words are quoted in brackets. */
export function pathText(steps: readonly Step[]): string {
  let text = '';
  for (const step of steps) {
    if ('field' in step) text += fieldText(step.field, text === '');
    else if ('keys' in step) text += `[${keysText(step.keys)}]`;
    else if ('value' in step) text += `[${String(step.value)}]`;
    else text += `[${step.index}]`;
  }
  return text;
}

function fieldText(field: string, first: boolean): string {
  if (!/^[\w-]+$/.test(field)) return `[${JSON.stringify(field)}]`;
  return first ? field : `.${field}`;
}

function keysText(keys: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(keys);
  // TCP is what a port without a protocol means, so it says nothing
  const told = entries.filter(([key, value]) => !(key === 'protocol' && value === 'TCP') || entries.length === 1);
  return told.map(([key, value]) => `${key}=${String(value)}`).join(',');
}
