import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { createLocalCluster } from '../../src/local/cluster/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { IN_CLUSTER } from '../../src/spec/settings.ts';
import { cloneOfExamples, temporaryFolder, trimtab } from './support.ts';

/** A cluster into which what Git says of an application was applied, and the kubeconfig that leads to it. */
async function clusterWith(app: string, repo: string) {
  const cluster = await createLocalCluster();
  onTestFinished(() => cluster.close());
  const kubeconfig = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
  const { stdout } = await trimtab(['render', app, '--repo', repo, '-o', 'json']);
  const { items }: { readonly items: readonly Manifest[] } = JSON.parse(stdout);
  const clusters = createWritableClusters({ kubeconfig: { path: kubeconfig } });
  const writer = await clusters.writer({ ...IN_CLUSTER, labels: {}, namespaces: [], config: {} });
  const namespace = items.find((item) => item.metadata.namespace !== undefined)?.metadata.namespace ?? '';
  await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const item of items) {
    const id = `${app}:${item.apiVersion.includes('/') ? item.apiVersion.split('/')[0] : ''}/${item.kind}:${namespace}/${item.metadata.name}`;
    const annotations = { ...item.metadata.annotations, 'argocd.argoproj.io/tracking-id': id };
    await writer.apply({ ...item, metadata: { ...item.metadata, annotations } });
  }
  return { cluster, kubeconfig };
}

test('a cluster that is as Git says is said to be so', async () => {
  const { dir } = cloneOfExamples();
  const { kubeconfig } = await clusterWith('status-page', dir);
  const { code, stdout } = await trimtab([
    'diff',
    'status-page',
    '--repo',
    dir,
    '--kubeconfig',
    kubeconfig,
    '--exit-code',
  ]);
  expect(stdout).toBe('The cluster is as Git says.\n');
  expect(code).toBe(0);
});

test('drift is shown with the field, both values, who changed it and when', async () => {
  const { dir } = cloneOfExamples();
  const { cluster, kubeconfig } = await clusterWith('status-page', dir);
  await fetch(`${cluster.url}/apis/apps/v1/namespaces/status-page/deployments/status-page?fieldManager=kubectl-edit`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json', authorization: `Bearer ${cluster.token}` },
    body: JSON.stringify({ spec: { replicas: 7 } }),
  });
  const args = ['diff', 'status-page', '--repo', dir, '--kubeconfig', kubeconfig];
  const { code, stdout } = await trimtab(args);
  expect(stdout).toMatch(/^Deployment status-page\/status-page differs$/m);
  expect(stdout).toMatch(/spec\.replicas: \d in Git, 7 in the cluster \(kubectl-edit, \d{4}-\d\d-\d\dT[\d:]+Z\)/);
  expect(stdout).toContain('-  replicas: 7');
  expect(stdout).not.toContain('\u001b[');
  expect(code).toBe(0);
  expect((await trimtab([...args, '--exit-code'])).code).toBe(1);
});

test('what is not in the cluster yet shows as a whole; values of Secrets do not show', async () => {
  const { dir } = cloneOfExamples();
  const cluster = await createLocalCluster();
  onTestFinished(() => cluster.close());
  const kubeconfig = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
  const { stdout } = await trimtab(['diff', 'payments', '--repo', dir, '--kubeconfig', kubeconfig]);
  expect(stdout).toContain('Deployment payments/payments is in Git, not in the cluster');
  expect(stdout).toMatch(/password: •\w+•/);
});

test('a context that is not there, a kubeconfig that is not there, and a cluster that does not answer', async () => {
  const { dir } = cloneOfExamples();
  const folder = temporaryFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = await createLocalCluster();
  writeFileSync(kubeconfig, cluster.kubeconfig());
  await cluster.close();
  const context = await trimtab([
    'diff',
    'payments',
    '--repo',
    dir,
    '--kubeconfig',
    kubeconfig,
    '--context',
    'staging',
  ]);
  expect(context.stderr).toMatch(/has no context staging\.\n {2}fix: +Its contexts are: /);
  const missing = await trimtab(['diff', 'payments', '--repo', dir, '--kubeconfig', join(folder, 'none')]);
  expect(missing.stderr).toContain('is not there');
  const closed = await trimtab(['diff', 'payments', '--repo', dir, '--kubeconfig', kubeconfig]);
  expect(closed.stderr).toMatch(/^error: .* was not reached/m);
  expect(closed.stderr).not.toMatch(/^\s+at /m);
  expect([context.code, missing.code, closed.code]).toEqual([1, 1, 1]);
});
