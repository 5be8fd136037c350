import { onTestFinished } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { createEngines } from '../../src/engines/index.ts';
import { refresh } from '../../src/flows/refresh.ts';
import { sync } from '../../src/flows/sync.ts';
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from '../../src/local/cluster/index.ts';
import { type Application, applicationName } from '../../src/spec/application.ts';
import type { Job, RefreshJob } from '../../src/spec/event.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { ApplicationStatus } from '../../src/spec/operation.ts';
import type { Engines, Forge, Renderer, RenderInput, Source, Store } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { createMemoryStore, emptyStore } from '../faults/memory-store.ts';

/** What Git says: Applications and settings as objects, and what each application renders to. */
export interface GitState {
  definitions: readonly object[];
  renders: Readonly<Record<string, readonly Manifest[] | ((input: RenderInput) => readonly Manifest[])>>;
  /** Commits of repositories that do not move with the control repository, by URL; a Problem is thrown. */
  heads?: Readonly<Record<string, string | Problem>>;
}

/** Refresh and sync over embedded clusters and the real client of them; Git, the store and the queue are in memory. */
export interface Desk {
  readonly git: GitState;
  readonly cluster: LocalCluster;
  readonly store: Store;
  /** Every job that was sent, with its delay. */
  readonly sent: { readonly job: Job; readonly delaySeconds: number }[];
  /** A new commit of the control repository. */
  commit(change: Partial<GitState>): void;
  /** A look, and all jobs that follow from it, one after the other. Default: at all applications. */
  look(scope?: RefreshJob['scope']): Promise<void>;
  /** One job alone, without those that it sends. */
  work(job: Job): Promise<void>;
  status(application: string): Promise<ApplicationStatus>;
  /** Somebody else's hand on an object of the cluster. */
  edit(path: string, patch: unknown, manager?: string): Promise<void>;
  /** Nobody ever recorded what the deletion of an application takes. */
  forget(application: string): void;
  /** Lets time pass. */
  pass(seconds: number): void;
}

export interface DeskOptions extends GitState {
  readonly cluster?: LocalClusterOptions;
  /** Real engines, for jq and Lua. */
  readonly engines?: boolean;
  readonly connectMs?: number;
  /** What else Git answers than the definitions. */
  readonly source?: Partial<Source>;
  /** Whether the status of an application fits into the store. */
  readonly keeps?: (application: string) => boolean;
  /** Which manifests came out of files that SOPS encrypted. */
  readonly decrypted?: Renderer['decrypted'];
  /** What GitHub answers beside commits. */
  readonly forge?: Partial<Forge>;
  /** The files of a commit. */
  readonly tree?: Source['tree'];
}

const IN_CLUSTER = 'https://kubernetes.default.svc';

export async function startDesk(options: DeskOptions): Promise<Desk> {
  let time = Date.parse('2026-11-24T10:00:00.000Z');
  let head = 0;
  const { definitions, renders, heads = {} } = options;
  const git: GitState = { definitions, renders, heads };
  const past = new Map<string, GitState['definitions']>();
  const cluster = await createLocalCluster({ controllers: 'manual', now: () => time, ...options.cluster });
  const engines = options.engines === true ? createEngines() : undefined;
  onTestFinished(async () => {
    await Promise.all([cluster.close(), engines?.close()]);
  });
  const state = emptyStore();
  const store = createMemoryStore(state, () => time);
  const sent: { readonly job: Job; readonly delaySeconds: number }[] = [];
  const due: Job[] = [];
  const sha = (): string => `${String(head).padStart(4, '0')}${'c'.repeat(36)}`;
  const forge: Partial<Forge> = {
    resolve: async () => sha(),
    defaultBranch: async () => 'main',
    pullsOf: async () => [],
    hasComment: async () => false,
    createDeployment: async () => 1,
    setDeployment: async () => undefined,
    ...options.forge,
  };
  const source: Partial<Source> = {
    resolve: async (repoURL) => {
      const at = git.heads?.[repoURL] ?? sha();
      if (at instanceof Problem) throw at;
      return at;
    },
    checkout: async (repoURL, revision) => ({ repoURL, revision, dir: '/' }),
    manifestFiles: async ({ revision }) =>
      (past.get(revision) ?? git.definitions).map((one, index) => ({
        path: `argocd/${index}.json`,
        text: JSON.stringify(one),
      })),
    tree: options.tree ?? (async () => new Map()),
    readFiles: async () => [],
    ...options.source,
  };
  const ports = {
    forge: forge as Forge,
    source: source as Source,
    renderer: {
      render: async (input: RenderInput) => {
        const rendered = git.renders[applicationName(input.application)] ?? [];
        return typeof rendered === 'function' ? rendered(input) : rendered;
      },
      closure: async () => [],
      parameters: async ({ source }: Pick<RenderInput, 'source'>) => source,
      mayDefine: async () => false,
      decrypted: options.decrypted ?? (() => false),
    },
    clusters: createWritableClusters({
      kubeconfig: { text: cluster.kubeconfig() },
      resolveSecret: async (reference) => reference,
      backoffMs: 1,
      wait: async () => undefined,
      ...(options.connectMs === undefined ? {} : { connectMs: options.connectMs }),
    }),
    store,
    queue: {
      send: async (job: Job, { delaySeconds = 0 } = {}) => {
        sent.push({ job, delaySeconds });
        due.push(job);
      },
    },
    engines: engines ?? ({} as Engines),
    clock: () => new Date(time).toISOString(),
    ...{ host: 'github.com', controlRepository: 'acme/platform', markKey: 'key', waveDelay: 0 },
  };
  const work = async (job: Job): Promise<void> => {
    time += 1000;
    if (job.kind === 'refresh') await refresh(job, ports);
    if (job.kind === 'sync') await sync(job, ports);
    cluster.settle();
  };
  return {
    git,
    cluster,
    store,
    sent,
    commit: (change) => {
      past.set(sha(), git.definitions);
      head += 1;
      Object.assign(git, change);
    },
    look: async (scope = { of: 'all' }) => {
      due.length = 0;
      due.push({ kind: 'refresh', scope });
      for (let job = due.shift(); job !== undefined; job = due.shift()) await work(job);
    },
    work,
    status: async (application) => {
      const status = await store.statuses.load(application);
      if (status === undefined) throw new Error(`${application} was never looked at`);
      return status;
    },
    edit: async (path, patch, manager = 'kubectl-edit') => {
      const response = await fetch(`${cluster.url}${path}?fieldManager=${manager}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify(patch),
      });
      if (!response.ok) throw new Error(await response.text());
      cluster.settle();
    },
    forget: (application) => {
      state.deletions.delete(application);
    },
    pass: (seconds) => {
      time += seconds * 1000;
    },
  };
}

/** An Application that syncs, prunes and repairs itself, in the namespace of its name. */
export function application(name: string, spec: Partial<Application['spec']> = {}, annotations = {}): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', annotations },
    spec: {
      project: 'default',
      source: { repoURL: 'https://github.com/acme/platform', path: name },
      destination: { server: IN_CLUSTER, namespace: name },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
      ...spec,
    },
  };
}

/** Synced by hand only: what drifts stays. */
export const BY_HAND: Partial<Application['spec']> = {
  syncPolicy: { automated: { prune: false, selfHeal: false }, syncOptions: ['CreateNamespace=true'] },
};

export function configMap(name: string, value: string, metadata = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { value } };
}

/** A cluster as Argo CD registers it. */
export function clusterSecret(name: string, server: string, more: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    stringData: { name, server, config: '{"tlsClientConfig":{"insecure":true}}', ...more },
  };
}
