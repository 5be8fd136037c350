import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, trimtab } from './support.ts';

const DESIRED = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  template: {spec: {containers: [{name: web, image: 'web:2', resources: {limits: {cpu: 1000m}}}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
stringData: {password: hunter2-canary}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {}
rules: []
`;

const LIVE = `
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
      managedFields:
        - manager: kubectl-edit
          operation: Update
          time: '2026-01-31T08:00:00Z'
          fieldsV1: {'f:spec': {'f:template': {'f:spec': {'f:containers': {'k:{"name":"web"}': {'f:image': {}}}}}}}
    spec:
      replicas: 5
      template: {spec: {containers: [{name: web, image: 'web:1', resources: {limits: {cpu: "1"}}}]}}
  - apiVersion: v1
    kind: Secret
    metadata: {name: login, namespace: shop}
    data: {password: b2xkLWNhbmFyeQ==}
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: all}
    aggregationRule: {}
    rules: [{verbs: [get]}]
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: left, namespace: shop}
`;

const SETTINGS = `
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.compareoptions: |
    ignoreAggregatedRoles: true
  resource.customizations.ignoreDifferences.apps_Deployment: |
    jsonPointers: [/spec/replicas]
  resource.exclusions: |
    - kinds: [ConfigMap]
`;

function files(): { readonly desired: string; readonly live: string; readonly settings: string } {
  const dir = temporaryFolder();
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  return {
    desired: write('desired.yaml', DESIRED),
    live: write('live.yaml', LIVE),
    settings: write('cm.yaml', SETTINGS),
  };
}

interface Row {
  readonly kind: string;
  readonly action: string;
  readonly fields: readonly object[];
}

test('two files are compared as a refresh compares, and told with who wrote what', async () => {
  const { desired, live } = files();
  const { code, stdout } = await trimtab(['diff', '--desired', desired, '--live', live, '-o', 'json', '--exit-code']);
  expect(code).toBe(1);
  const rows: readonly Row[] = JSON.parse(stdout);
  expect(rows.map(({ kind, action }) => [kind, action])).toEqual([
    ['ClusterRole', 'update'],
    ['ConfigMap', 'delete'],
    ['Deployment', 'update'],
    ['Secret', 'update'],
  ]);
  expect(rows[2]).toEqual({
    group: 'apps',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    action: 'update',
    fields: [
      { path: 'spec.replicas', from: 5, to: 3 },
      {
        path: 'spec.template.spec.containers[name=web].image',
        from: 'web:1',
        to: 'web:2',
        manager: 'kubectl-edit',
        at: '2026-01-31T08:00:00Z',
      },
    ],
  });
  expect(stdout).not.toMatch(/canary|Y2FuYXJ5|b2xkLWNhbmFyeQ/);
});

test('the settings of argocd-cm leave out what they ignore and exclude', async () => {
  const { desired, live, settings } = files();
  const { stdout } = await trimtab(['diff', '--desired', desired, '--live', live, '--settings', settings]);
  expect(stdout).not.toMatch(/ClusterRole|ConfigMap|replicas in Git/);
  expect(stdout).toContain('+          image: web:2');
  expect(stdout).toMatch(/\+ {2}password: •[0-9a-f]{8}•/);
});

test('the same on both sides is said, and ends well', async () => {
  const { desired } = files();
  const { code, stdout } = await trimtab(['diff', '--desired', desired, '--live', desired, '--exit-code']);
  expect(stdout).toBe('Nothing differs.\n');
  expect(code).toBe(0);
  const half = await trimtab(['diff', '--desired', desired]);
  expect(half.code).toBe(2);
  expect(half.stderr).toContain('trimtab diff --desired FILE --live FILE');
});

test('what has no namespace is held against the one live object of its kind and name', async () => {
  const dir = temporaryFolder();
  const map = (namespace: string): string =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: web${namespace}}, data: {mode: 0o644}}\n`;
  const live = (...namespaces: string[]): string => namespaces.map((one) => map(`, namespace: ${one}`)).join('---\n');
  writeFileSync(join(dir, 'rendered.yaml'), map(''));
  writeFileSync(join(dir, 'one.yaml'), live('shop').replace('0o644', '420'));
  writeFileSync(join(dir, 'two.yaml'), live('shop', 'bank'));
  const diff = (name: string) => trimtab(['diff', '--desired', join(dir, 'rendered.yaml'), '--live', join(dir, name)]);
  expect((await diff('one.yaml')).stdout).toBe('Nothing differs.\n');
  expect((await diff('two.yaml')).stdout).toContain('ConfigMap web is in Git, not in the cluster');
});

test('--exit-code tells what differs from what could not be found out', async () => {
  const { desired } = files();
  const { code, stderr } = await trimtab(['diff', '--desired', desired, '--live', 'nowhere.yaml', '--exit-code']);
  expect(stderr).toContain('The file nowhere.yaml cannot be read.');
  expect(code).toBe(2);
  expect((await trimtab(['diff', '--desired', desired, '--live', 'nowhere.yaml'])).code).toBe(1);
});
