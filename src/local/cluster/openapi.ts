import { apiVersionOf } from '../../spec/manifest.ts';
import type { Catalog, Served } from './catalog.ts';
import { isObject, type Json } from './json.ts';
import type { Answer } from './request.ts';
import type { ListSchema, ObjectSchema, Schema } from './schema.ts';

/**
 * Answers `/openapi/v3` and its documents: as much as kubectl reads, which is whether a kind can be validated and dry-run by
 * the server, the merge keys of its lists, and `kubectl explain`. Undefined for other paths.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
export function openApi(catalog: Catalog, path: string): Answer | undefined {
  if (path === '/openapi/v3') {
    const versions = [...new Set(catalog.all().map(pathOf))];
    const paths = Object.fromEntries(versions.map((one) => [one, { serverRelativeURL: `/openapi/v3/${one}` }]));
    return { code: 200, body: { paths } };
  }
  const version = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1];
  if (version === undefined) return undefined;
  const served = catalog.all().filter((one) => pathOf(one) === version);
  return served.length === 0 ? undefined : { code: 200, body: document(served) };
}

function pathOf(served: Served): string {
  return `${served.group === '' ? 'api' : 'apis'}/${apiVersionOf(served)}`;
}

function document(served: readonly Served[]): Json {
  const paths: Json = {};
  const schemas: Json = {};
  for (const one of served) {
    const collection = `/${pathOf(one)}/${one.namespaced ? 'namespaces/{namespace}/' : ''}${one.plural}`;
    const gvk = { group: one.group, version: one.version, kind: one.kind };
    paths[collection] = { post: operation('post', gvk) };
    paths[`${collection}/{name}`] = {
      get: operation('get', gvk),
      put: operation('put', gvk),
      patch: { ...operation('patch', gvk), requestBody: { content: formatsOf(one) } },
    };
    const schema = schemaBody(one.schema, schemas, true);
    schemas[one.type ?? one.kind] = { ...schema, 'x-kubernetes-group-version-kind': [gvk] };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.0' }, paths, components: { schemas } };
}

/** The formats of patches that a kind takes. */
function formatsOf({ custom }: Served): Json {
  const formats = ['apply-patch+yaml', 'json-patch+json', 'merge-patch+json'];
  const all = custom === undefined ? [...formats, 'strategic-merge-patch+json'] : formats;
  return Object.fromEntries(all.map((format) => [`application/${format}`, {}]));
}

function operation(action: string, gvk: Json): Json {
  const names =
    action === 'get' ? [] : ['dryRun', 'fieldManager', 'fieldValidation', ...(action === 'patch' ? ['force'] : [])];
  return {
    operationId: `${action}${String(gvk['kind'])}`,
    parameters: names.map((name) => ({
      name,
      in: 'query',
      schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
    })),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}

/** A schema as OpenAPI; named types go to the components and are referred to, because some hold themselves. */
function schemaBody(schema: Schema, schemas: Json, inline = false): Json {
  switch (schema.shape) {
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true };
    case 'scalar':
      return scalarBody(schema.type);
    case 'list':
      return {
        type: 'array',
        items: schemaBody(schema.items, schemas),
        'x-kubernetes-list-type': schema.listType,
        ...(schema.keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': schema.keys }),
        ...patched(schema),
      };
    case 'object': {
      if (inline || schema.typeName === '') return { ...objectBody(schema, schemas), ...patched(schema) };
      if (!isObject(schemas[schema.typeName])) {
        schemas[schema.typeName] = {};
        schemas[schema.typeName] = objectBody(schema, schemas);
      }
      const reference = { $ref: `#/components/schemas/${schema.typeName}` };
      return schema.patchStrategy === undefined ? reference : { allOf: [reference], ...patched(schema) };
    }
    default:
      return schema satisfies never;
  }
}

/** How a strategic merge patch changes the field. */
function patched(schema: ObjectSchema | ListSchema): Json {
  const { patchStrategy } = schema;
  if (patchStrategy === undefined) return {};
  const key = schema.shape === 'list' && patchStrategy.startsWith('merge') ? schema.keys[0] : undefined;
  return {
    'x-kubernetes-patch-strategy': patchStrategy,
    ...(key === undefined ? {} : { 'x-kubernetes-patch-merge-key': key }),
  };
}

function objectBody(schema: ObjectSchema, schemas: Json): Json {
  const properties = [...schema.fields()].map(([name, field]) => [name, schemaBody(field, schemas)] as const);
  return {
    type: 'object',
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(schema.rest === undefined ? {} : { additionalProperties: schemaBody(schema.rest, schemas) }),
    ...(schema.required.length === 0 ? {} : { required: schema.required }),
    ...(schema.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}

function scalarBody(type: string): Json {
  switch (type) {
    case 'int32':
    case 'int64':
      return { type: 'integer', format: type };
    case 'double':
      return { type: 'number', format: 'double' };
    case 'boolean':
      return { type: 'boolean' };
    case 'intstr':
      return {
        'x-kubernetes-int-or-string': true,
        format: 'int-or-string',
        oneOf: [{ type: 'integer' }, { type: 'string' }],
      };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'byte':
      return { type: 'string', format: 'byte' };
    default:
      return { type: 'string' };
  }
}
