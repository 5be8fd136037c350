import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';

/** A kubeconfig: of one file, or of several that were put together. */
export interface KubeconfigContent {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

/**
 * What a kubeconfig says; relative paths in it are those from `folder`. Throws the errors of the parser, which may quote it.
 * Its entries are read by `@kubernetes/client-node`, but without `KubeConfig`, which takes half a second to load.
 */
export function readKubeconfig(text: string, folder = '.'): KubeconfigContent {
  const content = load(text) as Readonly<Record<string, unknown>>;
  const absolute = (path: string | undefined): string | undefined => (path ? resolve(folder, path) : path);
  const currentContext = content['current-context'];
  return {
    clusters: newClusters(content['clusters']).map((one) => ({ ...one, caFile: absolute(one.caFile) }) as Cluster),
    users: newUsers(content['users']).map(
      (one) => ({ ...one, certFile: absolute(one.certFile), keyFile: absolute(one.keyFile) }) as User,
    ),
    contexts: newContexts(content['contexts']),
    currentContext: typeof currentContext === 'string' ? currentContext : undefined,
  };
}

/** The kubeconfig in a file. Throws as `readKubeconfig` and Node do. */
export function readKubeconfigFile(path: string): KubeconfigContent {
  return readKubeconfig(readFileSync(path, 'utf8'), dirname(path));
}

/**
 * The kubeconfig that kubectl would take on this machine; undefined where there is none. Of several files in $KUBECONFIG those
 * that are not there are left out, and the first that says something wins.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export function readDefaultKubeconfig(): KubeconfigContent | undefined {
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const paths = named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
  const [first, ...others] = paths.filter((path) => existsSync(path)).map(readKubeconfigFile);
  if (first === undefined) return undefined;
  return others.reduce(
    (all, one) => ({
      clusters: [...all.clusters, ...one.clusters],
      users: [...all.users, ...one.users],
      contexts: [...all.contexts, ...one.contexts],
      currentContext: all.currentContext || one.currentContext,
    }),
    first,
  );
}
