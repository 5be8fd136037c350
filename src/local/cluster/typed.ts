import { below, emptySet, type FieldSet } from './field-set.ts';
import { isObject, type Json, same, setOwn } from './json.ts';
import { ANY, childSchema, type ListSchema, type Schema } from './schema.ts';

/** What a change of an object did to its fields. */
interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Go structs that are part of their parent even when nobody sets them, so that nobody comes to own the struct itself. */
const ALWAYS_THERE = new Set([
  'f:spec',
  'f:status',
  'f:metadata',
  'f:template',
  'f:strategy',
  'f:updateStrategy',
  'f:jobTemplate',
]);

/** How the items of a list are told apart; undefined for atomic lists. Missing key fields take their default. */
function itemStep(item: unknown, schema: ListSchema): string {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  const keys: Json = {};
  for (const key of [...schema.keys].sort()) {
    const value = (isObject(item) ? item[key] : undefined) ?? schema.keyDefaults[key];
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

function isGranularList(schema: Schema): schema is ListSchema {
  return schema.shape === 'list' && schema.listType !== 'atomic';
}

function isAtomic(schema: Schema, value: unknown): boolean {
  if (isObject(value)) return schema.shape === 'scalar' || (schema.shape === 'object' && schema.atomic);
  if (Array.isArray(value)) return !isGranularList(schema);
  return true;
}

/** The fields that an applied configuration speaks of: what an Apply manager comes to own. */
export function fieldsOf(value: unknown, schema: Schema): FieldSet {
  const set = emptySet();
  addFields(value, schema, set);
  return set;
}

function addFields(value: unknown, schema: Schema, set: FieldSet): void {
  if (isAtomic(schema, value)) {
    set.member = true;
    return;
  }
  if (Array.isArray(value) && isGranularList(schema)) {
    for (const item of value) {
      const child = below(set, itemStep(item, schema));
      addFields(item, schema.items, child);
      child.member = true;
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const child = below(set, `f:${key}`);
    addFields(inner, childSchema(schema, key) ?? ANY, child);
    const named = schema.shape === 'object' && schema.fields().has(key);
    if (!named || inner === null || (isObject(inner) && Object.keys(inner).length === 0)) child.member = true;
  }
}

/** What differs between two versions of an object. */
export function compareTyped(before: unknown, after: unknown, schema: Schema): Comparison {
  const found: Comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  compareInto(before, after, schema, [], found);
  return found;
}

function mark(set: FieldSet, path: readonly string[]): void {
  let at = set;
  for (const step of path) at = below(at, step);
  at.member = true;
}

function compareInto(
  before: unknown,
  after: unknown,
  schema: Schema,
  path: readonly string[],
  found: Comparison,
): void {
  if (before === after) return;
  const sample = after ?? before;
  const blank = (value: unknown) => value === undefined || value === null || isEmptyContainer(value);
  const mixed = before !== undefined && after !== undefined && Array.isArray(before) !== Array.isArray(after);
  if (mixed || isAtomic(schema, sample) || isAtomic(schema, before ?? after) || (blank(before) && blank(after))) {
    compareLeaf(before, after, path, found);
    return;
  }
  if (isGranularList(schema)) compareLists(before, after, schema, path, found);
  else compareObjects(before, after, schema, path, found);
  const last = path.at(-1);
  if (last === undefined || ALWAYS_THERE.has(last)) return;
  if (before === undefined) mark(found.added, path);
  else if (after === undefined) mark(found.removed, path);
}

function isEmptyContainer(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}

function compareLeaf(before: unknown, after: unknown, path: readonly string[], found: Comparison): void {
  if (before === undefined) mark(found.added, path);
  else if (after === undefined) mark(found.removed, path);
  else if (!same(before, after)) mark(found.modified, path);
}

function compareLists(
  before: unknown,
  after: unknown,
  schema: ListSchema,
  path: readonly string[],
  found: Comparison,
): void {
  const old = indexItems(before, schema);
  const now = indexItems(after, schema);
  for (const step of new Set([...old.keys(), ...now.keys()])) {
    compareInto(old.get(step), now.get(step), schema.items, [...path, step], found);
  }
}

function compareObjects(
  before: unknown,
  after: unknown,
  schema: Schema,
  path: readonly string[],
  found: Comparison,
): void {
  const old: Json = isObject(before) ? before : {};
  const now: Json = isObject(after) ? after : {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const was = Object.hasOwn(old, key) ? old[key] : undefined;
    const is = Object.hasOwn(now, key) ? now[key] : undefined;
    compareInto(was, is, childSchema(schema, key) ?? ANY, [...path, `f:${key}`], found);
  }
}

/** Items by the step that names them; of two alike the first counts. */
function indexItems(list: unknown, schema: ListSchema): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (!Array.isArray(list)) return found;
  for (const item of list) {
    const step = itemStep(item, schema);
    if (!found.has(step)) found.set(step, item);
  }
  return found;
}

/**
 * The live object with an applied configuration laid over it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function mergeTyped(live: unknown, config: unknown, schema: Schema): unknown {
  if (isAtomic(schema, config) || live === undefined || live === null) return withoutNulls(config);
  if (Array.isArray(config) && isGranularList(schema)) return mergeLists(live, config, schema);
  if (!isObject(config) || !isObject(live)) return withoutNulls(config);
  const merged: Json = { ...live };
  for (const [key, value] of Object.entries(config)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, mergeTyped(live[key], value, childSchema(schema, key) ?? ANY));
  }
  return merged;
}

/** Configured items in their order; live ones that it does not name stay before the item that they stood before. */
function mergeLists(live: unknown, config: readonly unknown[], schema: ListSchema): readonly unknown[] {
  const old = indexItems(live, schema);
  const named = new Set(config.map((item) => itemStep(item, schema)));
  const waiting = [...old.keys()];
  const merged: unknown[] = [];
  for (const item of config) {
    const step = itemStep(item, schema);
    if (old.has(step)) {
      for (let next = waiting.shift(); next !== undefined && next !== step; next = waiting.shift()) {
        if (!named.has(next)) merged.push(old.get(next));
      }
    }
    merged.push(mergeTyped(old.get(step), item, schema.items));
  }
  for (const step of waiting) if (!named.has(step)) merged.push(old.get(step));
  return merged;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: Json = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== null) setOwn(kept, key, withoutNulls(inner));
  return kept;
}

/**
 * Takes away what a manager applied before and no longer does (`last`), unless somebody still owns it or something
 * below it (`owned`: every manager's fields, the new ones of this manager among them).
 */
export function pruneTyped(value: unknown, schema: Schema, last: FieldSet, owned: FieldSet): unknown {
  if (isAtomic(schema, value)) return value;
  if (Array.isArray(value)) {
    if (!isGranularList(schema)) return value;
    const kept: unknown[] = [];
    for (const item of value) {
      const step = itemStep(item, schema);
      const was = last.children.get(step);
      const still = owned.children.get(step);
      if (was === undefined) kept.push(item);
      else if (still !== undefined) kept.push(pruneTyped(item, schema.items, was, still));
    }
    return kept;
  }
  if (!isObject(value)) return value;
  const kept: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    const was = last.children.get(`f:${key}`);
    const still = owned.children.get(`f:${key}`);
    if (was === undefined) setOwn(kept, key, inner);
    else if (still !== undefined) setOwn(kept, key, pruneTyped(inner, childSchema(schema, key) ?? ANY, was, still));
  }
  return kept;
}
