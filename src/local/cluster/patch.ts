import { apiError, badRequest, invalid } from './api-error.ts';
import { clone, isObject, type Json, same, setOwn } from './json.ts';
import { ANY, childSchema, type Schema } from './schema.ts';

/**
 * JSON merge patch (RFC 7396).
 * https://www.rfc-editor.org/rfc/rfc7396#section-2
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, mergePatch(merged[key], value));
  }
  return merged;
}

/**
 * JSON patch (RFC 6902). Throws 400 for what is no patch, 422 when an operation does not fit the object (or a `test` fails).
 * https://www.rfc-editor.org/rfc/rfc6902#section-4
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  let root: unknown = clone(target);
  for (const operation of patch) root = patchOnce(root, operation);
  return root;
}

function patchOnce(root: unknown, operation: unknown): unknown {
  if (!isObject(operation)) throw badRequest('error decoding patch: an operation must be an object');
  const path = pointer(operation['path']);
  switch (operation['op']) {
    case 'add':
      return put(root, path, clone(operation['value']), 'add');
    case 'replace':
      read(root, path, 'replace');
      return put(root, path, clone(operation['value']), 'replace');
    case 'remove':
      return drop(root, path);
    case 'move': {
      const from = pointer(operation['from']);
      const value = read(root, from, 'move');
      return put(drop(root, from), path, value, 'add');
    }
    case 'copy':
      return put(root, path, clone(read(root, pointer(operation['from']), 'copy')), 'add');
    case 'test': {
      const found = path.length === 0 || exists(root, path) ? read(root, path, 'test') : null;
      if (!same(found, operation['value'])) throw unfit(`testing path ${String(operation['path'])} failed`);
      return root;
    }
    default:
      throw unfit(`Unexpected kind: ${String(operation['op'])}`);
  }
}

function unfit(message: string): Error {
  return apiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`, {});
}

function pointer(written: unknown): readonly string[] {
  if (typeof written !== 'string') throw badRequest('error decoding patch: an operation lacks its path');
  if (written === '') return [];
  return written
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function exists(root: unknown, path: readonly string[]): boolean {
  let at: unknown = root;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isObject(at) && Object.hasOwn(at, step)) at = at[step];
    else return false;
  }
  return at !== undefined;
}

function read(root: unknown, path: readonly string[], verb: string): unknown {
  if (!exists(root, path)) throw unfit(`${verb} operation does not apply: doc is missing key: /${path.join('/')}`);
  return path.reduce<unknown>(
    (at, step) => (Array.isArray(at) ? at[Number(step)] : isObject(at) ? at[step] : at),
    root,
  );
}

function put(root: unknown, path: readonly string[], value: unknown, verb: 'add' | 'replace'): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(root, path.slice(0, -1), verb);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length)
      throw unfit(`Unable to access invalid index: ${last}`);
    parent.splice(index, verb === 'replace' ? 1 : 0, value);
  } else if (isObject(parent)) setOwn(parent, last, value);
  else throw unfit(`${verb} operation does not apply: doc is missing path: /${path.join('/')}`);
  return root;
}

function drop(root: unknown, path: readonly string[]): unknown {
  read(root, path, 'remove');
  const parent = read(root, path.slice(0, -1), 'remove');
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return root;
}

/**
 * Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item, with its directives
 * `$patch: delete|replace`, `$deleteFromPrimitiveList/…`, `$retainKeys` and `$setElementOrder/…`.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMergePatch(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isObject(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return undefined;
  const retained = patch['$retainKeys'];
  const merged: Json = isObject(target) ? { ...target } : {};
  if (Array.isArray(retained)) for (const key of Object.keys(merged)) if (!retained.includes(key)) delete merged[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else setOwn(merged, key, strategicValue(merged[key], value, childSchema(schema, key) ?? ANY));
  }
  const live = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) applyListDirective(merged, live, key, value, schema);
  return merged;
}

function strategicValue(target: unknown, patch: unknown, schema: Schema): unknown {
  if (Array.isArray(patch)) return strategicList(target, patch, schema);
  if (schema.shape === 'object' && schema.patchStrategy === 'replace') return withoutDirectives(patch);
  return strategicMergePatch(target, patch, schema);
}

function strategicList(target: unknown, patch: readonly unknown[], schema: Schema): unknown {
  if (schema.shape !== 'list' || schema.patchStrategy?.startsWith('merge') !== true || patch.some(isReplace)) {
    return patch.filter((item) => !isReplace(item)).map(withoutDirectives);
  }
  const merged: unknown[] = Array.isArray(target) ? [...target] : [];
  if (schema.listType === 'set') return [...new Set([...merged, ...patch])];
  const key = schema.keys[0] ?? 'name';
  for (const item of patch) {
    if (!isObject(item)) continue;
    if (item[key] === undefined) {
      throw invalid('', '', '', [
        { message: `Invalid value: map: does not contain declared merge key: ${key}`, field: 'patch' },
      ]);
    }
    const index = merged.findIndex((one) => isObject(one) && one[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (index < 0) merged.push(withoutDirectives(item));
    else merged[index] = strategicMergePatch(merged[index], item, schema.items);
  }
  return merged;
}

function isReplace(item: unknown): boolean {
  return isObject(item) && item['$patch'] === 'replace';
}

function applyListDirective(merged: Json, live: Json, key: string, value: unknown, schema: Schema): void {
  const found = /^\$(deleteFromPrimitiveList|setElementOrder)\/(.+)$/.exec(key);
  const field = found?.[2];
  if (field === undefined || !Array.isArray(value)) return;
  const list = merged[field];
  if (!Array.isArray(list)) return;
  if (found?.[1] === 'deleteFromPrimitiveList') {
    merged[field] = list.filter((item) => !value.includes(item));
    return;
  }
  const inner = childSchema(schema, field);
  const mergeKey = inner?.shape === 'list' ? inner.keys[0] : undefined;
  const idOf = (item: unknown): unknown =>
    mergeKey === undefined ? item : isObject(item) ? item[mergeKey] : undefined;
  const before = live[field];
  merged[field] = inOrder(list, value, Array.isArray(before) ? before : [], idOf);
}

/** Items in the order that a patch names; those that it does not stay before the first that came after them. */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  idOf: (item: unknown) => unknown,
): readonly unknown[] {
  const ids = order.map(idOf);
  const named = ids.flatMap((id) => list.filter((item) => idOf(item) === id));
  const others = list.filter((item) => !ids.includes(idOf(item)));
  const place = (item: unknown): number => live.findIndex((one) => idOf(one) === idOf(item));
  const result: unknown[] = [];
  for (const other of others) {
    // One that is new comes as soon as it is its turn
    while (named[0] !== undefined && place(named[0]) < place(other)) result.push(named.shift());
    result.push(other);
  }
  return [...result, ...named];
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isObject(value)) return value;
  const kept: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    if (!key.startsWith('$') && inner !== null) setOwn(kept, key, withoutDirectives(inner));
  }
  return kept;
}
