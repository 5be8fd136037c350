import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Application } from '../../src/spec/application.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Task } from '../../src/spec/operation.ts';
import {
  inventoryAfter,
  inventoryBefore,
  inventoryFromLive,
  type PlanInput,
  plan,
  pruneLimit,
  readSyncOptions,
  ready,
} from '../../src/sync/index.ts';
import { resource } from './simulation.ts';

const operation = {
  id: 'op1',
  application: 'shop',
  attempt: 0,
  prune: true,
  startedAt: '2026-11-24T10:00:00Z',
} as const;

const old = tracked(resource('ConfigMap', 'old'));
const kept = tracked(resource('ConfigMap', 'kept'));

describe('what a sync deletes', () => {
  it('is what the application had and no longer desires', () => {
    expect(prunes([kept], [kept, old])).toMatchObject([{ key: { name: 'old' }, status: 'Pending' }]);
  });

  it('is nothing that is gone already', () => {
    expect(prunes([kept], [kept, old], { live: liveOf([kept]) })).toEqual([]);
  });

  it('is nothing that was never in the inventory, however it is labelled', () => {
    expect(prunes([kept], [kept, old], { inventory: itemsOf([kept]) })).toEqual([]);
  });

  it('is never a hook', () => {
    const ran = tracked(resource('Job', 'migrate', { hook: 'PreSync' }));
    expect(prunes([kept], [kept, ran])).toEqual([]);
  });
});

describe('what stays, and why', () => {
  const annotated = (annotations: Readonly<Record<string, string>>): Manifest => ({
    ...old,
    metadata: { ...old.metadata, annotations: { ...old.metadata.annotations, ...annotations } },
  });
  const cases: readonly [string, Manifest, Partial<PlanInput>, string][] = [
    ['pruning was not asked for', old, { operation: { ...operation, prune: false } }, 'ignored (requires pruning)'],
    [
      'its annotation says Prune=false',
      annotated({ [ANNOTATION.syncOptions]: 'Prune=false' }),
      {},
      'ignored (no prune)',
    ],
    ['the application says Prune=false', old, { options: readSyncOptions(['Prune=false']) }, 'ignored (no prune)'],
    [
      'another application has it',
      old,
      { claimed: new Set(['/ConfigMap:shop/old']) },
      'left alone: another application has it, too',
    ],
    [
      'it carries no tracking id any more',
      { ...old, metadata: { name: 'old', namespace: 'shop' } },
      {},
      'left alone: it no longer carries the tracking id of this application',
    ],
    [
      'its tracking id names another application',
      annotated({ [ANNOTATION.trackingId]: 'blog:/ConfigMap:shop/old' }),
      {},
      'left alone: it no longer carries the tracking id of this application',
    ],
    [
      'its tracking id was copied from another object',
      annotated({ [ANNOTATION.trackingId]: 'shop:/ConfigMap:shop/kept' }),
      {},
      'left alone: it no longer carries the tracking id of this application',
    ],
  ];

  it.each(cases)('%s', (_, object, input, message) => {
    expect(prunes([kept], [kept, object], input)).toMatchObject([{ status: 'Skipped', message }]);
  });

  it('a Namespace in which another application has something', () => {
    const namespace = tracked(resource('Namespace', 'shared'));
    const claimed = new Set(['apps/Deployment:shared/blog']);
    expect(prunes([kept], [kept, namespace], { claimed })).toMatchObject([{ status: 'Skipped' }]);
    expect(prunes([kept], [kept, namespace], { claimed: new Set() })).toMatchObject([{ status: 'Pending' }]);
  });

  it('an object that Helm was told to keep', () => {
    const keeping = annotated({ [ANNOTATION.helmResourcePolicy]: 'keep' });
    expect(prunes([kept], [kept, keeping])).toMatchObject([{ status: 'Skipped', message: 'ignored (no prune)' }]);
  });
});

describe('the brake', () => {
  const many = Array.from({ length: 8 }, (_, index) => tracked(resource('ConfigMap', `c${index}`)));

  it('stops a sync that would delete more than half, and says how to go on', () => {
    const rest = many.slice(0, 3);
    expect(() => prunes(rest, many)).toThrow(
      /would delete 5 of the 8 resources that the application has: ConfigMap shop\/c3/,
    );
    expect(prunes(rest, many, { allowDelete: true })).toHaveLength(5);
  });

  it.each([
    ['exactly half', 4],
    ['less than half', 7],
  ])('lets %s go', (_, left) => {
    expect(prunes(many.slice(0, left), many)).toHaveLength(8 - left);
  });

  it.each([
    ['40%', 4, true],
    ['70%', 3, false],
    ['0%', 4, true],
    ['100%', 1, false],
  ])('holds at the share of trimtab.dev/prune-limit: %s, of 8 stay %i', (limit, left, held) => {
    const annotations = { 'trimtab.dev/prune-limit': limit };
    const application = { metadata: { name: 'shop', annotations } } as unknown as Application;
    const attempt = (): unknown => prunes(many.slice(0, left), many, { pruneLimit: pruneLimit(application) });
    if (held) expect(attempt).toThrow(/would delete/);
    else expect(attempt()).toHaveLength(8 - left);
  });

  it('says what is wrong with a limit that is no percentage', () => {
    const annotations = { 'trimtab.dev/prune-limit': 'half' };
    const application = { metadata: { name: 'shop', annotations } } as unknown as Application;
    expect(() => pruneLimit(application)).toThrow(/a percentage such as 50% is expected, not "half"/);
  });

  it('lets three go, whatever the share', () => {
    expect(prunes(many.slice(0, 1), many.slice(0, 4))).toHaveLength(3);
  });

  it('stops an application that renders to nothing, unless allowEmpty', () => {
    expect(() => prunes([], [old])).toThrow(/renders to no resource, so the sync would delete the one resource/);
    expect(() => prunes([], many)).toThrow(/all 8 resources/);
    expect(prunes([], [old], { allowEmpty: true })).toHaveLength(1);
    expect(prunes([], many, { allowEmpty: true })).toHaveLength(8);
  });

  it('takes an application of hooks only for empty', () => {
    expect(() => prunes([resource('Job', 'migrate', { hook: 'PreSync' })], [old])).toThrow(/renders to no resource/);
  });

  it('does not hold what stays anyway', () => {
    expect(prunes([kept], [kept, ...many], { operation: { ...operation, prune: false } })).toHaveLength(8);
  });
});

describe('the order of pruning', () => {
  it('mirrors the waves: what was created first goes last', () => {
    const waves = [-1, 0, 5].map((wave) => tracked(resource('ConfigMap', `w${wave}`, { wave })));
    const tasks = prunes([kept], [kept, ...waves]);
    expect(tasks.map((task) => [task.key.name, task.wave])).toEqual([
      ['w5', -1],
      ['w0', 0],
      ['w-1', 5],
    ]);
  });
});

describe('the inventory', () => {
  it('holds the old and the new before anything is applied', () => {
    const fresh = resource('ConfigMap', 'new');
    const desired = ready({ rendered: [fresh], operation, options: readSyncOptions([]), namespace: 'shop' });
    expect(names(inventoryBefore(itemsOf([old]), desired))).toEqual(['new', 'old']);
  });

  it('holds no hooks and no namespace that CreateNamespace made', () => {
    const options = readSyncOptions(['CreateNamespace=true']);
    const rendered = [resource('Job', 'migrate', { hook: 'PreSync' }), resource('ConfigMap', 'web')];
    const desired = ready({ rendered, operation, options, namespace: 'shop' });
    expect(names(inventoryBefore([], desired))).toEqual(['web']);
  });

  it('loses what was pruned, and keeps what was not', () => {
    const gone = prunes([kept], [kept, old]).map((task) => ({ ...task, status: 'Succeeded' as const }));
    expect(names(inventoryAfter(itemsOf([kept, old]), [kept], gone))).toEqual(['kept']);
    const skipped = gone.map((task) => ({ ...task, status: 'Skipped' as const }));
    expect(names(inventoryAfter(itemsOf([kept, old]), [kept], skipped))).toEqual(['kept', 'old']);
  });

  it('is made from tracking ids where there is none, also where Argo CD wrote them', () => {
    const clusterRole: Manifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: 'reader',
        annotations: { [ANNOTATION.trackingId]: 'shop:rbac.authorization.k8s.io/ClusterRole:shop/reader' },
      },
    };
    const foreign = { ...old, metadata: { ...old.metadata, name: 'copy' } };
    expect(names(inventoryFromLive('shop', [kept, clusterRole, foreign, resource('ConfigMap', 'other')]))).toEqual([
      'kept',
      'reader',
    ]);
  });
});

function tracked(manifest: Manifest): Manifest {
  const key = keyOf(manifest);
  const id = `shop:${keyText({ ...key, namespace: key.namespace === '' ? 'shop' : key.namespace })}`;
  const annotations = { ...manifest.metadata.annotations, [ANNOTATION.trackingId]: id };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

function itemsOf(manifests: readonly Manifest[]): PlanInput['inventory'] {
  return manifests.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) }));
}

function liveOf(objects: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(objects.map((object) => [keyText(keyOf(object)), object]));
}

function names(inventory: PlanInput['inventory']): readonly string[] {
  return inventory.map((item) => item.key.name);
}

/** The prune tasks of a plan: `rendered` is in Git, `had` is in the inventory and in the cluster. */
function prunes(
  rendered: readonly Manifest[],
  had: readonly Manifest[],
  input: Partial<PlanInput> = {},
): readonly Task[] {
  const options = input.options ?? readSyncOptions([]);
  const desired = ready({ rendered, operation, options, namespace: 'shop' });
  const tasks = plan({ operation, desired, live: liveOf(had), inventory: itemsOf(had), options, ...input });
  return tasks.filter((task) => task.action === 'prune');
}
