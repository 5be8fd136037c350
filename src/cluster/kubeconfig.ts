import type { Cluster } from '@kubernetes/client-node';
import { Problem } from '../spec/problem.ts';
import type { Identity, ResolveSecret } from './identity.ts';

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
  if (!isSet(user.exec)) return { cluster, user };
  const { createExecCredential } = await import('./exec-credential.ts');
  const { exec, ...known } = user;
  return { cluster, user: known, source: createExecCredential(exec, cluster) };
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
