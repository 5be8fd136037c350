import { apiError, badRequest } from './api-error.ts';
import type { Served } from './catalog.ts';
import { isObject, type Json, setOwn } from './json.ts';
import { canonicalQuantity } from './quantity.ts';
import { ANY, childSchema, type ObjectSchema, type ScalarSchema, type Schema } from './schema.ts';

/** A body as the server understood it. */
export interface Decoded {
  /** Only known fields, no nulls, quantities in their canonical form. */
  readonly object: Json;
  /** Paths that the schema does not know: `spec.foo`. */
  readonly unknown: readonly string[];
}

/**
 * Reads an object as the server's decoder does: what the kind does not have is dropped and told, what has the wrong type is refused.
 * Fields of unknown kinds pass as they are.
 */
export function decode(served: Served, body: Json): Decoded {
  const unknown: string[] = [];
  const read = readValue(body, served.schema, '', served.schema.typeName || served.kind, { served, unknown });
  return { object: isObject(read) ? read : {}, unknown };
}

interface Reading {
  readonly served: Served;
  readonly unknown: string[];
}

function readValue(value: unknown, schema: Schema, path: string, struct: string, reading: Reading): unknown {
  if (schema.shape === 'any') return value;
  if (schema.shape === 'scalar') return readScalar(value, schema, path, struct, reading);
  if (schema.shape === 'list') {
    if (!Array.isArray(value)) return mismatch(value, path, struct, `[]${goType(schema.items)}`, reading);
    return value.map((item, index) => readValue(item, schema.items, `${path}[${index}]`, struct, reading));
  }
  if (!isObject(value)) return mismatch(value, path, struct, goType(schema), reading);
  return readObject(value, schema, path, schema.typeName || struct, reading);
}

function readObject(value: Json, schema: ObjectSchema, path: string, struct: string, reading: Reading): Json {
  const kept: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    const known = childSchema(schema, key);
    const at = path === '' ? key : `${path}.${key}`;
    // Go names the map, not its key, when a plain value of it has the wrong type.
    const told = known === schema.rest && known?.shape === 'scalar' ? path : at;
    if (known === undefined) reading.unknown.push(at);
    else if (inner === null) {
      if (reading.served.custom !== undefined && known === ANY) setOwn(kept, key, null);
    } else if (!isOmitted(inner, known, at, reading)) setOwn(kept, key, readValue(inner, known, told, struct, reading));
  }
  return kept;
}

/** Go leaves empty maps and lists out when it writes an object (`omitempty`); the rules of a role are the exception that people meet. */
function isOmitted(value: unknown, schema: Schema, path: string, reading: Reading): boolean {
  if (reading.served.custom !== undefined && !path.startsWith('metadata')) return false;
  if (schema.shape === 'list') return Array.isArray(value) && value.length === 0 && path !== 'rules';
  const isMap = schema.shape === 'object' && schema.rest !== undefined && schema.fields().size === 0;
  return isMap && isObject(value) && Object.keys(value).length === 0;
}

function readScalar(value: unknown, schema: ScalarSchema, path: string, struct: string, reading: Reading): unknown {
  const custom = reading.served.custom !== undefined && !path.startsWith('metadata');
  switch (schema.type) {
    case 'quantity': {
      const text = typeof value === 'number' ? String(value) : value;
      if (typeof text !== 'string') return mismatch(value, path, struct, 'resource.Quantity', reading);
      const canonical = canonicalQuantity(text);
      if (canonical !== undefined) return canonical;
      throw badRequest(
        `${heading(reading)}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      );
    }
    case 'boolean':
      return typeof value === 'boolean' || custom ? value : mismatch(value, path, struct, 'bool', reading);
    case 'int32':
    case 'int64':
      return Number.isInteger(value) || custom ? value : mismatch(value, path, struct, schema.type, reading);
    case 'double':
      return typeof value === 'number' || custom ? value : mismatch(value, path, struct, 'float64', reading);
    case 'intstr':
      return typeof value === 'number' || typeof value === 'string' || custom
        ? value
        : mismatch(value, path, struct, 'intstr.IntOrString', reading);
    case 'byte':
      return readBytes(value, path, struct, reading);
    case 'time':
    case 'string':
      return typeof value === 'string' || custom ? value : mismatch(value, path, struct, 'string', reading);
    default:
      return schema.type satisfies never;
  }
}

function readBytes(value: unknown, path: string, struct: string, reading: Reading): unknown {
  if (typeof value !== 'string') return mismatch(value, path, struct, '[]uint8', reading);
  const plain = value.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/=]/.exec(plain);
  const padded = /^[^=]*={0,2}$/.test(plain) && plain.length % 4 === 0;
  if (wrong === null && padded) return plain;
  const at = wrong?.index ?? (plain.includes('=') ? plain.indexOf('=') : plain.length - (plain.length % 4));
  throw badRequest(`${heading(reading)}: illegal base64 data at input byte ${at}`);
}

function heading(reading: Reading): string {
  const { kind, version } = reading.served;
  return `${kind} in version "${version}" cannot be handled as a ${kind}`;
}

function mismatch(value: unknown, path: string, struct: string, type: string, reading: Reading): unknown {
  // Custom resources are not Go structs: their types are judged by the validation of their own schema.
  if (reading.served.custom !== undefined && !path.startsWith('metadata')) return value;
  const what = Array.isArray(value) ? 'array' : value === true || value === false ? 'bool' : typeof value;
  const given = typeof value === 'number' && type.startsWith('int') ? `number ${value}` : what;
  const field = path.replaceAll(/\[\d+\]/g, '');
  throw badRequest(
    `${heading(reading)}: json: cannot unmarshal ${given} into Go struct field ${struct}.${field} of type ${type}`,
  );
}

function goType(schema: Schema): string {
  switch (schema.shape) {
    case 'any':
      return 'interface {}';
    case 'list':
      return `[]${goType(schema.items)}`;
    case 'object':
      return schema.typeName === '' ? `map[string]${goType(schema.rest ?? ANY)}` : `v1.${schema.typeName}`;
    case 'scalar':
      return schema.type === 'boolean' ? 'bool' : schema.type;
    default:
      return schema satisfies never;
  }
}

/** How a request wants unknown fields treated. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads `?fieldValidation=`; the server's default is Warn. */
export function readFieldValidation(given: string | null): FieldValidation {
  if (given === null || given === '') return 'Warn';
  if (given === 'Strict' || given === 'Warn' || given === 'Ignore') return given;
  throw apiError(
    422,
    'Invalid',
    `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "${given}": supported values: "Ignore", "Strict", "Warn"`,
  );
}
