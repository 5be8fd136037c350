import { Problem } from '../spec/problem.ts';
import type { ResolveSecret } from './resolve-secret.ts';

export interface ClusterSecretsOptions {
  /** Resolves what is allowed. */
  readonly resolve: ResolveSecret;
  /**
   * Where the credentials of clusters stand, ending in `/`: `/trimtab/production/cluster-read/`. Empty: nowhere, then only
   * `env:` is left.
   */
  readonly prefix: string;
}

/** What environment variables with credentials of clusters begin with. */
const VARIABLE = /^TRIMTAB_CLUSTER_\w+$/;

/** Names of SSM and Secrets Manager; no ARN (another account), no version, no empty step of a path. */
const NAME = /^\/?[\w.-]+(\/[\w.-]+)*$/;

/**
 * Resolves references that were written in Git (the cluster Secrets of the control repository) and would be followed
 * with the function's own power. Whoever writes there could otherwise name the App's private key as the token of a
 * cluster, and a host of their own as its server. So: `env:` only of variables that begin with `TRIMTAB_CLUSTER_`,
 * `ssm:` and `secretsmanager:` only below the prefix, to which a name is relative: `ssm:frankfurt` is
 * `/trimtab/production/cluster-write/frankfurt` to sync and `…/cluster-read/frankfurt` to refresh, so that one Secret
 * serves both. Throws Problem `misconfigured` that names the reference, for every other.
 */
export function createClusterSecrets({ resolve, prefix }: ClusterSecretsOptions): ResolveSecret {
  return async (reference) => {
    const colon = reference.indexOf(':');
    const scheme = reference.slice(0, Math.max(0, colon));
    const name = reference.slice(colon + 1);
    switch (scheme) {
      case 'env':
        if (VARIABLE.test(name) && name !== 'TRIMTAB_CLUSTER_SECRETS') return await resolve(reference);
        throw outside(reference, 'Only variables that begin with TRIMTAB_CLUSTER_ may be named there.');
      case 'ssm':
      case 'secretsmanager':
        return await resolve(`${scheme}:${below(prefix, name, reference)}`);
      default:
        throw outside(reference, 'Name env:TRIMTAB_CLUSTER_…, ssm:NAME or secretsmanager:NAME.');
    }
  };
}

function below(prefix: string, name: string, reference: string): string {
  if (prefix === '')
    throw outside(reference, 'Set TRIMTAB_CLUSTER_SECRETS to the path of the credentials of clusters.');
  const path = name.startsWith('/') ? name : `${prefix}${name}`;
  const plain = NAME.test(name) && name.split('/').every((step) => step !== '.' && step !== '..');
  if (plain && path.startsWith(prefix)) return path;
  throw outside(reference, `Only names below ${prefix} may be named there, without that path: ssm:frankfurt.`);
}

function outside(reference: string, fix: string): Problem {
  return new Problem('misconfigured', `A cluster's registration names ${reference}, which it may not read.`, { fix });
}
