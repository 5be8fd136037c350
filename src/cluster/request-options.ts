import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { loadKubeConfig } from './kubeconfig.ts';

/** What makes a request with these headers one of the user's; asked each time, since files and tokens change. */
export type OptionsOf = (headers: Readonly<Record<string, string>>) => RequestOptions | Promise<RequestOptions>;

/**
 * How requests of a user to a cluster are authenticated. A token, a password and certificates are put where they belong
 * right here; what needs more (`auth-provider`, a proxy by SOCKS) is left to `KubeConfig`, which takes half a second to load.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export async function requestOptionsOf(cluster: Cluster, user: User): Promise<OptionsOf> {
  const bySocks = cluster.proxyUrl?.startsWith('socks') === true;
  if (!bySocks && !user.authProvider) return (headers) => plain(cluster, user, headers);
  const KubeConfig = await loadKubeConfig();
  const kubeConfig = new KubeConfig();
  // It takes plain http for a mistake unless certificates are not checked either.
  const skipTLSVerify = cluster.skipTLSVerify || cluster.server.startsWith('http:');
  kubeConfig.loadFromClusterAndUser({ ...cluster, skipTLSVerify }, user);
  return async (headers) => {
    const options: RequestOptions = { headers: { ...headers } };
    await kubeConfig.applyToHTTPSOptions(options);
    const { agent, ...rest } = options;
    // Through SOCKS its own agent has to do, which keeps no connection.
    return bySocks && agent instanceof HttpAgent ? options : rest;
  };
}

function plain(cluster: Cluster, user: User, headers: Readonly<Record<string, string>>): RequestOptions {
  const ca = contentOf(cluster.caFile, cluster.caData);
  const cert = contentOf(user.certFile, user.certData);
  const key = contentOf(user.keyFile, user.keyData);
  return {
    headers: {
      ...headers,
      ...(user.impersonateUser ? { 'Impersonate-User': user.impersonateUser } : {}),
      ...(user.token ? { Authorization: `Bearer ${user.token}` } : {}),
    },
    ...(user.username ? { auth: `${user.username}:${user.password}` } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
  };
}

function contentOf(file: string | undefined, base64: string | undefined): Buffer | undefined {
  if (file) return readFileSync(file);
  return base64 ? Buffer.from(base64, 'base64') : undefined;
}
