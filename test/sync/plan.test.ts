import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../../src/spec/manifest.ts';
import { type PlanInput, plan, readSyncOptions, ready } from '../../src/sync/index.ts';
import { resource } from './simulation.ts';

const operation = {
  id: 'op1',
  application: 'shop',
  attempt: 0,
  prune: true,
} as const;

const options = readSyncOptions([]);

describe('the order of a sync', () => {
  it.each([
    [
      'phase before wave',
      [hook('b', 'PostSync', -5), resource('ConfigMap', 'a', { wave: 9 }), hook('c', 'PreSync', 7)],
      ['c', 'a', 'b'],
    ],
    ['wave before kind', [resource('Namespace', 'n', { wave: 1 }), resource('ConfigMap', 'c')], ['c', 'n']],
    [
      'kind before name',
      [resource('Deployment', 'a'), resource('Service', 'b'), resource('Secret', 'c')],
      ['c', 'b', 'a'],
    ],
    ['name within a kind', [resource('ConfigMap', 'b'), resource('ConfigMap', 'a')], ['a', 'b']],
    ['unknown kinds last', [resource('Kafka', 'a'), resource('Ingress', 'b')], ['b', 'a']],
    ['negative waves first', [resource('Secret', 'a'), resource('Deployment', 'b', { wave: -1 })], ['b', 'a']],
  ])('%s', (_, manifests, names) => {
    expect(planned(manifests).map((task) => task.key.name)).toEqual(names);
  });

  it('moves a Namespace before the PreSync hook that needs it, into its phase and wave', () => {
    const tasks = planned([resource('Namespace', 'shop', { wave: 3 }), hook('migrate', 'PreSync', -2)]);
    expect(tasks).toMatchObject([
      { key: { kind: 'Namespace' }, phase: 'PreSync', wave: -2 },
      { key: { name: 'migrate' }, phase: 'PreSync', wave: -2 },
    ]);
  });

  it('moves a CustomResourceDefinition before the first resource of its kind', () => {
    const definition = resource('CustomResourceDefinition', 'crontabs.acme.io', {
      wave: 2,
      body: { spec: { group: 'acme.io', names: { kind: 'CronTab' } } },
    });
    const custom = { ...resource('CronTab', 'nightly'), apiVersion: 'acme.io/v1' };
    expect(planned([custom, definition])).toMatchObject([
      { key: { kind: 'CustomResourceDefinition' }, wave: 0 },
      { key: { kind: 'CronTab' }, wave: 0 },
    ]);
  });

  it('has the namespace of CreateNamespace=true in PreSync, and cluster-scoped resources after it', () => {
    const options = readSyncOptions(['CreateNamespace=true']);
    const role = resource('ClusterRole', 'reader', { wave: -1 });
    expect(planned([role, hook('migrate', 'PreSync', -2)], { options })).toMatchObject([
      { key: { kind: 'Namespace' }, phase: 'PreSync', wave: -2 },
      { key: { name: 'migrate' } },
      { key: { kind: 'ClusterRole' }, phase: 'Sync', wave: -1 },
    ]);
    expect(planned([resource('Namespace', 'shop'), role])).toMatchObject([
      { key: { kind: 'Namespace' }, wave: -1 },
      { key: { kind: 'ClusterRole' }, wave: -1 },
    ]);
  });

  it('has a definition between a Namespace and the resource that needs both', () => {
    const definition = resource('CustomResourceDefinition', 'crontabs.acme.io', {
      wave: 2,
      body: { spec: { group: 'acme.io', names: { kind: 'CronTab' } } },
    });
    const custom = { ...resource('CronTab', 'nightly'), apiVersion: 'acme.io/v1' };
    const kinds = planned([custom, definition, resource('Namespace', 'shop', { wave: 5 })]).map(({ key }) => key.kind);
    expect(kinds).toEqual(['Namespace', 'CustomResourceDefinition', 'CronTab']);
  });

  it('leaves a Namespace where it is when it comes first anyway', () => {
    const tasks = planned([resource('Namespace', 'shop', { wave: -1 }), resource('ConfigMap', 'web')]);
    expect(tasks).toMatchObject([{ key: { kind: 'Namespace' }, wave: -1 }, { wave: 0 }]);
  });
});

describe('what has no task', () => {
  it.each([
    ['a skipped manifest', { [ANNOTATION.hook]: 'Skip' }],
    ['a hook of deletion', { [ANNOTATION.hook]: 'PreDelete' }],
    ['a Helm test', { [ANNOTATION.helmHook]: 'test' }],
  ])('%s', (_, annotations) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop', annotations } };
    expect(planned([pod])).toEqual([]);
  });

  it('what is in sync, with ApplyOutOfSyncOnly=true; hooks run all the same', () => {
    const outOfSync = new Set(['/ConfigMap:shop/b']);
    const manifests = [resource('ConfigMap', 'a'), resource('ConfigMap', 'b'), hook('migrate', 'PreSync')];
    const tasks = planned(manifests, { options: readSyncOptions(['ApplyOutOfSyncOnly=true']), outOfSync });
    expect(tasks.map((task) => task.key.name)).toEqual(['migrate', 'b']);
  });

  it('hooks and everything that is not chosen, when a sync repairs drift', () => {
    const manifests = [resource('ConfigMap', 'a'), resource('ConfigMap', 'b'), hook('migrate', 'PreSync')];
    expect(
      planned(manifests, { only: [{ group: '', kind: 'ConfigMap', name: 'b' }] }).map((task) => task.key.name),
    ).toEqual(['b']);
  });
});

describe('CreateNamespace=true', () => {
  const created = readSyncOptions(['CreateNamespace=true']);

  it('adds the namespace of the destination, before everything that is in it, untracked', () => {
    const desired = desiredOf([hook('migrate', 'PreSync')], created);
    expect(desired[0]).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    expect(planned([hook('migrate', 'PreSync')], { options: created })[0]).toMatchObject({
      key: { kind: 'Namespace', name: 'shop' },
      phase: 'PreSync',
    });
  });

  it('leaves a namespace that is there alone', () => {
    const live = liveOf([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'u' } }]);
    expect(planned([resource('ConfigMap', 'a')], { options: created, live }).map((task) => task.key.kind)).toEqual([
      'ConfigMap',
    ]);
  });

  it('makes the namespace for what is chosen as well, and not where nothing of it is there', () => {
    const only = [{ group: '', kind: 'ConfigMap', name: 'a' }];
    const chosen = [resource('ConfigMap', 'a'), resource('ConfigMap', 'b')];
    expect(planned(chosen, { options: created, only }).map((task) => `${task.phase} ${task.key.name}`)).toEqual([
      'PreSync shop',
      'Sync a',
    ]);
    expect(planned([resource('ConfigMap', 'b')], { options: created, only })).toEqual([]);
  });

  it('makes a namespace that managedNamespaceMetadata gives a tracking id part of the application', () => {
    const namespaceMetadata = { annotations: { [ANNOTATION.trackingId]: 'shop:/Namespace:/shop' } };
    const desired = ready({ rendered: [], operation, options: created, namespace: 'shop', namespaceMetadata });
    const tasks = plan({ operation, desired, live: new Map(), inventory: [], options: created, namespace: 'shop' });
    expect(tasks).toMatchObject([{ key: { kind: 'Namespace', name: 'shop' }, phase: 'Sync' }]);
  });

  it('gives way to a Namespace manifest of the application', () => {
    const namespaces = desiredOf([resource('Namespace', 'shop')], created);
    expect(namespaces).toHaveLength(1);
    expect(namespaces[0]?.metadata.annotations?.[ANNOTATION.trackingId]).toBe('shop:/Namespace:shop/shop');
  });
});

describe('FailOnSharedResource=true', () => {
  it('refuses to plan what another application has, too, and names it', () => {
    const claimed = new Set(['/ConfigMap:shop/a']);
    const input = { options: readSyncOptions(['FailOnSharedResource=true']), claimed };
    expect(() => planned([resource('ConfigMap', 'a')], input)).toThrow(
      /another application has ConfigMap shop\/a, too/,
    );
  });
});

describe('a shared resource by its tracking id', () => {
  it("is refused as well, and a copied id is nobody's", () => {
    const options = readSyncOptions(['FailOnSharedResource=true']);
    const of = (id: string): ReadonlyMap<string, Manifest> => {
      const object = resource('ConfigMap', 'a');
      const annotations = { [ANNOTATION.trackingId]: id };
      return new Map([[keyText(keyOf(object)), { ...object, metadata: { ...object.metadata, annotations } }]]);
    };
    const attempt = (id: string) => () => planned([resource('ConfigMap', 'a')], { options, live: of(id) });
    expect(attempt('blog:/ConfigMap:shop/a')).toThrow(/another application has ConfigMap shop\/a/);
    expect(attempt('shop:/ConfigMap:shop/a')).not.toThrow();
    expect(attempt('blog:/ConfigMap:shop/other')).not.toThrow();
  });
});

describe('hooks without a name of their own', () => {
  const migrate: Manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'migrate-', namespace: 'shop', annotations: { [ANNOTATION.hook]: 'PreSync' } },
  };

  it('get the same name in each step of an attempt, and another one in the next attempt', () => {
    const name = (attempt: number): string => String(desiredOf([migrate], options, attempt)[0]?.metadata.name);
    expect(name(0)).toMatch(/^migrate-[0-9a-f]{8}$/);
    expect(name(0)).toBe(name(0));
    expect(name(1)).not.toBe(name(0));
  });

  it('get names of their own when there are two of them', () => {
    const names = desiredOf([migrate, migrate], options).map((manifest) => manifest.metadata.name);
    expect(new Set(names).size).toBe(2);
  });

  it('is for hooks only: anything else needs a name', () => {
    const nameless = { ...migrate, metadata: { generateName: 'web-', namespace: 'shop' } };
    expect(() => desiredOf([nameless], options)).toThrow(/a manifest without a name cannot be applied/);
  });
});

function hook(name: string, types: string, wave?: number): Manifest {
  return resource('Job', name, { hook: types, ...(wave === undefined ? {} : { wave }) });
}

function desiredOf(rendered: readonly Manifest[], of = options, attempt = 0): readonly Manifest[] {
  return ready({ rendered, operation: { ...operation, attempt }, options: of, namespace: 'shop' });
}

function liveOf(objects: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(objects.map((object) => [keyText(keyOf(object)), object]));
}

function planned(rendered: readonly Manifest[], input: Partial<PlanInput> = {}): ReturnType<typeof plan> {
  const desired = desiredOf(rendered, input.options ?? options);
  const tasks = plan({ operation, desired, live: new Map(), inventory: [], options, namespace: 'shop', ...input });
  expect(new Set(tasks.map((task) => `${task.phase} ${resourceText(task.key)}`)).size).toBe(tasks.length);
  return tasks;
}
