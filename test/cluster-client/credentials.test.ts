import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAssumedRole } from '../../src/cluster/assumed-role.ts';
import { type CredentialOptions, identityOfRegistration } from '../../src/cluster/credentials.ts';
import { createExecCredential, type ExecConfig } from '../../src/cluster/exec-credential.ts';
import type { CallAws } from '../../src/spec/ports.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';
import { clientsOf, problemOf, registered, script } from './support.ts';

const V1 = 'client.authentication.k8s.io/v1';
const CLUSTER = { name: 'production', server: 'https://api.example', skipTLSVerify: false };
const VERSION = { body: { gitVersion: 'v1.36.0' } };

/** A program that notes how it was called and prints what it is told to. */
function program(print: string): { readonly config: ExecConfig; calls(): readonly Call[] } {
  const dir = mkdtempSync(join(tmpdir(), 'trimtab-exec-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const log = join(dir, 'calls');
  writeFileSync(log, '');
  const file = join(dir, 'login.mjs');
  const note = `{ args: process.argv.slice(2), region: process.env.AWS_REGION_OF_TEST, info: JSON.parse(process.env.KUBERNETES_EXEC_INFO) }`;
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(log)}, JSON.stringify(${note}) + '\\n');
readFileSync(0); // One that reads gets nothing, and does not wait for ever
const calls = readFileSync(${JSON.stringify(log)}, 'utf8').trim().split('\\n').length;
${print}`,
  );
  const config = { command: process.execPath, args: [file, '--cluster', 'production'], apiVersion: V1 };
  const calls = (): readonly Call[] =>
    readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call);
  return { config, calls };
}

interface Call {
  readonly args: readonly string[];
  readonly region?: string;
  readonly info: unknown;
}

const printing = (status: object, apiVersion = V1): string =>
  `console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${apiVersion}', status: ${JSON.stringify(status)} }))`;

/** A registration with execProviderConfig, as Argo CD has it: env is a map. */
function withProgram(server: string, { command, args = [] }: ExecConfig): ClusterRegistration {
  const execProviderConfig = { command, args, apiVersion: V1, env: { AWS_REGION_OF_TEST: 'eu-central-1' } };
  return registered(server, { config: { execProviderConfig } });
}

describe('execProviderConfig', () => {
  it('is asked once for a token, with the arguments and variables of the registration, where its programs may run', async () => {
    const { config, calls } = program(printing({ token: 'from-program' }));
    const { url, asked } = await script(() => VERSION);
    const { reader } = await clientsOf(withProgram(url, config), { runPrograms: true });
    for (let nth = 0; nth < 3; nth += 1) await reader.facts();
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer from-program'));
    expect(calls()).toEqual([
      {
        args: ['--cluster', 'production'],
        region: 'eu-central-1',
        info: { kind: 'ExecCredential', apiVersion: V1, spec: { interactive: false } },
      },
    ]);
  });

  it('is refused by a function, and nothing runs', async () => {
    const { config, calls } = program(printing({ token: 'from-program' }));
    const problem = await problemOf(clientsOf(withProgram('http://127.0.0.1:1', config)));
    expect(problem).toMatchObject({ code: 'unsupported' });
    expect(problem.message).toBe('Cluster production uses execProviderConfig, which runs a program.');
    expect(problem.fix).toContain('TRIMTAB_RUN_CREDENTIAL_PROGRAMS');
    expect(calls()).toEqual([]);
  });

  it('does not run a program of the folder that trimtab happens to run in', async () => {
    const registration = withProgram('http://127.0.0.1:1', { command: './login.sh' });
    expect(await problemOf(clientsOf(registration, { runPrograms: true }))).toMatchObject({ code: 'unsupported' });
  });

  it('is asked again when the server takes its token no more', async () => {
    const { config, calls } = program(
      `console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${V1}', status: { token: 'token-' + calls } }))`,
    );
    const { url } = await script(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { status: 401 } : VERSION,
    );
    const { reader } = await clientsOf(withProgram(url, config), { runPrograms: true });
    expect(await reader.facts()).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(calls()).toHaveLength(2);
  });

  it('is asked again once, by however many requests that were refused together', async () => {
    const { config, calls } = program(
      `console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${V1}', status: { token: 'token-' + calls } }))`,
    );
    const { url } = await script(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { status: 401 } : { status: 404 },
    );
    const { reader } = await clientsOf(withProgram(url, config), { runPrograms: true });
    const names = Array.from({ length: 20 }, (_, nth) => `config-${nth}`);
    await Promise.all(names.map((name) => reader.get('v1', { group: '', kind: 'ConfigMap', namespace: 'shop', name })));
    expect(calls()).toHaveLength(2);
  });

  it('whose credentials are refused again is not asked for ever', async () => {
    const { config, calls } = program(printing({ token: 'wrong' }));
    const { url } = await script(() => ({ status: 401 }));
    const { reader } = await clientsOf(withProgram(url, config), { runPrograms: true });
    expect(await problemOf(reader.get('v1', { group: '', kind: 'Secret', namespace: 'a', name: 'b' }))).toMatchObject({
      code: 'unauthorized',
    });
    expect(calls()).toHaveLength(2);
  });
});

describe('a program that gives credentials', () => {
  it('is asked again when what it gave has run out, and not before', async () => {
    const expires = '2026-11-24T10:10:00Z';
    const { config, calls } = program(printing({ token: 'short', expirationTimestamp: expires }));
    let now = Date.parse('2026-11-24T10:00:00Z');
    const source = createExecCredential(config, CLUSTER, () => now);
    await source.get();
    now = Date.parse(expires) - 1000;
    await source.get();
    expect(calls()).toHaveLength(1);
    now = Date.parse(expires);
    await source.get();
    expect(calls()).toHaveLength(2);
  });

  it('may give a client certificate with its key', async () => {
    const { config } = program(printing({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }));
    expect(await createExecCredential(config, CLUSTER).get()).toEqual({ cert: 'CERT', key: 'KEY' });
  });

  it('is told of the cluster where it wants to be', async () => {
    const { config, calls } = program(printing({ token: 't' }));
    await createExecCredential({ ...config, provideClusterInfo: true }, CLUSTER).get();
    expect(calls()[0]?.info).toMatchObject({ spec: { cluster: { server: 'https://api.example' } } });
  });

  it.each([
    ['fails', 'console.error("canary-secret"); process.exit(3)', 'ended with exit code 3'],
    ['prints no JSON', 'console.log("canary-secret")', 'printed something that is no ExecCredential'],
    [
      'gives another version',
      printing({ token: 'canary-secret' }, 'client.authentication.k8s.io/v1beta1'),
      'another API version',
    ],
    ['gives nothing', printing({}), 'gave neither token nor certificate'],
    ['gives half', printing({ clientKeyData: 'canary-secret' }), 'gave a certificate without key'],
  ])('that %s is named, and what it printed is not repeated', async (_, print, says) => {
    const { config } = program(print);
    const problem = await problemOf(createExecCredential(config, CLUSTER).get());
    expect(problem.code).toBe('unauthorized');
    expect(problem.message).toContain(says);
    expect(inspect(problem, { depth: 10 })).not.toContain('canary');
  });

  it('that is not installed is named with the hint of how to install it', async () => {
    const config = { command: 'no-such-login', apiVersion: V1, installHint: 'brew install no-such-login' };
    expect(await problemOf(createExecCredential(config, CLUSTER).get())).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('is not installed'),
      fix: 'brew install no-such-login',
    });
  });
});

describe('awsAuthConfig with a role', () => {
  const EKS = 'https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com';
  const ROLE = 'arn:aws:iam::123456789012:role/deployer';
  const START = Date.parse('2026-11-24T10:00:00Z');

  function sts(expiration: unknown = START / 1000 + 3600): { readonly aws: CallAws; readonly asked: unknown[] } {
    const asked: unknown[] = [];
    const aws: CallAws = async (action, input) => {
      asked.push([action, input]);
      return {
        Credentials: {
          AccessKeyId: `ASIA${asked.length}`,
          SecretAccessKey: 'session-secret',
          SessionToken: 'session-token',
          Expiration: expiration,
        },
      };
    };
    return { aws, asked };
  }

  const sourceOf = async (awsAuthConfig: object, options: CredentialOptions) =>
    (await identityOfRegistration(registered(EKS, { config: { awsAuthConfig: awsAuthConfig as never } }), options))
      .source;

  it('gives a token of that role', async () => {
    const { aws, asked } = sts(Date.now() / 1000 + 3600);
    const source = await sourceOf({ clusterName: 'production', roleARN: ROLE }, { aws });
    const { token = '' } = (await source?.get()) ?? {};
    expect(asked).toEqual([['sts:AssumeRole', { RoleArn: ROLE, RoleSessionName: 'trimtab' }]]);
    const signed = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
    expect(signed.searchParams.get('X-Amz-Credential')).toMatch(/^ASIA1\/\d{8}\/eu-central-1\/sts\/aws4_request$/);
    expect(signed.searchParams.get('X-Amz-Security-Token')).toBe('session-token');
  });

  it('may name the role by a reference, so that the functions that read and write each have their own', async () => {
    const { aws, asked } = sts(Date.now() / 1000 + 3600);
    const resolveSecret = async (): Promise<string> => `${ROLE}\n`;
    await (await sourceOf({ clusterName: 'production', roleARN: 'ssm:frankfurt-role' }, { aws, resolveSecret }))?.get();
    expect(asked).toMatchObject([['sts:AssumeRole', { RoleArn: ROLE }]]);
  });

  it('is assumed again well before it runs out: a token that it signs counts for a quarter of an hour', async () => {
    const { aws, asked } = sts();
    let now = START;
    const credentials = createAssumedRole(ROLE, aws, () => now);
    await credentials();
    now = START + 39 * 60_000;
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIA1' });
    now = START + 41 * 60_000;
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIA2' });
    expect(asked).toHaveLength(2);
  });

  it('reads when it runs out as a date, too', async () => {
    const { aws, asked } = sts('2026-11-24T11:00:00Z');
    const credentials = createAssumedRole(ROLE, aws, () => START);
    await credentials();
    await credentials();
    expect(asked).toHaveLength(1);
  });

  it('that may not be assumed is named, with what to allow', async () => {
    const aws: CallAws = async () => {
      throw Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
    };
    const problem = await problemOf(createAssumedRole(ROLE, aws)());
    expect(problem).toMatchObject({ code: 'unauthorized', fix: expect.stringContaining('sts:AssumeRole') });
    expect(problem.message).toContain(ROLE);
  });

  it('by a profile is refused by that name: it is in the files of one machine', async () => {
    const problem = await problemOf(sourceOf({ clusterName: 'production', profile: 'ops' }, {}));
    expect(problem).toMatchObject({ code: 'unsupported' });
    expect(problem.message).toContain('awsAuthConfig.profile');
  });
});
