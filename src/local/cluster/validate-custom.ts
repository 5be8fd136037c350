import type { Cause } from './api-error.ts';
import { invalidValue, required, unsupported } from './causes.ts';
import { isObject, type Json, listAt, objectAt, same, valueAt } from './json.ts';

/**
 * Checks a custom resource against its `openAPIV3Schema`: types, required fields, enums, patterns and bounds.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
export function validateCustom(object: Json, openApi: unknown): readonly Cause[] {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object;
  return check(rest, openApi, '', true);
}

function check(value: unknown, schema: unknown, path: string, root = false): readonly Cause[] {
  if (!isObject(schema)) return [];
  if (value === null && schema['nullable'] === true) return [];
  const wrong = root ? undefined : wrongType(value, schema);
  if (wrong !== undefined) {
    // The server shows the type that came, not the value.
    const shown = JSON.stringify(typeName(value));
    return [
      {
        reason: 'FieldValueTypeInvalid',
        message: `Invalid value: ${shown}: ${path} in body must be of type ${wrong}: ${shown}`,
        field: path,
      },
    ];
  }
  const causes: Cause[] = [...valueCauses(value, schema, path)];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) causes.push(...check(item, schema['items'], `${path}[${index}]`));
  }
  if (!isObject(value)) return causes;
  const properties = objectAt(schema, 'properties');
  for (const name of listAt(schema, 'required').map(String)) {
    if (root && (name === 'apiVersion' || name === 'kind' || name === 'metadata')) continue;
    if (value[name] === undefined) causes.push(required(path === '' ? name : `${path}.${name}`));
  }
  for (const [name, inner] of Object.entries(value)) {
    causes.push(
      ...check(inner, properties[name] ?? schema['additionalProperties'], path === '' ? name : `${path}.${name}`),
    );
  }
  return causes;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function wrongType(value: unknown, schema: Json): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return undefined;
  const type = schema['type'];
  const fits =
    type === 'integer'
      ? Number.isInteger(value)
      : type === 'number'
        ? typeof value === 'number'
        : type === 'string' || type === 'boolean'
          ? typeof value === type
          : type === 'array'
            ? Array.isArray(value)
            : type === 'object'
              ? isObject(value)
              : true;
  return fits ? undefined : String(type);
}

function valueCauses(value: unknown, schema: Json, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  const allowed = schema['enum'];
  if (Array.isArray(allowed) && !allowed.some((one) => same(one, value))) {
    causes.push(unsupported(path, value, allowed.map(String)));
  }
  const pattern = schema['pattern'];
  if (typeof value === 'string' && typeof pattern === 'string' && !new RegExp(pattern).test(value)) {
    causes.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  }
  const minimum = valueAt(schema, 'minimum');
  if (typeof value === 'number' && typeof minimum === 'number' && value < minimum) {
    causes.push(invalidValue(path, value, `${path} in body should be greater than or equal to ${minimum}`));
  }
  const maximum = valueAt(schema, 'maximum');
  if (typeof value === 'number' && typeof maximum === 'number' && value > maximum) {
    causes.push(invalidValue(path, value, `${path} in body should be less than or equal to ${maximum}`));
  }
  return causes;
}
