import { Problem } from '../spec/problem.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';
import {
  type Access,
  accessOf,
  type Identity,
  identityOfKubeconfig,
  identityOfRegistration,
  type Kubeconfig,
  type ResolveSecret,
} from './credentials.ts';
import { createDiscovery } from './discover.ts';
import { createConnection, type Patience } from './request.ts';
import type { Session } from './session.ts';

/** How clusters are reached. */
export interface ConnectOptions extends Patience {
  /** The cluster behind `https://kubernetes.default.svc`. Without it that destination can't be used. */
  readonly kubeconfig?: Kubeconfig;
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
  const own = await accessOf(await identityOf(registration, options));
  const { name, server, namespaces, impersonate } = registration;
  const access = impersonate === undefined ? own : impersonating(own, impersonate);
  const connection = createConnection({ cluster: name, server, namespaces }, access, options);
  return { connection, discovery: createDiscovery(connection) };
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
    return await identityOfRegistration(registration, options.resolveSecret);
  }
  const { kubeconfig, resolveKubeconfig = options.resolveSecret } = options;
  if (kubeconfig !== undefined) return await identityOfKubeconfig(kubeconfig, resolveKubeconfig);
  throw new Problem('misconfigured', `The destination ${IN_CLUSTER.server} (in-cluster) needs a kubeconfig.`, {
    fix: 'Set TRIMTAB_KUBECONFIG_REF to the secret that holds one, or register the cluster by its own URL.',
  });
}
