import { isObject, type Json, listAt, objectAt, valueAt } from './json.ts';
import { isAtomicMap, isAtomicType, listTypeOf, patchStrategyOf } from './list-keys.ts';
import table from './schema.generated.json' with { type: 'json' };

/** What is known of the shape of a value: enough to merge it, to own its fields and to find unknown ones. */
export type Schema = ObjectSchema | ListSchema | ScalarSchema | AnySchema;

/** An object with named fields, or with values of one kind under any key (`rest`), or both. */
export interface ObjectSchema {
  readonly shape: 'object';
  /** Name of the Go struct, for the server's messages; '' where there is none. */
  readonly typeName: string;
  readonly fields: () => ReadonlyMap<string, Schema>;
  /** Schema of keys that are not fields; undefined when there must be none. */
  readonly rest: Schema | undefined;
  readonly atomic: boolean;
  readonly required: readonly string[];
  /** `x-kubernetes-patch-strategy`, where the field that holds it has one. */
  readonly patchStrategy?: string;
}

export interface ListSchema {
  readonly shape: 'list';
  readonly items: Schema;
  readonly listType: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** What a missing key field stands for: ports without a protocol are TCP. */
  readonly keyDefaults: Json;
  /** `x-kubernetes-patch-strategy`; a list without `merge` is replaced by a strategic merge patch. */
  readonly patchStrategy?: string;
}

export interface ScalarSchema {
  readonly shape: 'scalar';
  readonly type: 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'intstr' | 'time' | 'byte' | 'quantity';
}

/** Nothing is known: maps merge key by key, lists are atomic. */
export interface AnySchema {
  readonly shape: 'any';
}

export const ANY: AnySchema = { shape: 'any' };
const NO_FIELDS: ReadonlyMap<string, Schema> = new Map();
const types: Readonly<Record<string, string | undefined>> = table;
const built = new Map<string, ObjectSchema>();

/** Maps whose values are resource quantities, which may be written as numbers. */
const QUANTITY_MAPS = new Set(['limits', 'requests', 'capacity', 'allocatable', 'hard', 'used', 'overhead', 'default']);

/** The schema of a built-in type (`V1Deployment`); undefined when the table does not hold it. Built once, on first use. */
export function builtInSchema(type: string): ObjectSchema | undefined {
  const line = types[type];
  if (line === undefined) return undefined;
  const known = built.get(type);
  if (known !== undefined) return known;
  const entries = line === '' ? [] : line.split(',').map((entry) => entry.split(':') as [string, string]);
  let fields: ReadonlyMap<string, Schema> | undefined;
  const schema: ObjectSchema = {
    shape: 'object',
    typeName: type.replace(/^(Core|Events|Rbac|Discovery|Admissionregistration|Apiextensions)?V\d+/, ''),
    fields: () => {
      fields ??= new Map(
        entries.map(([name, written]) => {
          const field = name.replace('!', '');
          return [field, fieldSchema(type, field, written)];
        }),
      );
      return fields;
    },
    rest: undefined,
    atomic: isAtomicType(type),
    required: entries.filter(([name]) => name.endsWith('!')).map(([name]) => name.slice(0, -1)),
  };
  built.set(type, schema);
  return schema;
}

function fieldSchema(type: string, field: string, written: string): Schema {
  const schema = plainSchema(type, field, written);
  const patchStrategy = patchStrategyOf(type, field);
  const isPatched = patchStrategy !== '' && (schema.shape === 'object' || schema.shape === 'list');
  return isPatched ? { ...schema, patchStrategy } : schema;
}

function plainSchema(type: string, field: string, written: string): Schema {
  if (written.startsWith('[')) {
    const { listType, keys } = listTypeOf(type, field);
    const items = fieldSchema(type, field, written.slice(1, -1));
    return { shape: 'list', items, listType, keys, keyDefaults: keys.includes('protocol') ? { protocol: 'TCP' } : {} };
  }
  if (written.startsWith('{')) {
    const inner = written.slice(1, -1);
    const quantity = inner === 'string' && QUANTITY_MAPS.has(field);
    const rest: Schema = quantity ? { shape: 'scalar', type: 'quantity' } : fieldSchema(type, field, inner);
    return mapSchema(rest, isAtomicMap(type, field));
  }
  if (written === 'any') return ANY;
  if (types[written] === undefined) return { shape: 'scalar', type: scalarType(field, written) };
  // Types refer to themselves (JSONSchemaProps), so their fields are only looked up when somebody asks.
  return builtInSchema(written) ?? ANY;
}

function scalarType(field: string, written: string): ScalarSchema['type'] {
  switch (written) {
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'double':
    case 'intstr':
    case 'time':
    case 'byte':
      return written;
    default:
      return field === 'sizeLimit' || field === 'averageValue' || field === 'divisor' ? 'quantity' : 'string';
  }
}

function mapSchema(rest: Schema, atomic: boolean): ObjectSchema {
  return { shape: 'object', typeName: '', fields: () => NO_FIELDS, rest, atomic, required: [] };
}

/**
 * The schema that a CustomResourceDefinition gives in `openAPIV3Schema`, with the ObjectMeta that the server adds.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function customSchema(openApi: unknown, kind: string): ObjectSchema {
  const inner = openApiSchema(openApi);
  const own = inner.shape === 'object' ? inner.fields() : NO_FIELDS;
  const fields = new Map<string, Schema>(own)
    .set('apiVersion', { shape: 'scalar', type: 'string' })
    .set('kind', { shape: 'scalar', type: 'string' })
    .set('metadata', builtInSchema('V1ObjectMeta') ?? ANY);
  const rest = inner.shape === 'object' ? inner.rest : ANY;
  return { shape: 'object', typeName: kind, fields: () => fields, rest, atomic: false, required: [] };
}

function openApiSchema(openApi: unknown): Schema {
  const type = valueAt(openApi, 'type');
  const open = valueAt(openApi, 'x-kubernetes-preserve-unknown-fields') === true;
  if (valueAt(openApi, 'x-kubernetes-int-or-string') === true) return { shape: 'scalar', type: 'intstr' };
  if (valueAt(openApi, 'x-kubernetes-embedded-resource') === true && open) return ANY;
  if (type === 'array') {
    const listType = valueAt(openApi, 'x-kubernetes-list-type');
    return {
      shape: 'list',
      items: openApiSchema(valueAt(openApi, 'items')),
      listType: listType === 'map' || listType === 'set' ? listType : 'atomic',
      keys: listAt(openApi, 'x-kubernetes-list-map-keys').map(String),
      keyDefaults: defaultsOf(valueAt(openApi, 'items')),
    };
  }
  if (type === 'object') {
    const properties = Object.entries(objectAt(openApi, 'properties'));
    const additional = valueAt(openApi, 'additionalProperties');
    if (properties.length === 0 && additional === undefined && open) return ANY;
    const fields = new Map(properties.map(([name, schema]) => [name, openApiSchema(schema)]));
    return {
      shape: 'object',
      typeName: '',
      fields: () => fields,
      rest: isObject(additional) ? openApiSchema(additional) : open || additional === true ? ANY : undefined,
      atomic: valueAt(openApi, 'x-kubernetes-map-type') === 'atomic',
      required: listAt(openApi, 'required').map(String),
    };
  }
  if (type === 'integer') return { shape: 'scalar', type: 'int64' };
  if (type === 'number') return { shape: 'scalar', type: 'double' };
  if (type === 'boolean') return { shape: 'scalar', type: 'boolean' };
  if (type === 'string') return { shape: 'scalar', type: 'string' };
  return ANY;
}

function defaultsOf(items: unknown): Json {
  const found: Json = {};
  for (const [name, schema] of Object.entries(objectAt(items, 'properties'))) {
    const value = valueAt(schema, 'default');
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The schema below a key of an object; undefined when the key is unknown there. */
export function childSchema(schema: Schema, key: string): Schema | undefined {
  if (schema.shape === 'any') return ANY;
  if (schema.shape !== 'object') return undefined;
  return schema.fields().get(key) ?? schema.rest;
}
