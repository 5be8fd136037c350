import { Problem } from '../spec/problem.ts';
import type { ResolveSecret } from './resolve-secret.ts';

export interface NamedSecretsOptions {
  /** Resolves what is allowed. */
  readonly resolve: ResolveSecret;
  /**
   * Where the credentials stand, ending in `/`: `/trimtab/production/cluster-read/`. Empty: nowhere, then only `env:` is
   * left.
   */
  readonly prefix: string;
}

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
export function createClusterSecrets(options: NamedSecretsOptions): ResolveSecret {
  return named(options, { variable: 'TRIMTAB_CLUSTER_', whose: "A cluster's", example: 'frankfurt' });
}

/**
 * The same for repository Secrets: variables that begin with `TRIMTAB_REPOSITORY_`, and names below the prefix. What is
 * there reads charts, and nothing else, so a preview may have it, too.
 */
export function createRepositorySecrets(options: NamedSecretsOptions): ResolveSecret {
  return named(options, { variable: 'TRIMTAB_REPOSITORY_', whose: "A repository's", example: 'charts' });
}

interface Kind {
  /** What environment variables with such credentials begin with. */
  readonly variable: string;
  readonly whose: string;
  readonly example: string;
}

function named({ resolve, prefix }: NamedSecretsOptions, kind: Kind): ResolveSecret {
  const setting = `${kind.variable}SECRETS`;
  const outside = (reference: string, fix: string): Problem =>
    new Problem('misconfigured', `${kind.whose} registration names ${reference}, which it may not read.`, { fix });
  const below = (name: string, reference: string): string => {
    if (prefix === '') throw outside(reference, `Set ${setting} to the path of these credentials.`);
    const path = name.startsWith('/') ? name : `${prefix}${name}`;
    const plain = NAME.test(name) && name.split('/').every((step) => step !== '.' && step !== '..');
    if (plain && path.startsWith(prefix)) return path;
    throw outside(reference, `Only names below ${prefix} may be named there, without that path: ssm:${kind.example}.`);
  };
  return async (reference) => {
    const colon = reference.indexOf(':');
    const scheme = reference.slice(0, Math.max(0, colon));
    const name = reference.slice(colon + 1);
    switch (scheme) {
      case 'env':
        if (name.startsWith(kind.variable) && /^\w+$/.test(name) && name !== setting && name !== kind.variable) {
          return await resolve(reference);
        }
        throw outside(reference, `Only variables that begin with ${kind.variable} may be named there.`);
      case 'ssm':
      case 'secretsmanager':
        return await resolve(`${scheme}:${below(name, reference)}`);
      default:
        throw outside(reference, `Name env:${kind.variable}…, ssm:NAME or secretsmanager:NAME.`);
    }
  };
}
