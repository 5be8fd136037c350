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
}

/** The root of a manifest. */
export function rootOf(manifest: Pick<Manifest, 'apiVersion' | 'kind'>): Place {
  const group = groupOf(manifest.apiVersion);
  // Kubernetes' own groups have no dot (apps, batch) or end in k8s.io; custom kinds need a domain
  const builtin = !group.includes('.') || group.endsWith('.k8s.io');
  return { kind: manifest.kind, builtin, steps: [], fields: [] };
}

/** The place one step further in. */
export function into(place: Place, step: Step): Place {
  const fields = 'field' in step ? [...place.fields, step.field] : place.fields;
  return { ...place, steps: [...place.steps, step], fields };
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
