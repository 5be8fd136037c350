import type { ManagedFieldsEntry } from '../spec/manifest.ts';
import { canonical, isList, isMap, type JsonMap } from './json.ts';
import { keysOf } from './lists.ts';
import type { Step } from './place.ts';

/**
 * `fieldsV1` of managedFields, read: `f:name` is a field, `k:{"name":"web"}` a list item by its keys, `v:"x"` an item by
 * its value, `.` the thing itself; `{}` owns everything below.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export type FieldSet = JsonMap;

const NOTHING: FieldSet = {};

/** The fields below a field, or undefined when nothing there is owned. */
export function fieldIn(fields: FieldSet, field: string): FieldSet | undefined {
  return child(fields, `f:${field}`);
}

/** The fields of the list item, or undefined when nothing of it is owned. */
export function itemIn(fields: FieldSet, item: unknown): FieldSet | undefined {
  for (const name of Object.keys(fields)) {
    if (name.startsWith('v:') && canonical(parsed(name)) === canonical(item)) return child(fields, name);
    if (name.startsWith('k:') && isMap(item)) {
      const keys = parsed(name);
      if (isMap(keys) && canonical(keysOf(item, Object.keys(keys))) === canonical(keys)) return child(fields, name);
    }
  }
  return undefined;
}

/** True when a field set owns a thing as a whole, with whatever is in it. */
export function isWhole(fields: FieldSet): boolean {
  return Object.keys(fields).every((name) => name === '.');
}

/** The keys that name an item of `k:` in a field set: an item cannot be told apart without them. */
export function keyNames(fields: FieldSet): ReadonlySet<string> {
  const names = Object.keys(fields).filter((name) => name.startsWith('k:'));
  return new Set(names.flatMap((name) => Object.keys(parsed(name) ?? {})));
}

/** What of a value is owned; undefined when nothing is. */
export function ownedPart(value: unknown, fields: FieldSet): unknown {
  if (isMap(value)) {
    if (Object.keys(fields).length === 0) return value;
    const entries = Object.entries(value).flatMap(([field, item]) => {
      const below = fieldIn(fields, field);
      const part = below === undefined ? undefined : ownedPart(item, below);
      return part === undefined ? [] : [[field, part] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (isList(value) && !isWhole(fields)) {
    const items = value.flatMap((item) => {
      const below = itemIn(fields, item);
      const part = below === undefined ? undefined : ownedPart(item, below);
      return part === undefined ? [] : [part];
    });
    return items.length === 0 ? undefined : items;
  }
  return value ?? undefined;
}

/** Who wrote the live value at a place, and when: the latest manager that owns it, or the list or map that it is part of. */
export function ownerOf(
  entries: readonly ManagedFieldsEntry[],
  steps: readonly Step[],
): { readonly manager?: string; readonly at?: string } {
  const owners = entries
    .filter((entry) => entry.subresource !== 'status' && owns(entry.fieldsV1 ?? NOTHING, steps))
    .sort((a, b) => compareText(b.time ?? '', a.time ?? '') || compareText(a.manager ?? '', b.manager ?? ''));
  const [owner] = owners;
  return {
    ...(owner?.manager === undefined ? {} : { manager: owner.manager }),
    ...(owner?.time === undefined ? {} : { at: owner.time }),
  };
}

function owns(fields: FieldSet, steps: readonly Step[]): boolean {
  let at = fields;
  for (const [depth, step] of steps.entries()) {
    const below = stepIn(at, step);
    // {} owns everything below it: a list that is replaced as a whole, a field that is one value
    if (below === undefined) return depth > 0 && Object.keys(at).length === 0;
    at = below;
  }
  return true;
}

function stepIn(fields: FieldSet, step: Step): FieldSet | undefined {
  if ('field' in step) return fieldIn(fields, step.field);
  if ('keys' in step) return itemIn(fields, step.keys);
  if ('value' in step) return itemIn(fields, step.value);
  return undefined;
}

function child(fields: FieldSet, name: string): FieldSet | undefined {
  if (!Object.hasOwn(fields, name)) return undefined;
  const below = fields[name];
  return isMap(below) ? below : NOTHING;
}

function parsed(name: string): unknown {
  try {
    return JSON.parse(name.slice(2));
  } catch {
    // A cluster's own record; what we cannot read owns nothing that we know
    return undefined;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
