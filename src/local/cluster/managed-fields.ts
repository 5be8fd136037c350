import { apiError } from './api-error.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  pathsOf,
  toFieldsV1,
  union,
} from './field-set.ts';
import { isObject, type Json, listAt, objectAt, textAt } from './json.ts';
import type { ObjectSchema } from './schema.ts';
import { compareTyped, fieldsOf, mergeTyped, pruneTyped } from './typed.ts';

/** Who writes: a manager is its name, its way of writing and the subresource together. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  readonly apiVersion: string;
  /** RFC 3339, seconds. */
  readonly time: string;
}

interface Managed extends Writer {
  readonly fields: FieldSet;
}

/** Every configuration has metadata, though nobody owns the name in it. */
const METADATA: FieldSet = { member: false, children: new Map([['f:metadata', emptySet()]]) };

/** What nobody owns: names the object, or is the server's own. */
const NEVER_OWNED = ['apiVersion', 'kind'];
const NEVER_OWNED_META = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
  'generateName',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

/**
 * Writes down who changed what after an update (POST, PUT, a patch that is no apply): the writer comes to own what it added or modified,
 * the others lose it. Returns the object with its new `metadata.managedFields`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function trackUpdate(live: Json | undefined, next: Json, schema: ObjectSchema, writer: Writer): Json {
  const before = baseManagers(live, next, writer);
  const changes = compareTyped(ownable(live ?? {}), ownable(next), schema);
  const touched = union(union(changes.added, changes.modified), changes.removed);
  const gained = union(changes.added, changes.modified);
  const after: Managed[] = [];
  let own = emptySet();
  let known: Managed | undefined;
  for (const one of before) {
    if (isSameManager(one, writer)) {
      known = one;
      own = one.fields;
    } else {
      const left = difference(one.fields, touched);
      if (!isEmptySet(left)) after.push({ ...one, fields: left });
    }
  }
  const fields = union(difference(own, changes.removed), gained);
  if (!isEmptySet(fields)) {
    const unchanged = known !== undefined && isEmptySet(touched);
    after.push({ ...writer, fields, time: unchanged && known !== undefined ? known.time : writer.time });
  }
  return withManagers(next, after);
}

/**
 * Server-side apply: lays the configuration over the live object, takes away what this manager applied before and no longer
 * does, and refuses (409) to change what others own, unless forced.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
export function applyTyped(
  live: Json | undefined,
  config: Json,
  schema: ObjectSchema,
  writer: Writer,
  force: boolean,
): Json {
  const managers = live === undefined ? [] : decodeManagers(live);
  const others = managers.filter((one) => !isSameManager(one, writer));
  if (live !== undefined && managers.length === 0) others.push(beforeFirstApply(live, schema, writer));
  const last = managers.find((one) => isSameManager(one, writer));
  const fields = fieldsOf(ownable(config), schema);
  const merged = mergeTyped(live ?? {}, config, schema);
  const owned = others.reduce((all, one) => union(all, one.fields), union(fields, METADATA));
  const pruned = last === undefined ? merged : pruneTyped(merged, schema, last.fields, owned);
  const object: Json = isObject(pruned) ? pruned : {};
  const changes = compareTyped(ownable(live ?? {}), ownable(object), schema);
  const touched = union(changes.added, changes.modified);
  const conflicts = others
    .map((one) => ({ ...one, fields: intersection(one.fields, touched) }))
    .filter((one) => !isEmptySet(one.fields));
  if (conflicts.length > 0 && !force && !mayUpgrade(live, writer, conflicts, schema)) throw conflictError(conflicts);
  const lost = union(touched, changes.removed);
  const after = others
    .map((one) => ({ ...one, fields: difference(one.fields, lost) }))
    .filter((one) => !isEmptySet(one.fields));
  // An apply that changes no value has no time of its own: the entry keeps its last one, or has none.
  const quiet = live !== undefined && isEmptySet(lost);
  if (!isEmptySet(fields)) after.push({ ...writer, fields, time: quiet ? (last?.time ?? '') : writer.time });
  return withManagers(object, after);
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * `kubectl apply --server-side` takes over what `kubectl apply` wrote before, without a conflict: the fields of its last-applied annotation.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#migrating-between-client-side-and-server-side-apply
 */
function mayUpgrade(
  live: Json | undefined,
  writer: Writer,
  conflicts: readonly Managed[],
  schema: ObjectSchema,
): boolean {
  const written = textAt(live, 'metadata', 'annotations', LAST_APPLIED);
  if (writer.manager !== 'kubectl' || written === '') return false;
  const last = parsed(written);
  if (!isObject(last)) return false;
  const allowed = fieldsOf(ownable(last), schema);
  return conflicts.every((one) => isEmptySet(difference(one.fields, allowed)));
}

/** An annotation is anybody's to write; what is no JSON allows nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object that nobody has managed yet belongs to `before-first-apply`, so that a first apply cannot take it silently. */
function beforeFirstApply(live: Json, schema: ObjectSchema, writer: Writer): Managed {
  const fields = compareTyped({}, ownable(live), schema).added;
  return { ...writer, manager: 'before-first-apply', operation: 'Update', subresource: '', fields };
}

function conflictError(conflicts: readonly Managed[]): Error {
  const causes = conflicts.flatMap((one) =>
    pathsOf(one.fields).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(one)}`,
      field,
    })),
  );
  const first = causes[0];
  if (causes.length === 1 && first !== undefined) {
    const message = `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
    return apiError(409, 'Conflict', message, { causes });
  }
  const lines = [...conflicts]
    .sort((a, b) => (managerText(a) < managerText(b) ? -1 : 1))
    .flatMap((one) => [`conflicts with ${managerText(one)}:`, ...pathsOf(one.fields).map((path) => `- ${path}`)]);
  const message = `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return apiError(409, 'Conflict', message, { causes });
}

function managerText(one: Managed): string {
  const name = JSON.stringify(one.manager);
  const told = one.subresource === '' ? name : `${name} with subresource ${JSON.stringify(one.subresource)}`;
  return one.operation === 'Update' ? `${told} using ${one.apiVersion}` : told;
}

function isSameManager(a: Writer, b: Writer): boolean {
  const version = a.operation === 'Apply' || a.apiVersion === b.apiVersion;
  return a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource && version;
}

/**
 * A PUT or patch of the object itself may bring managedFields of its own, as kubectl does to migrate; a list with one empty entry clears
 * them. Through a subresource they are not taken.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
 */
function baseManagers(live: Json | undefined, next: Json, writer: Writer): readonly Managed[] {
  const written = listAt(next, 'metadata', 'managedFields');
  const kept = live === undefined ? [] : decodeManagers(live);
  if (writer.subresource !== '' || written.length === 0) return kept;
  const [only] = written;
  if (written.length === 1 && isObject(only) && Object.keys(only).length === 0) return [];
  return decodeManagers(next);
}

function decodeManagers(object: Json): readonly Managed[] {
  return listAt(object, 'metadata', 'managedFields').map((entry) => ({
    manager: textAt(entry, 'manager'),
    operation: textAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
    subresource: textAt(entry, 'subresource'),
    apiVersion: textAt(entry, 'apiVersion'),
    time: textAt(entry, 'time'),
    fields: fromFieldsV1(isObject(entry) ? entry['fieldsV1'] : undefined),
  }));
}

/** Apply managers first, then by time, as the server sorts them. */
function withManagers(object: Json, managers: readonly Managed[]): Json {
  const sorted = [...managers].sort(
    (a, b) => compareText(a.operation, b.operation) || compareText(a.time, b.time) || compareText(a.manager, b.manager),
  );
  const { managedFields: _dropped, ...metadata } = objectAt(object, 'metadata');
  if (sorted.length === 0) return { ...object, metadata };
  const managedFields = sorted.map((one) => ({
    manager: one.manager,
    operation: one.operation,
    apiVersion: one.apiVersion,
    ...(one.time === '' ? {} : { time: one.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(one.fields),
    ...(one.subresource === '' ? {} : { subresource: one.subresource }),
  }));
  return { ...object, metadata: { ...metadata, managedFields } };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function ownable(object: Json): Json {
  const kept: Json = { ...object };
  for (const field of NEVER_OWNED) delete kept[field];
  // The rules of a role that nobody wrote.
  if (kept['rules'] === null) delete kept['rules'];
  if (isObject(kept['metadata'])) {
    const metadata: Json = { ...kept['metadata'] };
    for (const field of NEVER_OWNED_META) delete metadata[field];
    if (Object.keys(metadata).length > 0) kept['metadata'] = metadata;
    else delete kept['metadata'];
  }
  return kept;
}
