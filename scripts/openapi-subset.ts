import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * Cuts the operations that trimtab uses out of GitHub's OpenAPI description: names, types, what is required, enums and
 * what may be null; no prose, no examples. The description is 385 MB as a package, so it is no dependency; to renew:
 *
 *     npm install --prefix TEMPORARY-FOLDER @octokit/openapi@23.0.2
 *     node scripts/openapi-subset.ts --from TEMPORARY-FOLDER/node_modules/@octokit/openapi/generated/api.github.com.json
 */

import { OPERATIONS } from '../test/openapi/operations.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** What a schema loses: words for people, and marks that say nothing about validity. */
const DROPPED = new Set(['description', 'example', 'examples', 'title', 'externalDocs', 'deprecated', 'default']);

const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });
if (values.from === undefined) throw new Error('Say where the description is: --from PATH/api.github.com.json');

const description = asObject(JSON.parse(await readFile(values.from, 'utf8')));
const components = asObject(asObject(description['components'] ?? null)['schemas'] ?? null);
const wanted = new Set<string>();
const operations: Record<string, Json> = {};
for (const operation of OPERATIONS) operations[operation] = cutOperation(operation);

const schemas: Record<string, Json> = {};
for (const name of wanted) schemas[name] = cutSchema(components[name] ?? {}); // the set grows while it is walked
const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
const version = asObject(description['info'] ?? null)['version'] ?? null;
const subset = { description: 'GitHub REST API', version, operations, schemas: sorted };
await writeFile(values.to ?? new URL('../test/openapi/github.generated.json', import.meta.url), `${compact(subset)}\n`);

function cutOperation(operation: string): Json {
  const [method = '', path = ''] = operation.split(' ');
  const item = asObject(asObject(description['paths'] ?? null)[path] ?? null);
  const found = item[method.toLowerCase()];
  if (found === undefined) throw new Error(`GitHub's description has no operation ${operation}`);
  const source = asObject(found);
  const parameters = asArray(source['parameters']).map((one) => resolve(one));
  const query = parameters.filter((one) => one['in'] === 'query');
  const body = source['requestBody'] === undefined ? undefined : resolve(source['requestBody']);
  const bodySchema = body === undefined ? undefined : jsonSchemaOf(body);
  const responses = Object.entries(asObject(source['responses'] ?? null)).map(([status, response]): [string, Json] => {
    const schema = jsonSchemaOf(resolve(response));
    return [status, schema === undefined ? null : cutSchema(schema)];
  });
  return {
    ...(query.length === 0
      ? {}
      : { query: Object.fromEntries(query.map((one) => [String(one['name']), cutSchema(one['schema'] ?? {})])) }),
    ...(bodySchema === undefined ? {} : { body: cutSchema(bodySchema), bodyRequired: body?.['required'] === true }),
    responses: Object.fromEntries(responses),
  };
}

/** The JSON schema of a request's or response's content, also where GitHub calls it `application/scim+json` and the like. */
function jsonSchemaOf(part: JsonObject): Json | undefined {
  const content = asObject(part['content'] ?? {});
  const json = content['application/json'] ?? Object.entries(content).find(([type]) => type.includes('json'))?.[1];
  return json === undefined ? undefined : asObject(json)['schema'];
}

/**
 * A schema without words, as JSON Schema: references become `#/schemas/NAME` (and NAME is wanted, too), OpenAPI 3.0's
 * `nullable` becomes the type null.
 */
function cutSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(cutSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const cut: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') {
      const name = String(value).split('/').at(-1) ?? '';
      wanted.add(name);
      cut[key] = `#/schemas/${name}`;
    } else if (key === 'properties' || key === 'patternProperties') {
      // Names of properties are no keywords: a property may well be called "description".
      cut[key] = Object.fromEntries(Object.entries(asObject(value)).map(([name, one]) => [name, cutSchema(one)]));
    } else if (key === 'enum' || key === 'required') {
      cut[key] = value;
    } else if (!DROPPED.has(key) && key !== 'nullable' && !key.startsWith('x-')) {
      cut[key] = cutSchema(value);
    }
  }
  return asObject(schema)['nullable'] === true ? nullable(cut) : cut;
}

function nullable(schema: JsonObject): JsonObject {
  const { type } = schema;
  const plain = typeof type === 'string' && schema['enum'] === undefined;
  return plain ? { ...schema, type: [type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

function resolve(part: Json): JsonObject {
  const object = asObject(part);
  const ref = object['$ref'];
  if (typeof ref !== 'string') return object;
  let found: Json = description;
  for (const name of ref.slice(2).split('/')) found = asObject(found)[name] ?? null;
  return asObject(found);
}

/** One line an operation and a schema, so that a renewed description can be read as a diff. */
function compact(subset: JsonObject): string {
  const lines = (of: Json) =>
    Object.entries(asObject(of)).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const block = (name: string) => `  "${name}": {\n${lines(subset[name] ?? {}).join(',\n')}\n  }`;
  const head = ['description', 'version'].map((name) => `  "${name}": ${JSON.stringify(subset[name])}`);
  return `{\n${[...head, block('operations'), block('schemas')].join(',\n')}\n}`;
}

function asArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: Json): JsonObject {
  if (typeof value !== 'object' || value === null || isArray(value))
    throw new Error('The description is not as expected: an object was due.');
  return value;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
