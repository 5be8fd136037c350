import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { isHook } from '../../src/spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import { readSyncOptions } from '../../src/sync/index.ts';
import { type Behaviour, resource, simulate, type World } from './simulation.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const OLD = ['old-1', 'old-2', 'old-3'];

const behaviour: fc.Arbitrary<Behaviour & { readonly ttl: number }> = fc.record({
  takes: fc.integer({ min: 0, max: 12 }),
  fails: fc.boolean(),
  ttl: fc.constantFrom(0, 100_000),
});

const resources: fc.Arbitrary<readonly Manifest[]> = fc.tuple(
  ...NAMES.map((name) =>
    fc
      .record({
        kind: fc.constantFrom('ConfigMap', 'Deployment', 'Service', 'Job', 'Namespace'),
        wave: fc.integer({ min: -1, max: 2 }),
        hook: fc.option(fc.constantFrom('PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreSync,PostSync'), {
          nil: undefined,
        }),
        policy: fc.constantFrom(
          'BeforeHookCreation',
          'HookSucceeded',
          'HookFailed',
          'HookSucceeded,BeforeHookCreation',
        ),
      })
      .map(({ kind, wave, hook, policy }) =>
        hook === undefined ? resource(kind, name, { wave }) : resource('Job', name, { wave, hook, policy }),
      ),
  ),
);

const worlds: fc.Arbitrary<World> = fc
  .record({
    rendered: resources,
    behaviours: fc.dictionary(fc.constantFrom(...NAMES), behaviour),
    options: fc.subarray(['PruneLast=true', 'CreateNamespace=true', 'PrunePropagationPolicy=background']),
    retries: fc.integer({ min: 0, max: 2 }),
    old: fc.subarray(OLD),
  })
  .map(({ rendered, behaviours, options, retries, old }) => {
    // Only finished hooks are taken away by the cluster: of anything else that would be drift
    const hooks = new Set(rendered.filter(isHook).map(({ metadata }) => metadata.name ?? ''));
    const behaviour = Object.fromEntries(
      Object.entries(behaviours).map(([name, { ttl, ...rest }]) => [name, hooks.has(name) ? { ...rest, ttl } : rest]),
    );
    const before = old.map((name, index) => tracked(resource('ConfigMap', name, { wave: index })));
    return {
      // An application that renders to hooks only would stop at the brake
      rendered: [...rendered, resource('ConfigMap', 'always')],
      behaviour,
      before,
      inventory: before.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) })),
      rules: { options: readSyncOptions(options), retry: { limit: retries } },
    };
  });

describe('a sync whose steps are killed', () => {
  it('ends in the same cluster, with the same result, wherever it is killed, and runs no hook twice', () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 25 }), (world, gaps) => {
        const undisturbed = simulate(world);
        const disturbed = simulate(world, killer(gaps));
        expect(disturbed.objects).toEqual(undisturbed.objects);
        expect(disturbed.objects.filter(({ metadata }) => metadata.finalizers !== undefined)).toEqual([]);
        expect(disturbed.operation.phase).toBe(undisturbed.operation.phase);
        expect(disturbed.inventory).toEqual(undisturbed.inventory);
        expect([...disturbed.runs.values()].every((count) => count === 1)).toBe(true);
        expect([...disturbed.runs.keys()].sort()).toEqual([...undisturbed.runs.keys()].sort());
      }),
      { seed: 20261124, numRuns: 300 },
    );
  });

  it('ends in the same cluster when each single I/O in turn is the one where it is killed', () => {
    const world: World = {
      rules: { options: readSyncOptions([]) },
      rendered: [
        resource('Namespace', 'shop', { wave: -1 }),
        resource('Job', 'migrate', { hook: 'PreSync' }),
        resource('ConfigMap', 'web'),
        resource('Deployment', 'web', { wave: 1 }),
        resource('Job', 'smoke', { hook: 'PostSync', policy: 'HookSucceeded' }),
      ],
      before: [tracked(resource('ConfigMap', 'old'))],
      inventory: [{ apiVersion: 'v1', key: keyOf(resource('ConfigMap', 'old')) }],
      behaviour: { migrate: { takes: 3 }, web: { takes: 2 }, smoke: { takes: 1 } },
    };
    let asked = 0;
    const undisturbed = simulate(world, () => {
      asked++;
      return false;
    });
    expect(asked).toBeGreaterThan(50);
    for (let point = 0; point < asked; point++) {
      let count = 0;
      const killed = simulate(world, () => count++ === point);
      expect(killed.objects, `killed at ${point}`).toEqual(undisturbed.objects);
      expect(killed.operation.phase, `killed at ${point}`).toBe('Succeeded');
      expect([...killed.runs], `killed at ${point}`).toEqual([...undisturbed.runs]);
    }
  });

  it('always ends', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { operation, steps } = simulate(world);
        expect(['Succeeded', 'Failed']).toContain(operation.phase);
        expect(steps).toBeLessThan(500);
      }),
      { seed: 20261125, numRuns: 200 },
    );
  });
});

/** Kills at the first gap, then after as many more I/Os as the next gap says, until the gaps are used up. */
function killer(gaps: readonly number[]): () => boolean {
  const left = [...gaps];
  let until = left.shift() ?? 0;
  return () => {
    if (until === 0 || --until > 0) return false;
    until = left.shift() ?? 0;
    return true;
  };
}

function tracked(manifest: Manifest): Manifest {
  const id = `shop:${keyText(keyOf(manifest))}`;
  const annotations = { ...manifest.metadata.annotations, [ANNOTATION.trackingId]: id };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
