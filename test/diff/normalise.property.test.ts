import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDesired, createMarks } from '../../src/diff/index.ts';
import type { JsonMap } from '../../src/diff/json.ts';
import { withoutAggregatedRules } from '../../src/diff/normalise/aggregated-rules.ts';
import { withoutDuplicateEnv } from '../../src/diff/normalise/duplicate-env.ts';
import { duration } from '../../src/diff/normalise/duration.ts';
import { quantity } from '../../src/diff/normalise/quantity.ts';
import { sameScalar } from '../../src/diff/normalise/same.ts';
import { withoutServerFields } from '../../src/diff/normalise/server-fields.ts';
import { foldStringData } from '../../src/diff/normalise/string-data.ts';
import { into, rootOf } from '../../src/diff/place.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation') };

const RUNS = { numRuns: 500 };

/** So many seconds, as hours, minutes and seconds, as one unit, or with zeros as Go writes them. */
function spellings(seconds: number): readonly string[] {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [
    `${seconds}s`,
    `${seconds * 1000}ms`,
    `${hours}h${minutes}m${rest}s`,
    `${Math.floor(seconds / 60)}m${rest}s`,
    `${seconds}.000s`,
    `${Math.max(seconds - 1, 0)}s${seconds === 0 ? 0 : 1000}ms`,
  ];
}

describe('a duration', () => {
  it('means the same in every spelling', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.nat(), fc.nat(), (seconds, a, b) => {
        const all = spellings(seconds);
        const [one, other] = [all[a % all.length], all[b % all.length]];
        expect(compareDesired([certificate(one)], [certificate(other)], rules)).toEqual([]);
      }),
      { ...RUNS, seed: 21 },
    );
  });

  it('of another length is another', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.integer({ min: 1, max: 9999 }), fc.nat(), (seconds, more, a) => {
        const [one, other] = [spellings(seconds), spellings(seconds + more)];
        expect(compareDesired([certificate(one[a % 6])], [certificate(other[a % 6])], rules)).toHaveLength(1);
      }),
      { ...RUNS, seed: 22 },
    );
  });
});

describe('an environment', () => {
  const names = fc.constantFrom('A', 'B', 'C', 'D');
  const variables = fc.array(fc.record({ name: names, value: fc.string({ maxLength: 3 }) }), { maxLength: 8 });

  it('is what its last values are, wherever a name stands twice', () => {
    fc.assert(
      fc.property(variables, (env) => {
        const last = env.filter((one, index) => !env.slice(index + 1).some(({ name }) => name === one.name));
        expect(compareDesired([pod(env)], [pod(last)], rules)).toEqual([]);
      }),
      { ...RUNS, seed: 23 },
    );
  });

  it('of which a value that counts changes is another', () => {
    fc.assert(
      fc.property(variables, fc.nat(), (env, chosen) => {
        const counting = env.filter((one, index) => !env.slice(index + 1).some(({ name }) => name === one.name));
        const one = counting[chosen % counting.length];
        if (one === undefined) return;
        const changed = env.map((each) => (each === one ? { ...each, value: `${each.value}x` } : each));
        expect(compareDesired([pod(env)], [pod(changed)], rules)).toHaveLength(1);
      }),
      { ...RUNS, seed: 24 },
    );
  });
});

describe('normalising', () => {
  const values = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
  const manifests = fc
    .record(
      {
        kind: fc.constantFrom('Secret', 'ClusterRole', 'Pod'),
        data: values,
        stringData: values,
        aggregationRule: fc.constant({}),
        rules: fc.constant([{ verbs: ['get'] }]),
        status: fc.constant({ phase: 'Running' }),
        env: fc.array(fc.record({ name: fc.constantFrom('A', 'B'), value: fc.string() })),
      },
      { requiredKeys: ['kind'] },
    )
    .map((body) => ({ apiVersion: 'v1', metadata: { name: 'x', uid: '1', finalizers: ['a'] }, ...body }) as Manifest);

  it.each<readonly [string, (manifest: Manifest) => JsonMap]>([
    ['stringData', foldStringData],
    ['duplicate variables', withoutDuplicateEnv],
    ['aggregated rules', withoutAggregatedRules],
    ['what the server fills in', withoutServerFields],
  ])('%s twice is normalising them once', (_, normalise) => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const once = normalise(manifest);
        expect(normalise(once as Manifest)).toEqual(once);
      }),
      { ...RUNS, seed: 25 },
    );
  });

  const scalars = fc.oneof(
    fc.constantFrom('1', '1000m', '1Gi', '1024Mi', '0.5', '500m', '60s', '1m', '1m0s', '80', 'http', '25%', ''),
    fc.integer({ min: -2, max: 2000 }),
    fc.boolean(),
    fc.string({ maxLength: 4 }),
  );
  const places = fc.constantFrom(
    ...(['limits', 'duration', 'targetPort', 'image'] as const).map((field) => {
      const kind = field === 'duration' ? { apiVersion: 'acme.io/v1', kind: 'T' } : { apiVersion: 'v1', kind: 'Pod' };
      return into(into(rootOf(kind), { field }), { field: field === 'limits' ? 'cpu' : field });
    }),
  );

  it('takes two values for the same, whichever comes first', () => {
    fc.assert(
      fc.property(places, scalars, scalars, (place, a, b) => {
        expect(sameScalar(place, a, a)).toBe(true);
        expect(sameScalar(place, a, b)).toBe(sameScalar(place, b, a));
      }),
      { numRuns: 2000, seed: 26 },
    );
  });

  it('takes two values for the same that are the same as a third', () => {
    fc.assert(
      fc.property(places, scalars, scalars, scalars, (place, a, b, c) => {
        if (sameScalar(place, a, b) && sameScalar(place, b, c)) expect(sameScalar(place, a, c)).toBe(true);
      }),
      { numRuns: 3000, seed: 27 },
    );
  });

  it('never throws for what is no quantity and no duration', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(['bigint', 'undefined']).toContain(typeof quantity(value));
        expect(['number', 'undefined']).toContain(typeof duration(value));
      }),
      { ...RUNS, seed: 28 },
    );
  });
});

function certificate(renewBefore: unknown): Manifest {
  return { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'web' }, spec: { renewBefore } };
}

function pod(env: readonly object[]): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'web', env }] },
  };
}
