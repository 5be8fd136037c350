import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/cluster/json.ts';
import { type Shape, threeWayPatch } from '../../src/cluster/three-way.ts';
import { mergePatch, strategicMergePatch } from '../../src/local/cluster/patch.ts';
import { ANY, builtInSchema, childSchema, type Schema } from '../../src/local/cluster/schema.ts';

const DEPLOYMENT = builtInSchema('V1Deployment') ?? ANY;

/** What a server says of its schema. */
function shapeOf(schema: Schema): Shape {
  const patched = schema.shape === 'list' || schema.shape === 'object' ? schema.patchStrategy : undefined;
  const mergeKey = schema.shape === 'list' ? schema.keys[0] : undefined;
  return {
    strategies: patched?.split(',') ?? [],
    ...(mergeKey === undefined ? {} : { mergeKey }),
    field: (name) => {
      const child = childSchema(schema, name);
      return child === undefined ? undefined : shapeOf(child);
    },
    item: () => (schema.shape === 'list' ? shapeOf(schema.items) : undefined),
  };
}

const few = fc.constantFrom('a', 'b', 'c');
const texts = fc.dictionary(few, few, { maxKeys: 3 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

function keyed<T extends object>(key: string, item: fc.Arbitrary<T>): fc.Arbitrary<readonly object[]> {
  const items = fc.tuple(few, item).map(([name, rest]): object => ({ ...rest, [key]: name }));
  return fc.uniqueArray(items, { selector: (one) => (one as Record<string, unknown>)[key], maxLength: 3 });
}

const containers = keyed(
  'name',
  fc.record({
    image: few,
    args: maybe(fc.array(few, { maxLength: 2 })),
    env: maybe(keyed('name', fc.record({ value: few }))),
    volumeMounts: maybe(keyed('mountPath', fc.record({ name: few }))),
    resources: maybe(fc.record({ limits: maybe(texts) })),
  }),
);
const volumes = keyed(
  'name',
  fc.oneof(fc.constant({ emptyDir: {} }), fc.record({ configMap: fc.record({ name: few }) })),
);
const strategy = fc.oneof(
  fc.constant({ type: 'Recreate' }),
  fc.record({ type: fc.constant('RollingUpdate'), rollingUpdate: maybe(fc.record({ maxSurge: fc.nat(2) })) }),
);
/** Deployments, as alike as to meet in most of what they say. */
const deployments: fc.Arbitrary<Json> = fc
  .record({
    metadata: fc.record({ labels: maybe(texts), finalizers: maybe(fc.uniqueArray(few, { maxLength: 3 })) }),
    spec: fc.record({
      replicas: maybe(fc.nat(2)),
      strategy: maybe(strategy),
      template: fc.record({ spec: fc.record({ containers, volumes: maybe(volumes), nodeSelector: maybe(texts) }) }),
    }),
  })
  .map((one) => JSON.parse(JSON.stringify(one)) as Json);

/** Every place in a value by its path, with what stands there: items by their key, a list without keys as one. */
function places(value: unknown, schema: Schema, path = ''): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const add = (step: string, inner: unknown, of: Schema): void => {
    found.set(`${path}/${step}`, typeof inner === 'object' && !Array.isArray(inner) ? 'map' : JSON.stringify(inner));
    for (const [at, said] of places(inner, of, `${path}/${step}`)) found.set(at, said);
  };
  if (Array.isArray(value)) {
    if (schema.shape !== 'list' || schema.patchStrategy?.startsWith('merge') !== true) return found;
    const [key] = schema.keys;
    for (const item of value as readonly Json[]) add(String(key === undefined ? item : item[key]), item, schema.items);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const of = childSchema(schema, name) ?? ANY;
      const isMerged = of.shape === 'list' && of.patchStrategy?.startsWith('merge') === true;
      if (isMerged) for (const [at, said] of places(inner, of, `${path}/${name}`)) found.set(at, said);
      add(name, isMerged ? {} : inner, of);
    }
  }
  return found;
}

/** A volume and a strategy are of one type: what others set in it goes with the type. */
const ONE_TYPE = /^\/spec\/strategy\/|^\/spec\/template\/spec\/volumes\/./;

const WAYS = [
  [
    'strategic',
    shapeOf(DEPLOYMENT),
    DEPLOYMENT,
    (live: Json, patch: Json) => strategicMergePatch(live, patch, DEPLOYMENT),
  ],
  ['merge', undefined, ANY, (live: Json, patch: Json) => mergePatch(live, patch)],
] as const;

// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation
describe.each(WAYS)('a three-way %s patch', (_way, shape, schema, merge) => {
  const patchOf = (before: Json, desired: Json, live: Json): Json | undefined =>
    threeWayPatch({ before: [before], desired, live, ...(shape === undefined ? {} : { shape }) });

  it('gives what is desired, takes away what was applied before, and leaves what others set', () => {
    fc.assert(
      fc.property(deployments, deployments, deployments, (before, desired, live) => {
        const after = merge(live, patchOf(before, desired, live) ?? {});
        const [was, wanted, there, is] = [before, desired, live, after].map((one) => places(one, schema)) as [
          ReadonlyMap<string, unknown>,
          ...ReadonlyMap<string, unknown>[],
        ];
        const gone = [...was.keys()].filter((path) => wanted?.has(path) !== true);
        const differing = [...(wanted ?? [])].filter(([path, said]) => is?.get(path) !== said);
        const left = gone.filter((path) => is?.has(path) === true);
        const lost = [...(there ?? [])].filter(([path, said]) => {
          const isOurs = wanted?.has(path) === true || ONE_TYPE.test(path);
          const goes = gone.some((one) => path === one || path.startsWith(`${one}/`));
          return !isOurs && !goes && is?.get(path) !== said;
        });
        expect({ differing, left, lost }).toEqual({ differing: [], left: [], lost: [] });
      }),
      { numRuns: 300 },
    );
  });

  it('has the items that are desired in their order', () => {
    fc.assert(
      fc.property(deployments, deployments, deployments, (before, desired, live) => {
        const after = merge(live, patchOf(before, desired, live) ?? {});
        const namesIn = (one: unknown): readonly string[] =>
          (one as ReturnType<typeof JSON.parse>).spec.template.spec.containers.map(
            ({ name }: { name: string }) => name,
          );
        const wanted = namesIn(desired);
        expect(namesIn(after).filter((name) => wanted.includes(name))).toEqual(wanted);
      }),
    );
  });

  it('is none the second time', () => {
    fc.assert(
      fc.property(deployments, deployments, deployments, (before, desired, live) => {
        const after = merge(live, patchOf(before, desired, live) ?? {}) as Json;
        expect(patchOf(desired, desired, after)).toBeUndefined();
      }),
    );
  });
});
