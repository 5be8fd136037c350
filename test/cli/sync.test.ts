import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import { type Clone, createClone, type Running, start, temporaryFolder, trimtab } from './support.ts';

const URL = 'https://github.com/acme/platform';

const APPLICATION = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source: {repoURL: '${URL}', path: shop}
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  syncPolicy: {syncOptions: [CreateNamespace=true]}
`;

function configMap(name: string, value: string, annotations = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, annotations: {${annotations}}}\ndata: {value: ${value}}\n`;
}

let cluster: LocalCluster;
beforeAll(async () => {
  cluster = await createLocalCluster();
});
afterAll(() => cluster.close());

/** A clone of its own, and `trimtab VERB shop` over it, a state of its own and the cluster of this file. */
function desk(): {
  readonly clone: Clone;
  run(...args: readonly string[]): ReturnType<typeof trimtab>;
  begin(...args: readonly string[]): Running;
} {
  const clone = createClone({
    'argocd/shop.yaml': APPLICATION,
    'shop/web.yaml': configMap('web', 'first'),
    'shop/old.yaml': configMap('old', 'first', 'argocd.argoproj.io/sync-wave: "1"'),
  });
  clone.git('remote', 'add', 'origin', `${URL}.git`);
  const kubeconfig = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
  const env = { TRIMTAB_CACHE: temporaryFolder() };
  onTestFinished(async () => {
    await fetch(`${cluster.url}/api/v1/namespaces/shop`, { method: 'DELETE' });
  });
  return {
    clone,
    run: (verb, ...args) =>
      trimtab([verb ?? '', 'shop', ...args, '--repo', clone.dir, '--kubeconfig', kubeconfig], { env }),
    begin: (verb, ...args) =>
      start([verb ?? '', 'shop', ...args, '--repo', clone.dir, '--kubeconfig', kubeconfig], { env }),
  };
}

async function storedValue(name: string): Promise<string | undefined> {
  const answer = await fetch(`${cluster.url}/api/v1/namespaces/shop/configmaps/${name}`);
  const object = (await answer.json()) as { readonly data?: { readonly value?: string } };
  return object.data?.value;
}

describe('a sync that is interrupted', () => {
  test('goes on where it was, and is ended by terminate', async () => {
    const { clone, run, begin } = desk();
    clone.commit('main', {
      'shop/old.yaml': configMap('old', 'first', 'argocd.argoproj.io/sync-options: Prune=confirm'),
    });
    await run('sync');
    clone.commit('main', { 'shop/old.yaml': null });
    const waiting = begin('sync', '--prune');
    await new Promise<void>((resolve) => {
      waiting.child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('waiting for pruning confirmation of ConfigMap shop/old')) resolve();
      });
    });
    waiting.child.kill('SIGINT');
    const stopped = await waiting.ended;
    expect(stopped.stderr).toContain('trimtab sync shop goes on where it was; trimtab terminate shop ends it');
    const ended = await run('terminate');
    expect(ended.stdout).toMatch(/^shop: terminated by /);
    expect(await storedValue('old')).toBe('first');
  });
});

describe('trimtab sync', () => {
  test('brings the cluster to what Git says, prunes when asked to, and tells its history', async () => {
    const { clone, run } = desk();
    const first = await run('sync');
    expect(first.stdout).toMatch(/^shop: Succeeded after \d+ s: successfully synced \(all tasks run\)\n$/);
    expect(first.stderr).toMatch(/PreSync 0 {2}apply {2}Namespace shop {2}Running {2}created/);
    expect(first.code).toBe(0);
    expect(await storedValue('web')).toBe('first');

    clone.commit('main', { 'shop/web.yaml': configMap('web', 'second'), 'shop/old.yaml': null });
    const rehearsed = await run('sync', '--dry-run', '--prune');
    expect(
      rehearsed.stdout
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual(['Sync 0  apply  ConfigMap shop/web  would run', 'Sync 1  prune  ConfigMap shop/old  would run']);
    expect(await storedValue('web')).toBe('first');

    await run('sync');
    expect([await storedValue('web'), await storedValue('old')]).toEqual(['second', 'first']);
    await run('sync', '--prune');
    expect(await storedValue('old')).toBeUndefined();

    const { stdout } = await run('history', '-o', 'json');
    const entries = JSON.parse(stdout);
    expect(entries.map((entry: { id: number; phase: string }) => [entry.id, entry.phase])).toEqual([
      [3, 'Succeeded'],
      [2, 'Succeeded'],
      [1, 'Succeeded'],
    ]);
    expect(entries[0]).toMatchObject({ trigger: { kind: 'cli' }, sources: [{ repoURL: URL, path: 'shop' }] });

    const status = JSON.parse((await run('get', '-o', 'json')).stdout);
    expect(status).toMatchObject({ name: 'shop', sync: 'Synced', operation: { phase: 'Succeeded' } });

    const back = await run('rollback', '1');
    expect(back.stderr).toBe('');
    expect(back.stdout).toContain('Branch trimtab/rollback-shop-1 brings shop back to sync 1');
    expect(clone.git('show', 'trimtab/rollback-shop-1:shop/old.yaml')).toContain('name: old');
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(clone.git('branch', '--show-current')).toBe('main');
  });

  test('syncs chosen resources alone', async () => {
    const { run } = desk();
    await fetch(`${cluster.url}/api/v1/namespaces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
    });
    const { code } = await run('sync', '--resource', ':ConfigMap:web');
    expect(code).toBe(0);
    expect([await storedValue('web'), await storedValue('old')]).toEqual(['first', undefined]);
  });

  test('changes nothing when the API server would refuse a resource of a later wave', async () => {
    const { clone, run } = desk();
    clone.commit('main', {
      'shop/old.yaml': `${configMap('old', 'x', 'argocd.argoproj.io/sync-wave: "1"')}dta: {typo: x}\n`,
    });
    await fetch(`${cluster.url}/api/v1/namespaces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
    });
    const { code, stdout } = await run('sync');
    expect(code).toBe(1);
    expect(stdout).toContain('shop: Failed');
    expect(stdout).toContain('dta');
    expect(await storedValue('web')).toBeUndefined();
  });
});

test('trimtab delete --cascade deletes what the application deployed, and says what still defines it', async () => {
  const { run } = desk();
  await run('sync');
  const { code, stdout, stderr } = await run('delete', '--cascade');
  expect(stdout).toContain('shop: Succeeded');
  expect(stderr).toContain('argocd/shop.yaml still defines shop');
  expect(code).toBe(0);
  expect([await storedValue('web'), await storedValue('old')]).toEqual([undefined, undefined]);
});

test('trimtab terminate says when nothing runs', async () => {
  const { run } = desk();
  const { code, stderr } = await run('terminate');
  expect(code).toBe(1);
  expect(stderr).toContain('shop is not syncing on this machine');
});
