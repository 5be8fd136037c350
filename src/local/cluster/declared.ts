import { isObject, type Json } from './json.ts';
import { childSchema, type ListSchema, type ScalarSchema, type Schema } from './schema.ts';

/**
 * What server-side apply finds wrong with a configuration before anything else looks at it: fields that the schema does not
 * declare, values of another type, two items of one key. In its words, a line each:
 * `.spec.replicas: expected numeric (int or float), got string`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function undeclared(value: unknown, schema: Schema, path = ''): readonly string[] {
  if (value === null || value === undefined || schema.shape === 'any') return [];
  if (schema.shape === 'scalar') return scalarFaults(value, schema, path);
  if (schema.shape === 'list') {
    if (!Array.isArray(value)) return [`${path}: expected list, got &{${goText(value)}}`];
    return listFaults(value, schema, path);
  }
  if (!isObject(value)) return [`${path}: expected map, got &{${goText(value)}}`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = childSchema(schema, key);
    return known === undefined
      ? [`${path}.${key}: field not declared in schema`]
      : undeclared(inner, known, `${path}.${key}`);
  });
}

function listFaults(items: readonly unknown[], schema: ListSchema, path: string): readonly string[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyText(item, schema);
    const twice = key !== undefined && seen.has(key);
    if (key !== undefined) seen.add(key);
    const faults = undeclared(item, schema.items, `${path}${key ?? `[${index}]`}`);
    return twice ? [`${path}: duplicate entries for key ${key}`, ...faults] : faults;
  });
}

/** `[name="web"]`, or `[="blue"]` in a set; undefined where items have no identity. */
function keyText(item: unknown, schema: ListSchema): string | undefined {
  if (schema.listType === 'atomic') return undefined;
  if (schema.listType === 'set') return isObject(item) ? undefined : `[=${JSON.stringify(item)}]`;
  if (!isObject(item)) return undefined;
  const parts = [...schema.keys].sort().map((key) => [key, item[key] ?? schema.keyDefaults[key]] as const);
  const written = parts.filter(([, value]) => value !== undefined);
  if (written.length === 0) return undefined;
  return `[${written.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}

/** Quantities, times and int-or-string take any scalar here; what reads them afterwards judges the rest. */
function scalarFaults(value: unknown, { type }: ScalarSchema, path: string): readonly string[] {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: expected boolean, got &{${goText(value)}}`];
    case 'int32':
    case 'int64':
    case 'double':
      return typeof value === 'number' ? [] : [`${path}: expected numeric (int or float), got ${goType(value)}`];
    case 'string':
    case 'byte':
      return typeof value === 'string'
        ? []
        : [`${path}: expected string, got &value.valueUnstructured{Value:${goText(value)}}`];
    default:
      return isObject(value) || Array.isArray(value) ? [`${path}: expected any scalar, got &{${goText(value)}}`] : [];
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A value as Go prints it. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries<unknown>(value satisfies Json).map(([key, inner]) => `${key}:${goText(inner)}`);
  return `map[${entries.sort().join(' ')}]`;
}
