import type { Cluster, User } from '@kubernetes/client-node';
import { Problem } from '../spec/problem.ts';
import type { Identity, ResolveSecret } from './identity.ts';
import {
  type KubeconfigContent,
  readDefaultKubeconfig,
  readKubeconfig,
  readKubeconfigFile,
} from './read-kubeconfig.ts';

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

/** KubeConfig alone, without the generated clients beside it: half the time to load. Only functions that connect do. */
export async function loadKubeConfig(): Promise<typeof import('@kubernetes/client-node/dist/config.js')['KubeConfig']> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  return KubeConfig;
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
  let content: KubeconfigContent;
  try {
    if (text !== undefined) content = readKubeconfig(text);
    else if ('path' in source) content = readKubeconfigFile(source.path);
    else content = readDefaultKubeconfig() ?? (await ofThisPod());
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
  const { cluster, user = { name: 'anonymous' } } = current(content, source);
  if (text !== undefined && (isSet(user.exec) || isSet(user.authProvider))) {
    throw new Problem('unsupported', `The kubeconfig ${placeOf(source)} gets its credentials by running a program.`, {
      fix: 'Use the token of a ServiceAccount, or a client certificate.',
    });
  }
  if (!isSet(user.exec)) return { cluster, user };
  const { createExecCredential } = await import('./exec-credential.ts');
  const { exec, ...known } = user;
  return { cluster, user: known, source: createExecCredential(exec, cluster) };
}

function current(
  { clusters, users, contexts, currentContext }: KubeconfigContent,
  source: Kubeconfig,
): { readonly cluster: Cluster; readonly user: User | undefined } {
  const chosen = 'context' in source ? source.context : undefined;
  const name = chosen ?? currentContext;
  const context = contexts.find((one) => one.name === name);
  if (chosen !== undefined && context === undefined) {
    throw new Problem('misconfigured', `The kubeconfig ${placeOf(source)} has no context ${chosen}.`, {
      fix: `Its contexts are: ${contexts.map((one) => one.name).join(', ')}.`,
    });
  }
  const cluster = clusters.find((one) => one.name === context?.cluster);
  if (cluster === undefined) {
    throw new Problem('misconfigured', `The kubeconfig ${placeOf(source)} names no cluster for its current context.`, {
      fix: 'Choose one with `kubectl config use-context NAME`.',
    });
  }
  return { cluster, user: users.find((one) => one.name === context?.user) };
}

/** In a Pod without a kubeconfig: its service account. */
async function ofThisPod(): Promise<KubeconfigContent> {
  const KubeConfig = await loadKubeConfig();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const { clusters, users, contexts, currentContext } = kubeConfig;
  // It gives http://localhost:8080 where it finds nothing at all
  const found = clusters.filter(({ server }) => server !== 'http://localhost:8080');
  return { clusters: found, users, contexts, currentContext };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
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
