import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { identityOfKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { requestOptionsOf } from '../../src/cluster/request-options.ts';
import { problemOf } from './support.ts';

/** https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ */
function config(name: string, cluster: object = {}, user: object = {}): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${name}.example/`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'trimtab-kubeconfig-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

function environment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe('the kubeconfig of this machine', () => {
  it('is what all files of $KUBECONFIG say together: the first wins, and those that are not there are left out', async () => {
    const dir = folder();
    const [first, second] = [join(dir, 'first'), join(dir, 'second')];
    writeFileSync(first, config('staging', {}, { token: 'one' }));
    writeFileSync(second, config('production', {}, { token: 'two' }));
    environment({ KUBECONFIG: [join(dir, 'nowhere'), first, second].join(delimiter) });
    const server = async (context?: string) =>
      (await identityOfKubeconfig({ default: true, ...(context === undefined ? {} : { context }) }, undefined)).cluster
        .server;
    expect(await server()).toBe('https://staging.example');
    expect(await server('production')).toBe('https://production.example');
    const problem = await problemOf(server('shop'));
    expect([problem.message, problem.fix]).toEqual([
      'The kubeconfig of this machine ($KUBECONFIG, ~/.kube/config) has no context shop.',
      'Its contexts are: staging, production.',
    ]);
  });

  it('is ~/.kube/config where no other is named', async () => {
    const home = folder();
    mkdirSync(join(home, '.kube'));
    writeFileSync(join(home, '.kube', 'config'), config('staging'));
    environment({ HOME: home, KUBECONFIG: '' });
    expect((await identityOfKubeconfig({ default: true }, undefined)).cluster.server).toBe('https://staging.example');
  });

  it('that is nowhere is said', async () => {
    environment({ HOME: folder(), KUBECONFIG: '' });
    expect((await problemOf(identityOfKubeconfig({ default: true }, undefined))).message).toBe(
      'The kubeconfig of this machine ($KUBECONFIG, ~/.kube/config) names no cluster for its current context.',
    );
  });
});

describe('what a kubeconfig says of its user', () => {
  async function options(cluster: object, user: object) {
    const dir = folder();
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(dir, name), `the ${name}`);
    writeFileSync(join(dir, 'config'), config('staging', cluster, user));
    const identity = await identityOfKubeconfig({ path: join(dir, 'config') }, undefined);
    return await (await requestOptionsOf(identity.cluster, identity.user))({ accept: 'x' });
  }
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('goes into each request: a token, a password, whom to impersonate', async () => {
    expect(await options({}, { token: 'secret' })).toEqual({
      headers: { accept: 'x', Authorization: 'Bearer secret' },
    });
    expect(await options({}, { username: 'ci', password: 'pass' })).toEqual({
      headers: { accept: 'x' },
      auth: 'ci:pass',
    });
    expect(await options({}, { token: 'secret', as: 'deployer' })).toEqual({
      headers: { accept: 'x', Authorization: 'Bearer secret', 'Impersonate-User': 'deployer' },
    });
  });

  it('and of TLS: certificates as text, or as files beside the kubeconfig', async () => {
    const text = await options(
      { 'certificate-authority-data': base64('the ca'), 'tls-server-name': 'api' },
      { 'client-certificate-data': base64('the cert'), 'client-key-data': base64('the key') },
    );
    const files = await options(
      { 'certificate-authority': 'ca', 'tls-server-name': 'api' },
      { 'client-certificate': 'cert', 'client-key': 'key' },
    );
    const expected = { ca: Buffer.from('the ca'), cert: Buffer.from('the cert'), key: Buffer.from('the key') };
    for (const each of [text, files])
      expect(each).toEqual({ headers: { accept: 'x' }, servername: 'api', ...expected });
    expect(await options({ 'insecure-skip-tls-verify': true }, {})).toMatchObject({ rejectUnauthorized: false });
  });

  it('is put there by the library where a provider gives it', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'token'), 'from a file');
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(dir, 'token') } } };
    expect(await options({}, user)).toMatchObject({ headers: { accept: 'x', Authorization: 'Bearer from a file' } });
  });
});

it('connecting with a token loads none of the generated clients', async () => {
  const { metafile } = await build({
    entryPoints: ['src/cluster/connect.ts'],
    bundle: true,
    splitting: true,
    outdir: 'out',
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
  });
  const entry = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === 'src/cluster/connect.ts');
  const first = Object.keys(entry?.inputs ?? {});
  const statics = (entry?.imports ?? []).filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
  const loaded = [...first, ...statics.flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))];
  expect(loaded.some((path) => path.endsWith('config_types.js'))).toBe(true);
  expect(loaded.filter((path) => path.includes('client-node/dist/gen'))).toEqual([]);
});
