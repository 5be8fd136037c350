import { Problem } from '../spec/problem.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';
import { type Access, accessOf } from './access.ts';
import { type CredentialOptions, identityOfRegistration } from './credentials.ts';
import { createDiscovery } from './discover.ts';
import type { Identity, ResolveSecret } from './identity.ts';
import { identityOfKubeconfig, type Kubeconfig } from './kubeconfig.ts';
import { createConnection, type Patience } from './request.ts';
import { createSchemas } from './schemas.ts';
import type { Session } from './session.ts';

/** A handshake takes a fraction of a second wherever the server is; one that swallows packets must not hold up a look. */
const CONNECT_MS = 5000;

/** How clusters are reached. */
export interface ConnectOptions extends Patience, CredentialOptions {
  /** The cluster behind `https://kubernetes.default.svc`. Without it that destination can't be used. */
  readonly kubeconfig?: Kubeconfig;
  /** Milliseconds for a connection to come about. Default 5 s. */
  readonly connectMs?: number;
  /** Resolves the references in registrations, which stand in Git: it should follow only those made for clusters. */
  readonly resolveSecret?: ResolveSecret;
  /** Resolves the reference of the kubeconfig, which is not from Git. Default: `resolveSecret`. */
  readonly resolveKubeconfig?: ResolveSecret;
}

/**
 * Connects to registered clusters, each once for as long as its registration stays the same. Nothing is sent yet.
 * Throws Problem `misconfigured` or `unsupported`.
 */
export function createConnect(options: ConnectOptions): (registration: ClusterRegistration) => Promise<Session> {
  const known = new Map<string, Promise<Session>>();
  return (registration) => {
    const name = JSON.stringify(registration);
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    const opened = open(registration, options);
    known.set(name, opened);
    opened.catch(() => known.delete(name));
    return opened;
  };
}

async function open(registration: ClusterRegistration, options: ConnectOptions): Promise<Session> {
  const own = await accessOf(await identityOf(registration, options), options.connectMs ?? CONNECT_MS);
  const { name, server, namespaces, impersonate } = registration;
  // Argo CD asks for `clusterResources` only where namespaces are named
  const namespacedOnly = namespaces.length > 0 && registration.clusterResources !== true;
  const access = impersonate === undefined ? own : impersonating(own, impersonate);
  const connection = createConnection({ cluster: name, server, namespaces, namespacedOnly }, access, options);
  return { connection, discovery: createDiscovery(connection), schemas: createSchemas(connection) };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
function impersonating(access: Access, user: string): Access {
  if (user === '') throw new Problem('internal', 'Nobody is to be impersonated.');
  return {
    ...access,
    authorise: async (headers) => {
      const authorised = await access.authorise(headers);
      return { ...authorised, headers: { ...authorised.headers, 'Impersonate-User': user } };
    },
  };
}

async function identityOf(registration: ClusterRegistration, options: ConnectOptions): Promise<Identity> {
  if (registration.server.replace(/\/+$/, '') !== IN_CLUSTER.server) {
    return await identityOfRegistration(registration, options);
  }
  const { kubeconfig, resolveKubeconfig = options.resolveSecret } = options;
  if (kubeconfig !== undefined) return await identityOfKubeconfig(kubeconfig, resolveKubeconfig);
  throw new Problem('misconfigured', `The destination ${IN_CLUSTER.server} (in-cluster) needs a kubeconfig.`, {
    fix: 'Set TRIMTAB_KUBECONFIG_REF to the secret that holds one, or register the cluster by its own URL.',
  });
}
