import type { ConnectOptions } from '../src/cluster/connect.ts';
import type { Kubeconfig } from '../src/cluster/kubeconfig.ts';
import { createForge } from '../src/forge/index.ts';
import { createRenderer, locateTools } from '../src/render/index.ts';
import { createClusterSecrets, createRepositorySecrets } from '../src/secrets/named-secrets.ts';
import type { ResolveSecret } from '../src/secrets/resolve-secret.ts';
import { createGitHubSource, createRegisteredAccess } from '../src/source/index.ts';
import type { Environment } from '../src/spec/environment.ts';
import { isLoopback } from '../src/spec/loopback.ts';
import type { CallAws, Clock, Engines, Forge, OpenDataKey, Renderer, Source } from '../src/spec/ports.ts';

/** The variables of a function that talks to GitHub. */
export const GITHUB_VARIABLES: readonly [
  'TRIMTAB_CONTROL_REPOSITORY',
  'TRIMTAB_APP_ID',
  'TRIMTAB_PRIVATE_KEY_REF',
  'TRIMTAB_GITHUB_API',
  'TRIMTAB_GITHUB_HOST',
  'TRIMTAB_CACHE',
  'TRIMTAB_REPOSITORY_SECRETS',
] = [
  'TRIMTAB_CONTROL_REPOSITORY',
  'TRIMTAB_APP_ID',
  'TRIMTAB_PRIVATE_KEY_REF',
  'TRIMTAB_GITHUB_API',
  'TRIMTAB_GITHUB_HOST',
  'TRIMTAB_CACHE',
  'TRIMTAB_REPOSITORY_SECRETS',
];

/** The variables of a function that renders. */
export const RENDER_VARIABLES: readonly ['TRIMTAB_HELM', 'TRIMTAB_KUBECTL'] = ['TRIMTAB_HELM', 'TRIMTAB_KUBECTL'];

/** What the flows of every function that talks to GitHub get. */
export interface GitHubPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly host: string;
  readonly controlRepository: string;
}

/** GitHub and the repositories on it, as the environment names them. */
export async function connectGitHub(
  environment: Pick<Environment, (typeof GITHUB_VARIABLES)[number]>,
  secret: ResolveSecret,
): Promise<GitHubPorts> {
  const host = environment.TRIMTAB_GITHUB_HOST;
  const forge = createForge({
    appId: environment.TRIMTAB_APP_ID,
    privateKey: await secret(environment.TRIMTAB_PRIVATE_KEY_REF),
    url: environment.TRIMTAB_GITHUB_API,
  });
  // Whoever writes a registration in Git may name credentials made for repositories, and nothing else of this function.
  const secrets = createRepositorySecrets({ resolve: secret, prefix: environment.TRIMTAB_REPOSITORY_SECRETS });
  const access = createRegisteredAccess(secrets);
  // An API on this machine is that of the embedded GitHub.
  const isPublic = !isLoopback(new URL(environment.TRIMTAB_GITHUB_API).hostname);
  const source = createGitHubSource({ forge, host, access, isPublic, cacheDir: environment.TRIMTAB_CACHE });
  return { forge, source, host, controlRepository: environment.TRIMTAB_CONTROL_REPOSITORY };
}

/** helm, kubectl and Jsonnet over the checkouts of a source; `sops` says what becomes of encrypted files. */
export function connectRenderer(
  environment: Pick<Environment, (typeof RENDER_VARIABLES)[number] | 'TRIMTAB_CACHE'>,
  source: Source,
  engines: Pick<Engines, 'jsonnet'>,
  sops: OpenDataKey | 'marks',
): Renderer {
  const { TRIMTAB_HELM: helm, TRIMTAB_KUBECTL: kubectl, TRIMTAB_CACHE: cacheDir } = environment;
  return createRenderer({
    tools: () => locateTools({ helm, kubectl, cacheDir }),
    tree: source.tree,
    jsonnet: engines.jsonnet,
    sops,
    cache: { dir: `${cacheDir}/renders` },
  });
}

/** What only `trimtab dev` gives a function: no function of the cloud runs what a cluster Secret names. */
export interface OnLaptop {
  /** Whether the programs of `execProviderConfig` are run. */
  readonly runPrograms?: boolean;
}

/** The variables of a function that reaches clusters. */
export const CLUSTER_VARIABLES: readonly ['TRIMTAB_KUBECONFIG_REF', 'TRIMTAB_CLUSTER_SECRETS'] = [
  'TRIMTAB_KUBECONFIG_REF',
  'TRIMTAB_CLUSTER_SECRETS',
];

/** How clusters are reached, as the environment names their credentials. */
export function clusterAccess(
  environment: Pick<Environment, (typeof CLUSTER_VARIABLES)[number]>,
  { secret, aws, runPrograms = false }: { readonly secret: ResolveSecret; readonly aws: CallAws } & OnLaptop,
): ConnectOptions {
  return {
    resolveSecret: createClusterSecrets({ resolve: secret, prefix: environment.TRIMTAB_CLUSTER_SECRETS }),
    resolveKubeconfig: secret,
    ...kubeconfigOf(environment.TRIMTAB_KUBECONFIG_REF),
    aws,
    runPrograms,
  };
}

/**
 * The kubeconfig of the in-cluster destination. A file of this machine is read as kubectl reads it: it may name programs
 * that log in, and other files beside it.
 */
function kubeconfigOf(reference: string): { readonly kubeconfig?: Kubeconfig } {
  if (reference === '') return {};
  return { kubeconfig: reference.startsWith('file:') ? { path: reference.slice('file:'.length) } : { reference } };
}

/** This machine's time. */
export const clock: Clock = () => new Date().toISOString();
