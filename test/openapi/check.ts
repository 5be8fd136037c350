import { readFileSync } from 'node:fs';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

/** One request to GitHub's API and its answer. `path` is without the API's base. */
export interface CheckedExchange {
  readonly method: string;
  readonly path: string;
  /** `?state=open&per_page=100`, or empty. */
  readonly query: string;
  readonly status: number;
  readonly requestBody: unknown;
  readonly responseBody: unknown;
}

interface Operation {
  readonly query?: Readonly<Record<string, AnySchema>>;
  readonly body?: AnySchema;
  readonly bodyRequired?: boolean;
  /** Status → schema; null where the description says nothing about the body. */
  readonly responses: Readonly<Record<string, AnySchema | null>>;
}

interface Subset {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, AnySchema>>;
}

/** Any operation may answer these, whether or not the description lists them; their bodies are errors. */
const COMMON_ERRORS = new Set([400, 401, 403, 404, 409, 422, 429, 500, 502, 503]);

/**
 * Where real answers of GitHub contradict its own description: the place in the subset, and what GitHub really says.
 * - Statuses of deployments have empty texts, no URIs, for the addresses that nobody gave (their default is "").
 * - A label without a description has null there, also in a list of pull requests.
 * - An installation's account is a user or an enterprise; the list of installations asks for both in one.
 * - The body of a pull request may be set to null, which empties it.
 */
const CORRECTIONS: readonly { readonly at: readonly string[]; readonly really: AnySchema }[] = [
  ...['target_url', 'log_url', 'environment_url'].map((property) => ({
    at: ['schemas', 'deployment-status', 'properties', property],
    really: { type: 'string' },
  })),
  {
    at: ['schemas', 'pull-request-simple', 'properties', 'labels', 'items', 'properties', 'description'],
    really: { type: ['string', 'null'] },
  },
  {
    at: ['operations', 'GET /app/installations', 'responses', '200', 'items'],
    really: { $ref: '#/schemas/installation' },
  },
  {
    at: ['operations', 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', 'body', 'properties', 'body'],
    really: { type: ['string', 'null'] },
  },
];

/**
 * The check against GitHub's own OpenAPI description (the subset in github.generated.json): gives a function that takes
 * an exchange and returns what is wrong with it, in words; an empty list when nothing is. It looks at the method and
 * path, the query's names and values, the request's body, and the answer's body by its status.
 */
export function createOpenApiCheck(): (exchange: CheckedExchange) => string[] {
  const subset = readSubset();
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, allowUnionTypes: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'github', schemas: subset.schemas });
  const compiled = new Map<string, ValidateFunction>();
  const find = createFinder(Object.keys(subset.operations));

  function validate(key: string, schema: AnySchema, value: unknown, what: string): string[] {
    let run = compiled.get(key);
    if (run === undefined) {
      run = ajv.compile(withBase(schema));
      compiled.set(key, run);
    }
    if (run(value)) return [];
    return (run.errors ?? []).map((error) => `${what}${error.instancePath} ${error.message ?? 'is not valid'}`);
  }

  return (exchange) => {
    const { method, path, status } = exchange;
    if (path === '/graphql') return [];
    const name = find(method, path);
    const operation = name === undefined ? undefined : subset.operations[name];
    if (name === undefined || operation === undefined)
      return [`${method} ${path}: no operation of GitHub has this method and path`];

    const problems: string[] = [];
    for (const [key, text] of new URLSearchParams(exchange.query)) {
      const schema = operation.query?.[key];
      if (schema === undefined) problems.push(`query parameter ${key} is not known`);
      else
        problems.push(...validate(`${name} query ${key}`, schema, queryValue(schema, text), `query parameter ${key}`));
    }
    // A refused request may be wrong on purpose; what was accepted must have been right.
    if (status < 400) {
      if (exchange.requestBody === undefined || operation.body === undefined) {
        if (operation.bodyRequired === true) problems.push('the request has no body');
      } else {
        problems.push(...validate(`${name} body`, operation.body, exchange.requestBody, 'request'));
      }
    }
    const response = operation.responses[String(status)];
    if (response === undefined && !COMMON_ERRORS.has(status)) problems.push(`answer ${status} is not described`);
    else if (status >= 400) problems.push(...validate('error', ERROR, exchange.responseBody, 'answer'));
    if (response !== undefined && response !== null) {
      problems.push(...validate(`${name} ${status}`, response, exchange.responseBody, 'answer'));
    }
    return problems.map((problem) => `${method} ${path} ${status}: ${problem}`);
  };
}

/** What every error of GitHub has. */
const ERROR: AnySchema = {
  type: 'object',
  required: ['message', 'documentation_url'],
  properties: { message: { type: 'string' }, documentation_url: { type: 'string' } },
};

function readSubset(): Subset {
  const text = readFileSync(new URL('./github.generated.json', import.meta.url), 'utf8');
  const subset: Subset & Record<string, unknown> = JSON.parse(text);
  for (const { at, really } of CORRECTIONS) correct(subset, at, really);
  return subset;
}

/** Puts a schema in its place; a place that is gone means that the description was mended, and the correction can go. */
function correct(within: Record<string, unknown>, [key = '', ...rest]: readonly string[], really: AnySchema): void {
  const inside = within[key];
  if (typeof inside !== 'object' || inside === null) throw new Error(`There is nothing to correct at ${key}.`);
  if (rest.length === 0) within[key] = really;
  else correct(inside as Record<string, unknown>, rest, really);
}

/** The schema with its references pointing into the shared document. */
function withBase(schema: AnySchema): AnySchema {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"github#/');
  const parsed: AnySchema = JSON.parse(text);
  return parsed;
}

/** A query's text as the type that the schema names. */
function queryValue(schema: AnySchema, text: string): unknown {
  const type = typeof schema === 'object' ? schema['type'] : undefined;
  if ((type === 'integer' || type === 'number') && text.trim() !== '') return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Path parameters in which a slash may stand as it is. */
const WITH_SLASHES = new Set(['ref', 'path', 'branch', 'basehead']);

function createFinder(operations: readonly string[]): (method: string, path: string) => string | undefined {
  const literals = (operation: string) => operation.split('/').filter((part) => !part.startsWith('{')).length;
  const patterns = [...operations]
    .sort((a, b) => literals(b) - literals(a))
    .map((operation) => {
      const [method = '', template = ''] = operation.split(' ');
      const source = template.replace(/\{(\w+)\}/g, (_, name: string) =>
        /_(id|number)$/.test(name) ? '\\d+' : WITH_SLASHES.has(name) ? '.+' : '[^/]+',
      );
      return { operation, method, pattern: new RegExp(`^${source}$`) };
    });
  return (method, path) => patterns.find((one) => one.method === method && one.pattern.test(path))?.operation;
}
