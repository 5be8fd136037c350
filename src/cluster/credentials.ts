import type { Agent as AnyAgent } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { Problem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { createEksToken } from './eks-token.ts';

/** Turns `env:NAME`, `ssm:NAME`, `secretsmanager:NAME` into the secret that it names. */
export type ResolveSecret = (reference: string) => Promise<string>;

/**
 * Where the kubeconfig of the in-cluster destination comes from. `path` (a file of this machine) and `default`
 * ($KUBECONFIG, ~/.kube/config) may name a program that gives the credentials, as kubectl runs it; `reference` and
 * `text` may not, since a function has no such program and should not look for one (CVE-2022-24817).
 */
export type Kubeconfig =
  | { readonly reference: string }
  | { readonly text: string }
  | { readonly path: string; readonly context?: string }
  | { readonly default: true; readonly context?: string };

/** Who is to be reached, as whom. */
export interface Identity {
  readonly cluster: Cluster;
  readonly user: User;
  /** Gives the bearer token of this moment, where it does not stay the same. */
  readonly token?: () => string;
}

/** What makes a request one of ours. */
export interface Access {
  /** Base URL of the API server. */
  readonly url: string;
  /** Asks again each time, so that tokens that run out are renewed. */
  authorise(headers: Readonly<Record<string, string>>): Promise<{
    readonly headers: Readonly<Record<string, string>>;
    readonly agent: AnyAgent;
    readonly auth?: string;
  }>;
}

/** KubeConfig alone, without the generated clients beside it: half the time to load. Only functions that connect do. */
async function loadKubeConfig(): Promise<typeof import('@kubernetes/client-node/dist/config.js')['KubeConfig']> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  return KubeConfig;
}

/**
 * The identity of a registration in Argo CD's format. A value that is a reference is resolved, any other is taken as it
 * is; certificates are base64 of PEM, as in Argo CD, or PEM. Throws Problem `misconfigured`; never shows a value.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export async function identityOfRegistration(
  registration: ClusterRegistration,
  resolveSecret: ResolveSecret | undefined,
): Promise<Identity> {
  const { name, server, config } = registration;
  const resolve = (value: string | undefined) => resolved(value, name, resolveSecret);
  const tls = config.tlsClientConfig ?? {};
  const [token, password, caData, certData, keyData] = await Promise.all(
    [config.bearerToken, config.password, tls.caData, tls.certData, tls.keyData].map(resolve),
  );
  const eks = config.awsAuthConfig;
  return {
    ...(eks === undefined ? {} : { token: createEksToken({ server, clusterName: eks.clusterName }) }),
    cluster: {
      name,
      server,
      skipTLSVerify: tls.insecure === true,
      ...given('caData', asBase64(caData)),
      ...given('tlsServerName', tls.serverName),
    },
    user: {
      name,
      ...given('token', token),
      ...given('username', config.username),
      ...given('password', password),
      ...given('certData', asBase64(certData)),
      ...given('keyData', asBase64(keyData)),
    },
  };
}

/**
 * The value, or the secret that it names. A registration is in Git, and who writes there must not read the files of the
 * function that connects: `file:` is refused.
 */
async function resolved(
  value: string | undefined,
  cluster: string,
  resolveSecret: ResolveSecret | undefined,
): Promise<string | undefined> {
  const scheme = /^(env|file|ssm|secretsmanager):/.exec(value ?? '')?.[1];
  if (value === undefined || scheme === undefined) return value;
  if (scheme === 'file') {
    throw new Problem(
      'misconfigured',
      `Cluster ${cluster} names a file as its credentials, which only a kubeconfig may.`,
      {
        fix: 'Name a secret: env:NAME, ssm:NAME or secretsmanager:NAME.',
      },
    );
  }
  if (resolveSecret !== undefined) return (await resolveSecret(value)).trim();
  throw new Problem(
    'misconfigured',
    `Cluster ${cluster} names the secret ${value}, and nothing here resolves secrets.`,
  );
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

function asBase64(value: string | undefined): string | undefined {
  return value?.includes('-----BEGIN') === true ? Buffer.from(value).toString('base64') : value;
}

/**
 * The identity of a kubeconfig's current context. Throws Problem `misconfigured` for one that can't be read, or names no
 * current context, and `unsupported` for credentials by a program where these are not allowed.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export async function identityOfKubeconfig(
  source: Kubeconfig,
  resolveSecret: ResolveSecret | undefined,
): Promise<Identity> {
  const text = await textOf(source, resolveSecret);
  const KubeConfig = await loadKubeConfig();
  const kubeConfig = new KubeConfig();
  try {
    if (text !== undefined) kubeConfig.loadFromString(text);
    else if ('path' in source) kubeConfig.loadFromFile(source.path);
    else kubeConfig.loadFromDefault();
  } catch (cause) {
    // The parser quotes the text around a fault, which may be a token: its words and the cause stay here.
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new Problem(
      'misconfigured',
      `The kubeconfig ${placeOf(source)} ${missing ? 'is not there' : 'is not valid'}.`,
      {
        fix: 'It must be what `kubectl config view --raw --minify` prints.',
      },
    );
  }
  if ('context' in source && source.context !== undefined) chooseContext(kubeConfig, source, source.context);
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null || isNoneFound(source, cluster)) {
    throw new Problem('misconfigured', `The kubeconfig ${placeOf(source)} names no cluster for its current context.`, {
      fix: 'Choose one with `kubectl config use-context NAME`.',
    });
  }
  const user = kubeConfig.getCurrentUser() ?? { name: 'anonymous' };
  if (text !== undefined && (isSet(user.exec) || isSet(user.authProvider))) {
    throw new Problem('unsupported', `The kubeconfig ${placeOf(source)} gets its credentials by running a program.`, {
      fix: 'Use the token of a ServiceAccount, or a client certificate.',
    });
  }
  return { cluster, user };
}

function chooseContext(
  kubeConfig: { getContexts(): readonly { readonly name: string }[]; setCurrentContext(context: string): void },
  source: Kubeconfig,
  context: string,
): void {
  const names = kubeConfig.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new Problem('misconfigured', `The kubeconfig ${placeOf(source)} has no context ${context}.`, {
      fix: `Its contexts are: ${names.join(', ')}.`,
    });
  }
  kubeConfig.setCurrentContext(context);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** `loadFromDefault` gives http://localhost:8080 where it finds nothing at all. */
function isNoneFound(source: Kubeconfig, cluster: Cluster): boolean {
  return 'default' in source && cluster.server === 'http://localhost:8080';
}

async function textOf(source: Kubeconfig, resolveSecret: ResolveSecret | undefined): Promise<string | undefined> {
  if ('text' in source) return source.text;
  if (!('reference' in source)) return undefined;
  if (resolveSecret !== undefined) return await resolveSecret(source.reference);
  throw new Problem(
    'misconfigured',
    `The kubeconfig ${source.reference} is a secret, and nothing here resolves secrets.`,
  );
}

function placeOf(source: Kubeconfig): string {
  if ('path' in source) return source.path;
  if ('reference' in source) return source.reference;
  return 'default' in source ? 'of this machine ($KUBECONFIG, ~/.kube/config)' : '(given as text)';
}

/**
 * Authentication by `KubeConfig`, over connections that are kept. Plain http is refused but for this machine: it would
 * send the token for everyone to read. Throws Problem `misconfigured`; `authorise` throws `unauthorized`.
 */
export async function accessOf({ cluster, user, token }: Identity): Promise<Access> {
  const url = serverURL(cluster);
  const isHttp = url.protocol === 'http:';
  const KubeConfig = await loadKubeConfig();
  const kubeConfig = new KubeConfig();
  // KubeConfig takes plain http for a mistake unless certificates are not checked either.
  kubeConfig.loadFromClusterAndUser({ ...cluster, skipTLSVerify: cluster.skipTLSVerify || isHttp }, user);
  let kept: { readonly certificate: string; readonly agent: AnyAgent } | undefined;

  function agentOf(options: RequestOptions): AnyAgent {
    // Through a proxy, KubeConfig's own agent has to do, which keeps no connection.
    if (cluster.proxyUrl !== undefined && options.agent instanceof HttpAgent) return options.agent;
    const certificate = String(options.cert ?? '');
    if (kept?.certificate !== certificate) kept = { certificate, agent: keepAlive(isHttp, options) };
    return kept.agent;
  }

  return {
    url: url.href,
    authorise: async (headers) => {
      const options: RequestOptions = { headers: { ...headers } };
      try {
        await kubeConfig.applyToHTTPSOptions(options);
      } catch {
        // What the program printed may be part of the credentials, so it is not repeated.
        throw new Problem('unauthorized', `Cluster ${cluster.name}: the kubeconfig gave no credentials.`, {
          fix: `Run ${user.exec?.command ?? 'kubectl'} by hand to see what is wrong; a login may have expired.`,
        });
      }
      const { auth } = options;
      const renewed = token === undefined ? {} : { authorization: `Bearer ${token()}` };
      return {
        headers: { ...asText(options.headers), ...renewed },
        agent: agentOf(options),
        ...(typeof auth === 'string' ? { auth } : {}),
      };
    },
  };
}

function serverURL(cluster: Cluster): URL {
  const url = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Problem('misconfigured', `Cluster ${cluster.name}: ${cluster.server} is not the URL of an API server.`, {
      fix: 'Write it as https://HOST:PORT.',
    });
  }
  if (url.protocol === 'http:' && !cluster.skipTLSVerify && !/^(localhost|127\..*|\[::1\])$/.test(url.hostname)) {
    throw new Problem('misconfigured', `Cluster ${cluster.name}: ${url.origin} is plain http, which anyone can read.`, {
      fix: 'Use https.',
    });
  }
  return url;
}

function keepAlive(isHttp: boolean, options: RequestOptions): AnyAgent {
  // The server allows far more, but a few sockets are enough for one function, and each costs a TLS handshake.
  const common = { keepAlive: true, maxSockets: 16 };
  if (isHttp) return new HttpAgent(common);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return new HttpsAgent({
    ...common,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  });
}

function asText(headers: RequestOptions['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...headers }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
