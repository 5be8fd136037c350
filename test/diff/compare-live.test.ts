import { describe, expect, it } from 'vitest';
import { compareLive, createMarks, unifiedDiff } from '../../src/diff/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Change } from '../../src/spec/change.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation') };

const desired: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    replicas: 3,
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'ghcr.io/acme/web:1.4.0',
            resources: { limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: 0.5 } },
            ports: [{ containerPort: 8080 }],
            env: [{ name: 'LOG_LEVEL', value: 'info' }],
          },
        ],
      },
    },
  },
};

/** The same Deployment as the API server returns it: defaults, a sidecar, server fields, managedFields. */
const live: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web', 'team.acme.io/owner': 'platform' },
    annotations: {
      [ANNOTATION.trackingId]: 'shop:apps/Deployment:shop/web',
      [ANNOTATION.lastApplied]: '{"spec":{"replicas":1}}',
      'deployment.kubernetes.io/revision': '7',
    },
    uid: '2c1c3f0e',
    resourceVersion: '4711',
    generation: 9,
    creationTimestamp: '2026-11-01T08:00:00Z',
    managedFields: [
      {
        manager: 'trimtab',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-11-20T08:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"web"}': {
                    '.': {},
                    'f:name': {},
                    'f:image': {},
                    'f:env': { 'k:{"name":"LOG_LEVEL"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                    'f:ports': { 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
  spec: {
    replicas: 3,
    progressDeadlineSeconds: 600,
    template: {
      metadata: { labels: { app: 'web' }, creationTimestamp: null },
      spec: {
        restartPolicy: 'Always',
        containers: [
          { name: 'istio-proxy', image: 'istio/proxyv2:1.24' },
          {
            name: 'web',
            image: 'ghcr.io/acme/web:1.4.0',
            imagePullPolicy: 'IfNotPresent',
            resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
            ports: [{ containerPort: 8080, protocol: 'TCP' }],
            env: [{ name: 'LOG_LEVEL', value: 'info' }],
          },
        ],
      },
    },
  },
  status: { readyReplicas: 3 },
};

describe('desired against live', () => {
  it('sees no difference in defaults, injected sidecars, other spellings and what the server adds', () => {
    expect(compareLive([desired], [live], rules)).toEqual([]);
  });

  it('tells an edit by hand with path, both values, who and when', () => {
    const edited = withEdit(
      live,
      (spec) => ({ ...spec, replicas: 7 }),
      { 'f:spec': { 'f:replicas': {} } },
      'kubectl-edit',
    );
    expect(compareLive([desired], [edited], rules)).toMatchObject([
      {
        action: 'update',
        key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
        fields: [{ path: 'spec.replicas', from: 7, to: 3, manager: 'kubectl-edit', at: '2026-11-24T09:30:00Z' }],
      },
    ]);
  });

  it('counts the annotation that says whose it is, where another application has it or nobody does, and not else', () => {
    const tracked = (name: string): Manifest => ({
      ...desired,
      metadata: { ...desired.metadata, annotations: { [ANNOTATION.trackingId]: `${name}:apps/Deployment:shop/web` } },
    });
    const { annotations: _, ...untracked } = live.metadata;
    const path = 'metadata.annotations["argocd.argoproj.io/tracking-id"]';
    expect(compareLive([tracked('shop')], [live], rules)).toEqual([]);
    expect(fieldsOf(compareLive([tracked('store')], [live], rules))).toMatchObject([
      { path, from: 'shop:apps/Deployment:shop/web', to: 'store:apps/Deployment:shop/web' },
    ]);
    expect(fieldsOf(compareLive([tracked('shop')], [{ ...live, metadata: untracked }], rules))).toMatchObject([
      { path: 'metadata.annotations', to: { [ANNOTATION.trackingId]: 'shop:apps/Deployment:shop/web' } },
    ]);
  });

  it('addresses list items by their keys, also when it looks for who changed them', () => {
    const edited = withEdit(
      live,
      (spec) => replaced(spec, 'ghcr.io/acme/web:1.4.0', 'ghcr.io/acme/web:hotfix'),
      { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } } },
      'kubectl-set',
    );
    expect(fieldsOf(compareLive([desired], [edited], rules))).toEqual([
      {
        path: 'spec.template.spec.containers[name=web].image',
        from: 'ghcr.io/acme/web:hotfix',
        to: 'ghcr.io/acme/web:1.4.0',
        manager: 'kubectl-set',
        at: '2026-11-24T09:30:00Z',
      },
    ]);
  });

  it('counts what we applied earlier and no longer desire', () => {
    const { replicas: _replicas, ...spec } = desired['spec'] as Record<string, unknown>;
    const without = replaced({ ...desired, spec }, [{ name: 'LOG_LEVEL', value: 'info' }], []);
    const changes = compareLive([without], [live], rules);
    expect(fieldsOf(changes).map(({ path, to }) => [path, to])).toEqual([
      ['spec.template.spec.containers[name=web].env[name=LOG_LEVEL]', undefined],
      ['spec.replicas', undefined],
    ]);
  });

  it('shows the live side with our fields only, in our order, so that the text diff is what differs', () => {
    const [change] = compareLive([desired], [{ ...live, spec: { ...(live['spec'] as object), replicas: 7 } }], rules);
    expect(unifiedDiff(change as Change)).toBe(
      [
        '@@ -6,7 +6,7 @@',
        '   labels:',
        '     app: web',
        ' spec:',
        '-  replicas: 7',
        '+  replicas: 3',
        '   template:',
        '     metadata:',
        '       labels:',
      ].join('\n'),
    );
  });

  it('tells what is missing and what is extra', () => {
    const extra = { ...live, metadata: { ...live.metadata, name: 'old' } };
    const changes = compareLive([desired], [extra], rules);
    expect(changes.map(({ action, key }) => [action, key.name])).toEqual([
      ['delete', 'old'],
      ['create', 'web'],
    ]);
    expect(changes[0]?.before).not.toMatch(/resourceVersion|managedFields|status|last-applied|tracking-id/);
  });

  it('does not count extra objects that ask for it with IgnoreExtraneous', () => {
    const annotations = { [ANNOTATION.compareOptions]: 'IgnoreExtraneous' };
    expect(compareLive([], [{ ...live, metadata: { ...live.metadata, annotations } }], rules)).toEqual([]);
  });

  it('compares no hooks', () => {
    const annotations = { [ANNOTATION.hook]: 'PreSync' };
    const hook: Manifest = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', annotations } };
    expect(compareLive([hook], [], rules)).toEqual([]);
    expect(compareLive([], [hook], rules)).toEqual([]);
  });

  it('sees that somebody replaced an emptyDir', () => {
    const pod = (volume: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { volumes: [{ name: 'tmp', ...volume }] },
    });
    const changes = compareLive([pod({ emptyDir: {} })], [pod({ hostPath: { path: '/' } })], rules);
    expect(fieldsOf(changes)).toMatchObject([{ path: 'spec.volumes[name=tmp].emptyDir', from: undefined, to: {} }]);
  });

  it('sees that somebody removed a security setting whose absence means something else', () => {
    const container = (settings: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { containers: [{ name: 'c', securityContext: settings }] },
    });
    const changes = compareLive([container({ allowPrivilegeEscalation: false })], [container({})], rules);
    expect(fieldsOf(changes)).toMatchObject([{ to: false }]);
  });

  it('takes a list that the API server replaces as a whole for ours as a whole', () => {
    const role = (rules_: unknown): Manifest => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace: 'shop' },
      rules: rules_,
    });
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['*'] };
    expect(fieldsOf(compareLive([role([pods])], [role([pods, secrets])], rules))).toMatchObject([
      { path: 'rules', from: [pods, secrets], to: [pods] },
    ]);
  });
});

describe('ignoreDifferences', () => {
  const edited = withEdit(
    live,
    (spec) => ({ ...spec, replicas: 7 }),
    { 'f:spec': { 'f:replicas': {} } },
    'horizontal-pod-autoscaler',
  );

  it.each([
    ['a JSON pointer', { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    ['a glob for group and kind', { group: '*', kind: '*', jsonPointers: ['/spec/replicas'] }],
    ['its name', { group: 'apps', kind: 'Deployment', name: 'web', jsonPointers: ['/spec/replicas'] }],
    ['its namespace', { group: 'apps', kind: 'Deployment', namespace: 'shop', jsonPointers: ['/spec'] }],
    ['a field manager', { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['horizontal-pod-autoscaler'] }],
  ])('ignores by %s', (_, entry) => {
    expect(compareLive([desired], [edited], { ...rules, ignoreDifferences: [entry] })).toEqual([]);
  });

  it.each([
    ['another group', { group: '', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    ['another kind', { group: 'apps', kind: 'StatefulSet', jsonPointers: ['/spec/replicas'] }],
    ['another name', { group: 'apps', kind: 'Deployment', name: 'api', jsonPointers: ['/spec/replicas'] }],
    ['another namespace', { group: 'apps', kind: 'Deployment', namespace: 'blog', jsonPointers: ['/spec/replicas'] }],
    ['another field', { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/paused', '/spec/replicas/0', ''] }],
    ['another manager', { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['argocd-controller'] }],
  ])('does not ignore for %s', (_, entry) => {
    expect(compareLive([desired], [edited], { ...rules, ignoreDifferences: [entry] })).toHaveLength(1);
  });

  it.each([
    ['an escaped slash', '/metadata/annotations/acme.io~1build', { annotations: { 'acme.io/build': '1' } }],
    ['an escaped tilde', '/metadata/annotations/a~0b', { annotations: { 'a~b': '1' } }],
    ['a list index', '/metadata/finalizers/0', { finalizers: ['acme.io/guard'] }],
  ])('reads %s in a pointer', (_, pointer, metadata) => {
    const map = (more: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'shop', ...more },
    });
    const ignoreDifferences = [{ group: '', kind: 'ConfigMap', jsonPointers: [pointer] }];
    expect(compareLive([map(metadata)], [map({})], rules)).toHaveLength(1);
    const changes = compareLive([map(metadata)], [map({})], { ...rules, ignoreDifferences });
    expect(fieldsOf(changes).map(({ path }) => path)).not.toContain(pathOf(pointer));
  });
});

function pathOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.');
}

function withEdit(
  object: Manifest,
  edit: (spec: Record<string, unknown>) => unknown,
  fieldsV1: Readonly<Record<string, unknown>>,
  manager: string,
): Manifest {
  const entry = { manager, operation: 'Update' as const, time: '2026-11-24T09:30:00Z', fieldsV1 };
  return {
    ...object,
    metadata: { ...object.metadata, managedFields: [...(object.metadata.managedFields ?? []), entry] },
    spec: edit(object['spec'] as Record<string, unknown>),
  };
}

/** A deep copy in which one value stands for another. */
function replaced<T>(value: T, old: unknown, by: unknown): T {
  return JSON.parse(JSON.stringify(value).replace(JSON.stringify(old), JSON.stringify(by))) as T;
}

function fieldsOf(changes: readonly Change[]): Change['fields'] {
  return changes.flatMap((change) => change.fields);
}
