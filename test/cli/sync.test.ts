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
  const over = (verb = '') => [verb, 'shop', '--repo', clone.dir, '--kubeconfig', kubeconfig];
  return {
    clone,
    run: (verb, ...args) => trimtab([...over(verb), ...args], { env }),
    begin: (verb, ...args) => start([...over(verb), ...args], { env }),
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
    // One Ctrl-C may come twice: from the terminal, and from the launcher
    waiting.child.kill('SIGINT');
    waiting.child.kill('SIGINT');
    const stopped = await waiting.ended;
    expect(stopped.stderr).toContain('trimtab sync shop goes on where it was; trimtab terminate shop ends it');
    expect(stopped.code).toBe(1);

    clone.commit('main', { 'shop/web.yaml': configMap('web', 'second') });
    const other = await run('sync');
    expect(other.stderr).toMatch(
      /error: shop is syncing to [0-9a-f]{7} now\.\n.*\n {2}fix: {3}trimtab terminate shop ends it/,
    );
    expect(other.code).toBe(1);
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
    // How it ended is a result, and stands on stdout alone
    expect(first.stderr).not.toContain('successfully synced');
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

  test('is said to share a resource with the application that has it, and differs in nothing', async () => {
    const { clone, run } = desk();
    clone.commit('main', {
      'argocd/web.yaml': APPLICATION.replace('name: shop', 'name: web').replace('path: shop', 'path: web'),
      'web/web.yaml': configMap('web', 'first'),
      'shop/old.yaml': null,
    });
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${cluster.url}${path}?fieldManager=trimtab`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await post('/api/v1/namespaces/shop/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:shop/web' } },
      data: { value: 'first' },
    });
    const both = 'ConfigMap shop/web is part of applications shop and web';
    const [diff, get] = await Promise.all([run('diff'), run('get')]);
    expect(diff).toMatchObject({ stdout: 'The cluster is as Git says.\n', stderr: expect.stringContaining(both) });
    expect(get.stdout).toMatch(/sync: +Synced/);
    expect(get.stdout).toContain(`SharedResourceWarning: ${both}`);
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

    const missed = await run('sync', '--resource', ':ConfigMap:wbe');
    expect(missed.stdout).toContain('shop has no resource :ConfigMap:wbe');
    expect(missed.code).toBe(1);
  });

  test('begins nothing where the cluster does not answer, and says so once', async () => {
    const { run } = desk();
    const kubeconfig = join(temporaryFolder(), 'down');
    writeFileSync(kubeconfig, cluster.kubeconfig().replace(cluster.url, 'http://127.0.0.1:1'));
    const { code, stdout, stderr } = await run('sync', '--kubeconfig', kubeconfig);
    expect(stderr.match(/nothing listens there/g)).toHaveLength(1);
    expect(stderr).toContain('fix:   Is the API server up, and is the port right?');
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse((await run('history', '--kubeconfig', kubeconfig, '-o', 'json')).stdout)).toEqual([]);
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
