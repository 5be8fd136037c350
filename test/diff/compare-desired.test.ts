import { describe, expect, it } from 'vitest';
import { compareDesired, createMarks, unifiedDiff, withNamespace } from '../../src/diff/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Change } from '../../src/spec/change.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation') };

describe('what a pull request changes', () => {
  it('is created, changed and removed, in an order that does not depend on the renderer', () => {
    const base = [config('b', { mode: 'slow' }), config('gone', {})];
    const head = [config('new', {}), config('b', { mode: 'fast' }), job('migrate', 'PreSync')];
    const seen = compareDesired(base, head, rules);
    expect(seen.map(({ action, key, hook }) => [action, key.name, hook])).toEqual([
      ['update', 'b', false],
      ['delete', 'gone', false],
      ['create', 'new', false],
      ['create', 'migrate', true],
    ]);
    expect(compareDesired(base.toReversed(), head.toReversed(), rules)).toEqual(seen);
  });

  it('is nothing when only spelling and order of fields differ', () => {
    const base = pod({ resources: { limits: { memory: '1Gi', cpu: '1000m' } }, image: 'web:1', labels: {} });
    const head = pod({ image: 'web:1', resources: { limits: { cpu: 1, memory: '1024Mi' } } });
    expect(compareDesired([base], [head], rules)).toEqual([]);
  });

  it('is nothing when only the tracking annotation differs', () => {
    const annotations = { [ANNOTATION.trackingId]: 'shop:/ConfigMap:shop/a' };
    const tracked = { ...config('a', {}), metadata: { name: 'a', namespace: 'shop', annotations } };
    expect(compareDesired([config('a', {})], [tracked], rules)).toEqual([]);
  });

  it('shows a changed line and three around it', () => {
    const data = { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6', g: '7' };
    const [change] = compareDesired([config('web', data)], [config('web', { ...data, d: 'four' })], rules);
    expect(unifiedDiff(change as Change)).toBe(
      '@@ -7,7 +7,7 @@\n   a: "1"\n   b: "2"\n   c: "3"\n-  d: "4"\n+  d: four\n   e: "5"\n   f: "6"\n   g: "7"',
    );
  });

  it('writes apiVersion, kind, metadata and spec first, and quotes what YAML 1.1 would misread', () => {
    const odd = { data: { answer: 'yes', on: 'off' }, kind: 'ConfigMap', metadata: { name: 'web' }, apiVersion: 'v1' };
    const [change] = compareDesired([], [odd], rules);
    expect(change?.after).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  answer: "yes"\n  "on": "off"\n',
    );
  });

  it.each([
    ['a field', { image: 'web:1' }, { image: 'web:2' }, 'spec.containers[name=web].image', 'web:1', 'web:2'],
    [
      'an added item',
      { env: [] },
      { env: [{ name: 'A', value: '1' }] },
      'spec.containers[name=web].env[name=A]',
      undefined,
      { name: 'A', value: '1' },
    ],
    [
      'an item of a keyed list',
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '3' },
        ],
      },
      'spec.containers[name=web].env[name=B].value',
      '2',
      '3',
    ],
    [
      'a port by number and protocol',
      { ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }] },
      { ports: [{ containerPort: 53, protocol: 'UDP', name: 'dns' }, { containerPort: 53 }] },
      'spec.containers[name=web].ports[containerPort=53,protocol=UDP].name',
      undefined,
      'dns',
    ],
    [
      'an argument by its index',
      { args: ['-a', '-b'] },
      { args: ['-a', '-c'] },
      'spec.containers[name=web].args[1]',
      '-b',
      '-c',
    ],
    [
      'a list that grew, as a whole',
      { args: ['-a'] },
      { args: ['-b', '-a'] },
      'spec.containers[name=web].args',
      ['-a'],
      ['-b', '-a'],
    ],
    [
      'the order of variables',
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      {
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      },
      'spec.containers[name=web].env',
      ['name=A', 'name=B'],
      ['name=B', 'name=A'],
    ],
  ])('addresses %s', (_, before, after, path, from, to) => {
    const [change] = compareDesired([pod(before)], [pod(after)], rules);
    expect(change?.fields).toEqual([{ path, from, to }]);
  });

  it('quotes field names that are no plain words', () => {
    const labelled = (value: string): Manifest => ({
      ...config('a', {}),
      metadata: { name: 'a', annotations: { 'acme.io/build': value } },
    });
    const [change] = compareDesired([labelled('1')], [labelled('2')], rules);
    expect(change?.fields[0]?.path).toBe('metadata.annotations["acme.io/build"]');
  });

  it('addresses items of custom kinds by their names where each has one', () => {
    const rollout = (image: string): Manifest => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web' },
      spec: { steps: [{ name: 'canary', image }, { name: 'full' }] },
    });
    const [change] = compareDesired([rollout('a')], [rollout('b')], rules);
    expect(change?.fields).toEqual([{ path: 'spec.steps[name=canary].image', from: 'a', to: 'b' }]);
  });

  it('leaves out what no sync applies', () => {
    expect(compareDesired([], [job('test', 'Skip')], rules)).toEqual([]);
  });

  it('shows hooks that leave their name to the server by the beginning of it', () => {
    const named = job('x', 'PreSync');
    const nameless = {
      ...named,
      metadata: { ...named.metadata, name: undefined, generateName: 'migrate-' },
    } as unknown as Manifest;
    expect(compareDesired([], [nameless], rules)[0]?.key.name).toBe('migrate-');
  });

  it('keeps a key named __proto__ a key', () => {
    const odd = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"x"}}',
    ) as Manifest;
    const [change] = compareDesired(
      [config('a', {})].map((one) => ({ ...one, metadata: { name: 'a' } })),
      [odd],
      rules,
    );
    expect(change?.after).toContain('__proto__: x');
  });
});

describe('values that mean the same', () => {
  const same: readonly [string, string, unknown, unknown][] = [
    ['quantities', 'limits', { cpu: '0.5' }, { cpu: '500m' }],
    ['quantities with exponents', 'limits', { memory: '1e3' }, { memory: '1k' }],
    ['quantities as numbers', 'requests', { cpu: 2 }, { cpu: '2' }],
    ['a text and a number for a port', 'targetPort', 8080, '8080'],
    ['null and nothing', 'anything', null, undefined],
    ['an empty list and nothing', 'args', [], undefined],
    ['no labels and nothing', 'labels', {}, undefined],
    ['labels that are null and nothing', 'labels', { a: null }, undefined],
    ['false and nothing, where the API has no pointer', 'hostNetwork', false, undefined],
    ['a variable that is empty and one without a value', 'value', '', undefined],
  ];

  it.each(same)('%s', (_, field, a, b) => {
    expect(compareDesired([withField(field, a)], [withField(field, b)], rules)).toEqual([]);
    expect(compareDesired([withField(field, b)], [withField(field, a)], rules)).toEqual([]);
  });

  const different: readonly [string, string, unknown, unknown][] = [
    ['quantities of another size', 'limits', { memory: '1G' }, { memory: '1Gi' }],
    ['texts that only look like quantities', 'version', '1000m', '1'],
    ['a number and a text, where the API wants one of them', 'replicas', 1, '1'],
    ['an empty struct and nothing', 'emptyDir', {}, undefined],
    ['false and nothing, where nothing means something else', 'automountServiceAccountToken', false, undefined],
    ['zero and nothing', 'replicas', 0, undefined],
  ];

  it.each(different)('but not %s', (_, field, a, b) => {
    expect(compareDesired([withField(field, a)], [withField(field, b)], rules)).toHaveLength(1);
  });

  it('durations of custom kinds, and only there', () => {
    const certificate = (duration: string): Manifest => ({
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'web' },
      spec: { duration },
    });
    expect(compareDesired([certificate('2160h')], [certificate('2160h0m0s')], rules)).toEqual([]);
    expect(compareDesired([certificate('2160h')], [certificate('90m')], rules)).toHaveLength(1);
    expect(compareDesired([withField('duration', '60m')], [withField('duration', '1h')], rules)).toHaveLength(1);
  });

  it('stringData and the data that the API server makes of it', () => {
    const secret = (body: object): Manifest => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...body });
    const plain = secret({ stringData: { password: 'grüße' } });
    expect(compareDesired([plain], [secret({ data: { password: 'Z3LDvMOfZQ==' } })], rules)).toEqual([]);
    expect(compareDesired([plain], [secret({ data: { password: 'Z3LDvMOfZQ=\n=' } })], rules)).toEqual([]);
  });

  it('an environment variable that stands twice, and its last value alone', () => {
    const twice = pod({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    });
    expect(compareDesired([twice], [pod({ env: [{ name: 'A', value: '2' }] })], rules)).toEqual([]);
  });
});

describe('namespaces', () => {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r', namespace: 'x' },
  };
  const custom = { apiVersion: 'acme.io/v1', kind: 'Tenant', metadata: { name: 't', namespace: 'x' } };

  it('are those of the destination where a namespaced kind names none', () => {
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    expect(withNamespace([bare], [], 'shop')[0]?.metadata.namespace).toBe('shop');
    expect(withNamespace([config('a', {})], [], 'other')[0]?.metadata.namespace).toBe('shop');
  });

  it('are none for cluster-scoped kinds, whatever the chart wrote', () => {
    expect(withNamespace([role], [], 'shop')[0]?.metadata).toEqual({ name: 'r' });
  });

  it("follow the cluster's word, then that of a CustomResourceDefinition among the manifests", () => {
    const definition: Manifest = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'tenants.acme.io' },
      spec: { group: 'acme.io', scope: 'Cluster', names: { kind: 'Tenant' } },
    };
    const kind = { group: 'acme.io', version: 'v1', kind: 'Tenant', plural: 'tenants', namespaced: true, verbs: [] };
    expect(withNamespace([custom], [], 'shop')[0]?.metadata.namespace).toBe('x');
    expect(withNamespace([custom, definition], [], 'shop')[0]?.metadata.namespace).toBeUndefined();
    expect(withNamespace([custom, definition], [kind], 'shop')[0]?.metadata.namespace).toBe('x');
  });
});

describe('a unified diff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff({ before: 'a\n', after: 'a\n' })).toBe('');
  });

  it('of two large texts without a common line is made in time', () => {
    const lines = (prefix: string): string => Array.from({ length: 6000 }, (_, line) => `${prefix}${line}\n`).join('');
    const text = unifiedDiff({ before: lines('a'), after: lines('b') });
    expect(text.split('\n')).toHaveLength(12_000);
  });
});

function config(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

function job(name: string, types: string): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'shop', annotations: { [ANNOTATION.hook]: types } },
  };
}

function pod(container: object): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'web', ...container }] },
  };
}

function withField(field: string, value: unknown): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: value === undefined ? {} : { [field]: value },
  };
}
