import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createClusters } from '../../src/cluster/clusters.ts';
import type { ConnectOptions } from '../../src/cluster/connect.ts';
import { readOnly } from '../../src/cluster/connection.ts';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';
import { type Asked, problemOf, QUICK, registered, script } from './support.ts';

const TOKEN = 'sa-token-of-trimtab';

async function factsOf(registration: ClusterRegistration, options: ConnectOptions = {}) {
  const reader = await createClusters({ ...QUICK, ...options }).reader(registration);
  return await reader.facts();
}

const resolveSecret = async (reference: string) => (reference === 'env:TOKEN' ? `${TOKEN}\n` : '');

describe('a registration', () => {
  let cluster: LocalCluster;

  beforeEach(async () => {
    cluster = await createLocalCluster({ controllers: 'manual', token: TOKEN });
    return () => cluster.close();
  });

  it('connects with a bearer token, by reference or as it is', async () => {
    const by = (bearerToken: string) =>
      factsOf(registered(cluster.url, { config: { bearerToken } }), { resolveSecret });
    expect(await by('env:TOKEN')).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(await by(TOKEN)).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(await problemOf(by('wrong'))).toMatchObject({ code: 'unauthorized' });
  });

  it('does not show its token in an error', async () => {
    const problem = await problemOf(factsOf(registered(cluster.url, { config: { bearerToken: 'wrong-but-secret' } })));
    expect(inspect(problem, { depth: 10 })).not.toContain('wrong-but-secret');
  });

  it('of the cluster itself means the current context of the kubeconfig', async () => {
    const itself = registered('https://kubernetes.default.svc');
    const kubeconfig = { text: cluster.kubeconfig() };
    expect(await factsOf(itself, { kubeconfig })).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(await problemOf(factsOf(itself))).toMatchObject({ code: 'misconfigured' });
    const clusters = createClusters({ kubeconfig });
    expect((await clusters.reader(itself)).server).toBe('https://kubernetes.default.svc');
  });
});

it('connects with a name and a password', async () => {
  const seen: Asked[] = [];
  const { url } = await script((asked) => {
    seen.push(asked);
    return { body: { gitVersion: 'v1.36.0' } };
  });
  await factsOf(registered(url, { config: { username: 'ci', password: 'pass' } }));
  expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ci:pass').toString('base64')}`);
});

it.each(['http://api.shop.example:8080', 'http://127.0.0.1.shop.example', 'http://127.shop.example'])(
  'sends no token over plain http to another machine: %s',
  async (server) => {
    const problem = await problemOf(factsOf(registered(server)));
    expect(problem).toMatchObject({ code: 'misconfigured', fix: 'Use https.' });
  },
);

it.each(['', 'api.shop.example', 'ftp://api.shop.example'])('takes %j for no server', async (server) => {
  expect(await problemOf(factsOf(registered(server)))).toMatchObject({ code: 'misconfigured' });
});

it('names the secret that nothing resolves', async () => {
  const problem = await problemOf(factsOf(registered('https://127.0.0.1:1', { config: { bearerToken: 'env:TOKEN' } })));
  expect(problem).toMatchObject({ code: 'misconfigured' });
  expect(problem.message).toContain('env:TOKEN');
});

it('reads no file for a registration, which comes from Git', async () => {
  const read: string[] = [];
  const registration = registered('https://127.0.0.1:1', { config: { bearerToken: 'file:/proc/self/environ' } });
  const problem = await problemOf(
    factsOf(registration, {
      resolveSecret: async (reference) => {
        read.push(reference);
        return 'content';
      },
    }),
  );
  expect(problem.code).toBe('misconfigured');
  expect(read).toEqual([]);
});

/** CVE-2022-24817: a kubeconfig that comes from elsewhere must not run a program here. */
describe('a kubeconfig whose credentials come from a program', () => {
  const itself = registered('https://kubernetes.default.svc');

  function kubeconfigWith(url: string, user: unknown): string {
    return JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  }

  function asFile(text: string): string {
    const dir = mkdtempSync(join(tmpdir(), 'trimtab-kubeconfig-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'config');
    writeFileSync(path, text);
    return path;
  }

  const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: TOKEN } });
  const exec = { command: process.execPath, args: ['-e', `console.log(${JSON.stringify(credential)})`] };

  it('is used from a file of this machine', async () => {
    const { url } = await script(({ headers }) =>
      headers.authorization === `Bearer ${TOKEN}` ? { body: { gitVersion: 'v1.36.0' } } : { status: 401 },
    );
    const path = asFile(kubeconfigWith(url, { exec }));
    expect(await factsOf(itself, { kubeconfig: { path } })).toMatchObject({ kubeVersion: 'v1.36.0' });
  });

  it.each([{ exec }, { 'auth-provider': { name: 'oidc', config: {} } }])(
    'is refused from anywhere else',
    async (user) => {
      const text = kubeconfigWith('http://127.0.0.1:1', user);
      expect(await problemOf(factsOf(itself, { kubeconfig: { text } }))).toMatchObject({ code: 'unsupported' });
      const fromStore = factsOf(itself, { kubeconfig: { reference: 'ssm:/k' }, resolveSecret: async () => text });
      expect(await problemOf(fromStore)).toMatchObject({ code: 'unsupported' });
    },
  );

  it('says so when the program fails, without repeating what it printed', async () => {
    const broken = { command: process.execPath, args: ['-e', 'console.error("token=abc123"); process.exit(1)'] };
    const path = asFile(kubeconfigWith('http://127.0.0.1:1', { exec: broken }));
    const problem = await problemOf(factsOf(itself, { kubeconfig: { path } }));
    expect(problem.code).toBe('unauthorized');
    expect(inspect(problem, { depth: 10 })).not.toContain('abc123');
  });

  it.each([
    ['token: [unclosed-canary', 'is not valid'],
    ['', 'is not valid'],
    ['{"clusters": [], "users": [], "contexts": []}', 'names no cluster'],
  ])('that reads %j is refused without quoting it', async (text, says) => {
    const problem = await problemOf(factsOf(itself, { kubeconfig: { text } }));
    expect(problem.code).toBe('misconfigured');
    expect(problem.message).toContain(says);
    expect(inspect(problem, { depth: 10 })).not.toContain('canary');
  });

  it('that is not there is named', async () => {
    const problem = await problemOf(factsOf(itself, { kubeconfig: { path: '/nowhere/config' } }));
    expect(problem.message).toBe('The kubeconfig /nowhere/config is not there.');
  });
});

describe('functions that only read', () => {
  it('have no verb that writes in their bundle', async () => {
    const { metafile } = await build({
      entryPoints: ['src/cluster/clusters.ts'],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const files = Object.keys(metafile.inputs).map((path) => path.replace(/.*\//, ''));
    expect(files).toContain('dry-run.ts');
    for (const verb of ['apply.ts', 'create.ts', 'remove.ts', 'writable.ts']) expect(files).not.toContain(verb);
  });

  it('have a connection that lets only reading and dry-runs pass', async () => {
    const sent: string[] = [];
    const connection = readOnly({
      cluster: 'production',
      server: 'https://api.example',
      namespaces: [],
      send: async (request) => {
        sent.push(request.method);
        return { status: 200, body: {}, warnings: [] };
      },
    });
    const request = { path: '/api/v1/namespaces/shop', subject: { doing: 'test' } };
    await connection.send({ ...request, method: 'GET' });
    await connection.send({ ...request, method: 'PATCH', query: { dryRun: 'All' } });
    expect(await problemOf(connection.send({ ...request, method: 'DELETE' }))).toMatchObject({ code: 'internal' });
    expect(sent).toEqual(['GET', 'PATCH']);
  });
});
