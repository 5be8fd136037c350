import type { Agent as AnyAgent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Cluster } from '@kubernetes/client-node';
import { isLoopback } from '../spec/loopback.ts';
import { Problem } from '../spec/problem.ts';
import { createAgent } from './agent.ts';
import type { Identity } from './identity.ts';
import { requestOptionsOf } from './request-options.ts';

/** What makes a request one of ours. */
export interface Access {
  /** Base URL of the API server. */
  readonly url: string;
  /** Host of the proxy on the way, without its password. */
  readonly proxy?: string;
  /** Whether answers may come in gzip. */
  readonly compress: boolean;
  /** Asks again each time, so that tokens that run out are renewed. */
  authorise(headers: Readonly<Record<string, string>>): Promise<{
    readonly headers: Readonly<Record<string, string>>;
    readonly agent: AnyAgent;
    readonly auth?: string;
    /** To be called when the server refuses these, before asking again. Undefined where they stay the same. */
    readonly refused?: () => Promise<void>;
  }>;
}

/**
 * Authentication over connections that are kept. Plain http is refused but for this machine: it would
 * send the token for everyone to read. Throws Problem `misconfigured`; `authorise` throws `unauthorized`.
 */
export async function accessOf(identity: Identity, connectMs: number): Promise<Access> {
  const { cluster, user, source } = identity;
  const url = serverURL(cluster);
  const proxy = proxyOf(cluster);
  const isHttp = url.protocol === 'http:';
  const optionsOf = await requestOptionsOf(cluster, user);
  let kept: { readonly certificate: string; readonly agent: Promise<AnyAgent> } | undefined;

  async function agentOf(options: RequestOptions): Promise<AnyAgent> {
    if (typeof options.agent === 'object') return options.agent;
    const certificate = String(options.cert ?? '');
    if (kept?.certificate !== certificate) {
      kept = { certificate, agent: createAgent({ isHttp, proxy, connectMs, options }) };
    }
    return await kept.agent;
  }

  async function authenticated(headers: Readonly<Record<string, string>>): Promise<RequestOptions> {
    try {
      return await optionsOf(headers);
    } catch {
      // What a provider said may be part of the credentials, so it is not repeated.
      throw new Problem('unauthorized', `Cluster ${cluster.name}: the kubeconfig gave no credentials.`, {
        fix: 'Run kubectl by hand to see what is wrong; a login may have expired.',
      });
    }
  }

  return {
    url: url.href,
    ...(proxy === undefined ? {} : { proxy: proxy.host }),
    compress: identity.plain !== true,
    authorise: async (headers) => {
      const credential = await source?.get();
      const { token, cert, key } = credential ?? {};
      const options = await authenticated(headers);
      const { auth } = options;
      const renewed = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return {
        headers: { ...asText(options.headers), ...renewed },
        agent: await agentOf({ ...options, ...(cert === undefined ? {} : { cert, key }) }),
        ...(typeof auth === 'string' ? { auth } : {}),
        ...(credential === undefined ? {} : { refused: async () => await source?.forget(credential) }),
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
  if (url.protocol === 'http:' && !cluster.skipTLSVerify && !isLoopback(url.hostname)) {
    throw new Problem('misconfigured', `Cluster ${cluster.name}: ${url.origin} is plain http, which anyone can read.`, {
      fix: 'Use https.',
    });
  }
  return url;
}

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#Cluster (`proxy-url`) */
function proxyOf({ name, proxyUrl = '' }: Cluster): URL | undefined {
  if (proxyUrl === '') return undefined;
  const url = URL.canParse(proxyUrl) ? new URL(proxyUrl) : undefined;
  if (url !== undefined && /^(https?|socks5h?):$/.test(url.protocol)) return url;
  // It may hold a password, so it is not repeated
  throw new Problem('misconfigured', `Cluster ${name}: its proxyUrl is not the URL of a proxy.`, {
    fix: 'Write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.',
  });
}

function asText(headers: RequestOptions['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...headers }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
