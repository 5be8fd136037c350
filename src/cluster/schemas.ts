import { apiVersionOf } from '../spec/manifest.ts';
import type { ApiKind } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Connection } from './connection.ts';
import { type Json, record } from './json.ts';
import type { Shape } from './three-way.ts';

/** How the kinds of a server are patched. */
export interface Schemas {
  /**
   * The shape of a kind that takes strategic merge patches; undefined for one that does not (custom kinds). Throws Problem
   * `unsupported` for a server that does not say it.
   */
  shapeOf(kind: ApiKind): Promise<Shape | undefined>;
}

/** A field that leads on to a type, or that says how it is patched. */
interface Field {
  /** The type of the object, of the list's items, or of the map's values. */
  readonly of: string | undefined;
  readonly isMapOf: boolean;
  readonly strategies: readonly string[];
  readonly mergeKey: string | undefined;
}

/** What is kept of a group version's document, which may be megabytes: no plain field, no description. */
interface Known {
  readonly types: ReadonlyMap<string, ReadonlyMap<string, Field>>;
  /** The types of the kinds that take strategic merge patches. */
  readonly kinds: ReadonlyMap<string, string>;
}

/**
 * Asks a server's OpenAPI v3, one document a group version and only when somebody applies client-side: merge keys are the
 * server's to say, kubectl asks there as well. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
export function createSchemas(connection: Connection): Schemas {
  const asked = new Map<string, Promise<Known>>();

  function known(apiVersion: string): Promise<Known> {
    const kept = asked.get(apiVersion);
    if (kept !== undefined) return kept;
    const answer = ask(connection, apiVersion);
    asked.set(apiVersion, answer);
    answer.catch(() => asked.delete(apiVersion));
    return answer;
  }

  return {
    shapeOf: async (kind) => {
      // Kubernetes' own groups have no dot (apps, batch) or end in k8s.io; custom kinds take no strategic patch
      if (kind.group.includes('.') && !kind.group.endsWith('.k8s.io')) return undefined;
      const { types, kinds } = await known(apiVersionOf(kind));
      const type = kinds.get(kind.kind);
      return type === undefined ? undefined : shapeOfType(types, type);
    },
  };
}

async function ask(connection: Connection, apiVersion: string): Promise<Known> {
  const answer = await connection.send({
    method: 'GET',
    path: `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`,
    expect: [404],
    subject: { doing: `say how ${apiVersion} is patched` },
  });
  if (answer.status === 404) {
    throw new Problem(
      'unsupported',
      `Cluster ${connection.cluster} has no OpenAPI v3 of ${apiVersion}, which says how lists are merged by client-side apply.`,
      { fix: 'Take ServerSideApply=false away, or update the cluster to Kubernetes 1.27.' },
    );
  }
  const schemas = record(record(record(answer.body)['components'])['schemas']);
  const strategic = strategicKinds(record(record(answer.body)['paths']));
  return {
    types: new Map(Object.entries(schemas).map(([name, schema]) => [name, fieldsOf(record(schema))])),
    kinds: new Map(
      Object.entries(schemas).flatMap(([name, schema]) =>
        kindsIn(record(schema)['x-kubernetes-group-version-kind'], apiVersion)
          .filter((kind) => strategic.has(kind))
          .map((kind) => [kind, name] as const),
      ),
    ),
  };
}

const STRATEGIC = 'application/strategic-merge-patch+json';

function strategicKinds(paths: Json): ReadonlySet<string> {
  const patches = Object.values(paths).map((path) => record(record(path)['patch']));
  const fitting = patches.filter((patch) => STRATEGIC in record(record(patch['requestBody'])['content']));
  return new Set(fitting.map((patch) => String(record(patch['x-kubernetes-group-version-kind'])['kind'])));
}

/** Some types of a document (DeleteOptions) are of many group versions. */
function kindsIn(written: unknown, apiVersion: string): readonly string[] {
  return (Array.isArray(written) ? written : [])
    .map(record)
    .filter(({ group, version }) => apiVersionOf({ group: String(group), version: String(version) }) === apiVersion)
    .map(({ kind }) => String(kind));
}

function fieldsOf(schema: Json): ReadonlyMap<string, Field> {
  return new Map(
    Object.entries(record(schema['properties'])).flatMap(([name, property]) => {
      const field = fieldOf(record(property));
      return field.of === undefined && field.strategies.length === 0 ? [] : [[name, field] as const];
    }),
  );
}

function fieldOf(property: Json): Field {
  const values = record(property['additionalProperties']);
  const of = typeIn(property) ?? typeIn(record(property['items'])) ?? typeIn(values);
  const strategy = property['x-kubernetes-patch-strategy'];
  const mergeKey = property['x-kubernetes-patch-merge-key'];
  return {
    of,
    isMapOf: typeIn(values) !== undefined,
    strategies: typeof strategy === 'string' ? strategy.split(',') : [],
    mergeKey: typeof mergeKey === 'string' ? mergeKey : undefined,
  };
}

/** A reference to a type, or one in an `allOf` of it alone, beside which a default may stand. */
function typeIn(property: Json): string | undefined {
  const all = Array.isArray(property['allOf']) ? property['allOf'].map(record) : [];
  const reference = [property, ...all].map((one) => one['$ref']).find((one) => typeof one === 'string');
  return reference?.slice('#/components/schemas/'.length);
}

function shapeOfType(types: Known['types'], type: string | undefined, how?: Field): Shape {
  const { strategies = [], mergeKey, isMapOf = false } = how ?? {};
  return {
    strategies,
    ...(mergeKey === undefined ? {} : { mergeKey }),
    field: (name) => {
      if (type === undefined) return undefined;
      if (isMapOf) return shapeOfType(types, type);
      const field = types.get(type)?.get(name);
      return field === undefined ? undefined : shapeOfType(types, field.of, field);
    },
    item: () => shapeOfType(types, type),
  };
}
