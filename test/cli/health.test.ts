import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, trimtab } from './support.ts';

const RESOURCES = `
apiVersion: v1
kind: List
items:
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {paused: true}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}}
---
apiVersion: acme.example/v1
kind: Widget
metadata: {name: gear}
status: {conditions: [{type: Stalled, status: "True", message: no oil}]}
`;

const SETTINGS = `
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.acme.example_Widget: |
    return {status = "Suspended", message = obj.status.conditions[1].message}
`;

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

test('health judges each object of a file, in its order', async () => {
  const { code, stdout } = await trimtab(['health', file('live.yaml', RESOURCES), '-o', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      group: 'apps',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      status: 'Suspended',
      message: 'The Deployment is paused',
    },
    { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings', status: 'Healthy', message: '' },
    { group: 'acme.example', kind: 'Widget', namespace: '', name: 'gear', status: 'Degraded', message: 'no oil' },
  ]);
});

test('health scripts of argocd-cm win', async () => {
  const settings = file('argocd-cm.yaml', SETTINGS);
  const { stdout } = await trimtab(['health', file('live.yaml', RESOURCES), '--customizations', settings]);
  expect(stdout).toMatch(/^GROUP +KIND +NAMESPACE +NAME +STATUS +MESSAGE\n/);
  expect(stdout).toMatch(/^acme\.example +Widget +gear +Suspended +no oil$/m);
});

test('a settings file without argocd-cm is named', async () => {
  const none = file('none.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\n');
  const refused = await trimtab(['health', file('live.yaml', RESOURCES), '--customizations', none]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('holds no ConfigMap argocd-cm');
});

test.each([
  [
    'a namespace that YAML reads as a boolean',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}',
    ':3, metadata.namespace',
    'Put it in quotes.',
  ],
  ['metadata that is no map', 'apiVersion: v1\nkind: Pod\nmetadata: [a]', ':3, metadata', 'Write metadata'],
  ['an array of objects', '[{apiVersion: v1, kind: Pod}]', 'live.yaml', 'kubectl get -o yaml'],
])('%s is told with its place and what to do', async (...[, text, where, fix]) => {
  const { code, stderr } = await trimtab(['health', file('live.yaml', text)]);
  expect(code).toBe(1);
  expect(stderr).toContain(where);
  expect(stderr).toContain(fix);
});
