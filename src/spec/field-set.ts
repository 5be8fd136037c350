/**
 * `fieldsV1` of managedFields, read: `f:name` is a field, `k:{"name":"web"}` a list item by its keys, `v:"x"` an item by
 * its value, `.` the thing itself; `{}` owns everything below.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export type FieldSet = Readonly<Record<string, unknown>>;

/** What a key of a list item means where the item does not give it. */
export const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

const NOTHING: FieldSet = {};

/** The fields below a field, or undefined when nothing there is owned. */
export function fieldIn(fields: FieldSet, field: string): FieldSet | undefined {
  return child(fields, `f:${field}`);
}

/** The fields of the list item, or undefined when nothing of it is owned. */
export function itemIn(fields: FieldSet, item: unknown): FieldSet | undefined {
  for (const name of Object.keys(fields)) {
    if (name.startsWith('v:') && parsed(name) === item) return child(fields, name);
    if (name.startsWith('k:') && isFields(item)) {
      const keys = parsed(name);
      if (isFields(keys) && Object.entries(keys).every(([key, value]) => (item[key] ?? KEY_DEFAULTS[key]) === value)) {
        return child(fields, name);
      }
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
  if (isFields(value)) {
    if (Object.keys(fields).length === 0) return value;
    const entries = Object.entries(value).flatMap(([field, item]) => {
      const below = fieldIn(fields, field);
      const part = below === undefined ? undefined : ownedPart(item, below);
      return part === undefined ? [] : [[field, part] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (Array.isArray(value) && !isWhole(fields)) {
    const items = value.flatMap((item: unknown) => {
      const below = itemIn(fields, item);
      const part = below === undefined ? undefined : ownedPart(item, below);
      return part === undefined ? [] : [part];
    });
    return items.length === 0 ? undefined : items;
  }
  return value ?? undefined;
}

/** What either of two field sets has. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const both = Object.keys(b).map((name) => {
    const [left, right] = [a[name], b[name]];
    return [name, isFields(left) && isFields(right) ? union(left, right) : right] as const;
  });
  return { ...a, ...Object.fromEntries(both) };
}

function child(fields: FieldSet, name: string): FieldSet | undefined {
  if (!Object.hasOwn(fields, name)) return undefined;
  const below = fields[name];
  return isFields(below) ? below : NOTHING;
}

function isFields(value: unknown): value is FieldSet {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(name: string): unknown {
  try {
    return JSON.parse(name.slice(2));
  } catch {
    // A cluster's own record; what we cannot read owns nothing that we know
    return undefined;
  }
}
