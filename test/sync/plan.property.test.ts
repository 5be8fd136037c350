import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import { type PlanInput, plan, readSyncOptions, ready } from '../../src/sync/index.ts';
import { compareTasks } from '../../src/sync/order.ts';
import { resource } from './simulation.ts';

const manifests: fc.Arbitrary<readonly Manifest[]> = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('Namespace', 'Secret', 'ConfigMap', 'Deployment', 'Job', 'Kafka'),
      name: fc.constantFrom('shop', 'web', 'api', 'db'),
      wave: fc.integer({ min: -2, max: 2 }),
      hook: fc.option(fc.constantFrom('PreSync', 'PostSync', 'SyncFail', 'PreSync,PostSync', 'Skip'), {
        nil: undefined,
      }),
    }),
    { selector: ({ kind, name }) => `${kind}/${name}`, maxLength: 14 },
  )
  .map((items) =>
    items.map(({ kind, name, wave, hook }) => resource(kind, name, { wave, ...(hook === undefined ? {} : { hook }) })),
  );

describe('a plan', () => {
  it('does not depend on the order in which the source prints its manifests', () => {
    fc.assert(
      fc.property(manifests, fc.integer(), (rendered, seed) => {
        expect(planned(shuffled(rendered, seed))).toEqual(planned(rendered));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('holds no two tasks of equal rank', () => {
    fc.assert(
      fc.property(manifests, (rendered) => {
        const tasks = planned(rendered);
        for (const [index, task] of tasks.entries()) {
          for (const other of tasks.slice(index + 1)) expect(compareTasks(task, other)).not.toBe(0);
        }
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('has each phase and wave in one piece, in order', () => {
    fc.assert(
      fc.property(manifests, (rendered) => {
        const order = ['PreSync', 'Sync', 'PostSync', 'SyncFail'];
        const ranks = planned(rendered).map((task) => order.indexOf(task.phase) * 100 + task.wave);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('puts a Namespace before everything that is in it', () => {
    fc.assert(
      fc.property(manifests, (rendered) => {
        const tasks = planned(rendered).filter((task) => task.key.namespace === 'shop' || task.key.name === 'shop');
        const namespace = tasks.findIndex((task) => task.key.kind === 'Namespace' && task.action === 'apply');
        const user = tasks.findIndex((task) => task.key.namespace === 'shop');
        if (namespace >= 0 && user >= 0) expect(namespace).toBeLessThan(user);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

describe('what is pruned', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const object = (name: string, owner: string): Manifest => {
    const bare = resource('ConfigMap', name);
    const annotations = { [ANNOTATION.trackingId]: `${owner}:/ConfigMap:shop/${name}` };
    return { ...bare, metadata: { ...bare.metadata, annotations } };
  };

  it('is never desired, claimed, of another application, or outside of the inventory', () => {
    const some = fc.subarray(names);
    fc.assert(
      fc.property(some, some, some, some, fc.boolean(), (desired, held, claimed, foreign, deletes) => {
        const live = names.map((name) => object(name, foreign.includes(name) ? 'blog' : 'shop'));
        const tasks = plan({
          operation: { application: 'shop', prune: true, deletes },
          desired: deletes ? [] : desired.map((name) => object(name, 'shop')),
          live: new Map(live.map((each) => [keyText(keyOf(each)), each])),
          inventory: held.map((name) => ({ apiVersion: 'v1', key: keyOf(resource('ConfigMap', name)) })),
          claimed: new Set(claimed.map((name) => `/ConfigMap:shop/${name}`)),
          options: readSyncOptions([]),
          allowDelete: true,
        });
        const going = tasks.filter(({ action, status }) => action === 'prune' && status === 'Pending');
        const expected = held.filter(
          (name) => (deletes || !desired.includes(name)) && !claimed.includes(name) && !foreign.includes(name),
        );
        expect(going.map(({ key }) => key.name).sort()).toEqual([...expected].sort());
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

function planned(rendered: readonly Manifest[]): ReturnType<typeof plan> {
  const operation: PlanInput['operation'] & { id: string; attempt: number } = {
    id: 'op1',
    attempt: 0,
    application: 'shop',
    prune: true,
  };
  const options = readSyncOptions([]);
  const desired = ready({ rendered, operation, options, namespace: 'shop' });
  return plan({ operation, desired, live: new Map(), inventory: [], options });
}

/** The same items in an order that the seed decides. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  return items
    .map((item, index) => ({ item, rank: Math.imul(index + 1, 2654435761 ^ seed) % 1000 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
