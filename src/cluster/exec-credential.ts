import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '@kubernetes/client-node';
import { Problem } from '../spec/problem.ts';
import type { Credential, CredentialSource } from './identity.ts';

/** A program that gives credentials, as a kubeconfig names it (`users[].user.exec`). */
export interface ExecConfig {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion?: string;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}

const API_VERSIONS = ['client.authentication.k8s.io/v1beta1', 'client.authentication.k8s.io/v1'];

/** A log-in in the browser may take a while; nobody waits for longer. */
const TIME_LIMIT_MS = 120_000;

const run = promisify(execFile);

/**
 * Credentials from a program, by the protocol of client-go: it is told the version of the API and (if it wants) the
 * cluster in KUBERNETES_EXEC_INFO, and prints an ExecCredential, which is kept until it runs out. What it prints is
 * never repeated. Throws Problem `unauthorized` for a program that is not there, fails, or prints something else, and
 * `misconfigured` for a version that is not known.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function createExecCredential(
  config: ExecConfig,
  cluster: Cluster,
  now: () => number = Date.now,
): CredentialSource {
  const { apiVersion = '' } = config;
  if (apiVersion !== '' && !API_VERSIONS.includes(apiVersion)) {
    throw new Problem('misconfigured', `Cluster ${cluster.name}: ${config.command} cannot be asked by ${apiVersion}.`, {
      fix: `Set the apiVersion to ${API_VERSIONS.join(' or ')}, whichever ${config.command} gives.`,
    });
  }
  let kept: Promise<{ readonly credential: Credential; readonly until: number }> | undefined;
  return {
    get: async () => {
      const current = kept;
      const known = await current?.catch(() => undefined);
      if (known !== undefined && known.until > now()) return known.credential;
      // The first who finds that it has run out asks for all
      if (kept === undefined || kept === current) kept = ask(config, apiVersion, cluster);
      return (await kept).credential;
    },
    forget: async (refused) => {
      const current = kept;
      const known = await current?.catch(() => undefined);
      if (kept === current && known?.credential === refused) kept = undefined;
    },
  };
}

async function ask(
  config: ExecConfig,
  apiVersion: string,
  cluster: Cluster,
): Promise<{ readonly credential: Credential; readonly until: number }> {
  const { status } = credentialOf(await outputOf(config, apiVersion, cluster), config, apiVersion, cluster);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = Object(status);
  if (!isText(token) && !isText(cert) && !isText(key))
    throw wrong(config, cluster, 'gave neither token nor certificate');
  if (isText(cert) !== isText(key))
    throw wrong(config, cluster, 'gave a certificate without key, or a key without one');
  const until = isText(expirationTimestamp) ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
  const credential = { ...(isText(token) ? { token } : {}), ...(isText(cert) && isText(key) ? { cert, key } : {}) };
  return { credential, until };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

async function outputOf(config: ExecConfig, apiVersion: string, cluster: Cluster): Promise<string> {
  const { command, args = [], env = [], installHint = '' } = config;
  const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const info = { KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(config, apiVersion, cluster)) };
  try {
    const running = run(command, [...args], {
      env: { ...process.env, ...given, ...info },
      timeout: TIME_LIMIT_MS,
      maxBuffer: 1024 * 1024,
    });
    // It is not interactive: one that asks for a password gets no answer
    running.child.stdin?.end();
    return (await running).stdout;
  } catch (thrown) {
    // The message of a program that fails holds what it printed
    const { code } = thrown instanceof Error && 'code' in thrown ? thrown : { code: undefined };
    if (code === 'ENOENT') throw wrong(config, cluster, 'is not installed', installHint.trim());
    throw wrong(config, cluster, typeof code === 'number' ? `ended with exit code ${code}` : 'could not be run');
  }
}

function execInfo({ provideClusterInfo = false }: ExecConfig, apiVersion: string, cluster: Cluster): unknown {
  const { server, tlsServerName, skipTLSVerify, caData, proxyUrl } = cluster;
  const known = {
    server,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTLSVerify,
    'certificate-authority-data': caData,
    'proxy-url': proxyUrl,
  };
  return {
    kind: 'ExecCredential',
    apiVersion: apiVersion === '' ? API_VERSIONS[0] : apiVersion,
    spec: { interactive: false, ...(provideClusterInfo ? { cluster: known } : {}) },
  };
}

function credentialOf(
  output: string,
  config: ExecConfig,
  apiVersion: string,
  cluster: Cluster,
): { readonly status?: unknown } {
  let read: unknown;
  try {
    read = JSON.parse(output);
  } catch {
    throw wrong(config, cluster, 'printed something that is no ExecCredential');
  }
  const { kind, apiVersion: given, status } = Object(read);
  if (kind !== 'ExecCredential') throw wrong(config, cluster, 'printed something that is no ExecCredential');
  if (apiVersion !== '' && given !== apiVersion) {
    throw wrong(
      config,
      cluster,
      'gave another API version than it is configured for',
      `It is configured for ${apiVersion}.`,
    );
  }
  return { status };
}

function wrong({ command }: ExecConfig, cluster: Cluster, what: string, hint = ''): Problem {
  return new Problem('unauthorized', `Cluster ${cluster.name}: ${command}, which gives its credentials, ${what}.`, {
    fix: hint === '' ? `Run ${command} by hand to see what is wrong; a login may have expired.` : hint,
  });
}
