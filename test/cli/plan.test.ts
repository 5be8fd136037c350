import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, trimtab } from './support.ts';

const MANIFESTS = `
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {argocd.argoproj.io/sync-wave: "1"}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: shop
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5"}
---
apiVersion: batch/v1
kind: Job
metadata: {generateName: smoke-, namespace: shop, annotations: {argocd.argoproj.io/hook: PostSync}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: never, namespace: shop, annotations: {argocd.argoproj.io/hook: Skip}}
`;

const APPLICATION = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec:
  project: default
  source: {repoURL: 'https://github.com/acme/platform', path: shop}
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  syncPolicy: {syncOptions: [CreateNamespace=true]}
`;

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

function live(kind: string, name: string, id: string, annotations = ''): string {
  return `---\napiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop, annotations: {argocd.argoproj.io/tracking-id: "${id}"${annotations}}}\n`;
}

async function planned(...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await trimtab(['plan', ...args, '-o', 'json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const rows: readonly { [key: string]: string | number }[] = JSON.parse(stdout);
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(['phase', 'wave', 'action', 'group', 'kind', 'namespace', 'name']);
  }
  return rows.map((row) => Object.values(row).join(' '));
}

test('prints tasks by phase, wave, kind and name; a Namespace comes with its first user', async () => {
  const tasks = await planned(file('manifests.yaml', MANIFESTS));
  expect(tasks.slice(0, 5)).toEqual([
    'PreSync -5 apply  Namespace  shop',
    'PreSync -5 hook batch Job shop migrate',
    'Sync 0 apply  ConfigMap shop web',
    'Sync 0 apply  Service shop web',
    'Sync 1 apply apps Deployment shop web',
  ]);
  expect(tasks[5]).toMatch(/^PostSync 0 hook batch Job shop smoke-/);
  expect(tasks).toHaveLength(6);
});

test('prunes what the live objects have of the application and Git has no more, last waves first', async () => {
  const objects = [
    live('ConfigMap', 'web', 'shop:/ConfigMap:shop/web'),
    live('ConfigMap', 'first', 'shop:/ConfigMap:shop/first'),
    live('ConfigMap', 'second', 'shop:/ConfigMap:shop/second', ', argocd.argoproj.io/sync-wave: "2"'),
    live('ConfigMap', 'copied', 'shop:/ConfigMap:shop/other'),
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign, namespace: shop}\n`,
  ].join('');
  const tasks = await planned(file('manifests.yaml', MANIFESTS), '--live', file('live.yaml', objects));
  expect(tasks.filter((task) => task.includes(' prune '))).toEqual([
    'Sync 0 prune  ConfigMap shop second',
    'Sync 2 prune  ConfigMap shop first',
  ]);
});

test('heeds the sync options of the Application', async () => {
  const one = file('one.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n');
  const application = file('application.yaml', APPLICATION);
  expect(await planned(one, '--application', application)).toEqual([
    'PreSync 0 apply  Namespace  shop',
    'Sync 0 apply  ConfigMap shop web',
  ]);
});

test('says which resources stay, and why', async () => {
  const kept = live('ConfigMap', 'kept', 'shop:/ConfigMap:shop/kept', ', argocd.argoproj.io/sync-options: Prune=false');
  const { stdout, stderr } = await trimtab(['plan', file('m.yaml', MANIFESTS), '--live', file('live.yaml', kept)]);
  expect(stdout).toMatch(/^PHASE +WAVE +ACTION +GROUP +KIND +NAMESPACE +NAME\nPreSync +-5 +apply/);
  expect(stdout).not.toContain('kept');
  expect(stderr).toBe('note: ConfigMap shop/kept stays: ignored (no prune).\n');
});

test('names the file and the line of what is no Kubernetes object', async () => {
  const path = file('values.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nreplicas: 3\n');
  const { code, stderr } = await trimtab(['plan', path]);
  expect(code).toBe(1);
  expect(stderr).toContain('this has no apiVersion');
  expect(stderr).toContain('values.yaml:5');
});
