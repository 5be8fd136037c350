import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import { createWritableClusters } from '../../../src/cluster/writable.ts';
import { createEngines } from '../../../src/engines/index.ts';
import { revisionsOf } from '../../../src/flows/desired.ts';
import { readControlRepository } from '../../../src/flows/read-control-repository.ts';
import { refresh } from '../../../src/flows/refresh.ts';
import { startOperation } from '../../../src/flows/start-operation.ts';
import { sync } from '../../../src/flows/sync.ts';
import { createLocalStore, type LocalStore } from '../../../src/local/store/index.ts';
import { applicationName } from '../../../src/spec/application.ts';
import type { Job } from '../../../src/spec/event.ts';
import type { ApplicationStatus, HistoryEntry, Task } from '../../../src/spec/operation.ts';
import type { Queue, Store, WritableClusters } from '../../../src/spec/ports.ts';
import { createStore } from '../../../src/state/index.ts';
import { type ApiServer, type Client, createClient, type Loose } from '../cluster/client.ts';
import { createRepository, type Repository } from './repository.ts';

/** A cluster that the engine works on; its controllers run by themselves. */
export interface EngineCluster extends ApiServer {
  readonly kubeconfig: string;
  /** Milliseconds that one wait of the engine takes: long enough for a step of the cluster's controllers. */
  readonly breath: number;
}

/** What an application is made of: objects, as its one manifest file holds them. */
export type Manifests = readonly object[];

/** Parts of an Application that stories change; `spec` is merged over the plain one. */
export interface Definition {
  /** The destination's namespace; default: one named like the application. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** Besides `CreateNamespace=true`. */
  readonly syncOptions?: readonly string[];
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** One application, rendered from a folder of its name. */
export interface Story {
  readonly stage: Stage;
  readonly name: string;
  readonly namespace: string;
  /** Commits other manifests; resolves when all that follows is done. */
  push(manifests: Manifests): Promise<void>;
  /** Commits another Application, or takes it away; resolves when all that follows is done. */
  define(definition: Definition | undefined): Promise<void>;
  /** The file of the control repository that would define it so, or under another name, for `stage.commit`. */
  file(definition?: Definition, as?: string): Readonly<Record<string, string>>;
  /** The scheduled look, which repairs drift; resolves when all that follows is done. */
  look(): Promise<void>;
  /** Somebody who looked at it syncs it, whatever it deletes (`/sync --prune`). */
  sync(): Promise<void>;
  status(): Promise<ApplicationStatus>;
  /** Looks until `Synced Healthy` or whatever else is expected is so; fails with what it is instead. */
  until(expected: string): Promise<void>;
  /** The last operation. */
  last(): Promise<HistoryEntry>;
  /** The last operation's tasks, a line each: `Sync 0 apply ConfigMap web Succeeded`. */
  tasks(): Promise<readonly string[]>;
  /** What the last operation says of the task of a resource: `ConfigMap web`. */
  message(resource: string): Promise<string>;
  /** The path of the API for a place in the namespace: `apps/v1/deployments/web`, `v1/configmaps`. */
  path(resource: string): string;
  /** The object at such a place; undefined where there is none. */
  get(resource: string): Promise<Loose>;
  /** Somebody changes it, as field manager `kubectl-edit` or another. */
  edit(resource: string, patch: unknown, manager?: string): Promise<void>;
}

/** An installation: a control repository, a store, and the flows `refresh` and `sync`. Its clock runs ahead at each wait. */
export interface Stage {
  /** The control repository; applications are rendered from it as well. */
  readonly repository: Repository;
  readonly store: Store;
  /** Defines an application in the control repository and looks at it. */
  deploy(manifests: Manifests, definition?: Definition): Promise<Story>;
  /** Commits files of the control repository. */
  commit(files: Readonly<Record<string, string | null>>): void;
  /** Looks at these applications, as the schedule does. */
  look(...names: readonly string[]): Promise<void>;
  /** How often the API server was asked for a dry run so far. */
  dryRuns(): number;
  /** The clock goes on by so many seconds. */
  pass(seconds: number): void;
}

/** What all stages of a file share: the cluster, and Argo CD's languages. */
export interface Workshop {
  readonly cluster: Client;
  /** A new one; or one over the same repository, whose store knows nothing. */
  stage(like?: Stage): Promise<Stage>;
  /** An application on a stage of its own. */
  deploy(manifests: Manifests, definition?: Definition): Promise<Story>;
  close(): Promise<void>;
}

const HOST = 'github.com';
const CONTROL = 'acme/platform';

/** More jobs than any story needs: one that needs more never comes to rest. */
const MOST_JOBS = 400;

/** How long a cluster may take until an application is as expected. */
const PATIENCE_MS = 60_000;

/** A name that no other test uses: all of them share one cluster. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Asks until it holds: what controllers do takes its time. (`expect.poll` knows only one test at a time.) */
export async function eventually(holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(holds, { timeout: 30_000, interval: 50 });
}

/** Starts what is shared; `close` ends it with all of its stages. */
export function openWorkshop(server: EngineCluster): Workshop {
  const engines = createEngines();
  const cluster = createClient(server);
  const clusters = createWritableClusters({
    resolveSecret: async () => server.kubeconfig,
    kubeconfig: { reference: 'env:KUBECONFIG' },
  });
  const tables: LocalStore[] = [];
  const stage = async (repository: Repository): Promise<Stage> => {
    const table = await createLocalStore();
    tables.push(table);
    return createStage({ repository, table, server, cluster, clusters, engines });
  };
  const fresh = () => stage(createRepository(`https://${HOST}/${CONTROL}.git`));
  return {
    cluster,
    stage: (like) => (like === undefined ? fresh() : stage(like.repository)),
    deploy: async (manifests, definition) => await (await fresh()).deploy(manifests, definition),
    close: async () => {
      await engines.close();
      await Promise.all(tables.map((table) => table.close()));
    },
  };
}

interface Parts {
  readonly repository: Repository;
  readonly table: LocalStore;
  readonly server: EngineCluster;
  readonly cluster: Client;
  readonly clusters: WritableClusters;
  readonly engines: ReturnType<typeof createEngines>;
}

function createStage({ repository, table, server, cluster, clusters, engines }: Parts): Stage {
  let dryRuns = 0;
  let ahead = 0;
  const clock = (): string => new Date(Date.now() + ahead).toISOString();
  const store = createStore({ aws: table.aws, table: table.table, clock });
  const due: { readonly job: Job; readonly at: number }[] = [];
  const queue: Queue = {
    send: async (job, { delaySeconds = 0 } = {}) => {
      due.push({ job, at: Date.parse(clock()) + delaySeconds * 1000 });
    },
  };
  const counted: WritableClusters = {
    ...clusters,
    reader: async (registration) => {
      const reader = await clusters.reader(registration);
      return {
        ...reader,
        dryRun: async (...wanted) => {
          dryRuns += 1;
          return await reader.dryRun(...wanted);
        },
      };
    },
  };
  const ports = {
    ...repository,
    ...{ clusters: counted, store, queue, engines, clock },
    ...{ host: HOST, controlRepository: CONTROL, markKey: 'key', waveDelay: 0 },
  };

  /** Works off the jobs and all that follow from them, one at a time. */
  async function rest(): Promise<void> {
    for (let jobs = 0; due.length > 0; jobs += 1) {
      if (jobs > MOST_JOBS) throw new Error(`More than ${MOST_JOBS} jobs; next: ${JSON.stringify(due[0]?.job)}`);
      due.sort((a, b) => a.at - b.at);
      const { job, at } = due.shift() as (typeof due)[number];
      const early = at - Date.parse(clock());
      if (early > 0) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(early, server.breath)));
        ahead += Math.max(0, at - Date.parse(clock()));
      }
      if (job.kind === 'sync') await sync(job, ports);
      if (job.kind === 'refresh') await refresh(job, ports);
    }
  }

  async function look(...names: readonly string[]): Promise<void> {
    await queue.send({ kind: 'refresh', scope: { of: 'applications', names, heals: true } });
    await rest();
  }

  async function syncByHand(name: string): Promise<void> {
    const revision = await repository.source.resolve(repository.url, undefined);
    const { applications } = await readControlRepository({ repoURL: repository.url, revision }, ports);
    const application = applications.find((one) => applicationName(one.value) === name)?.value;
    if (application === undefined) throw new Error(`${name} is not defined`);
    const revisions = await revisionsOf(application, repository.source);
    const trigger = { kind: 'command', actor: 'bob' } as const;
    await startOperation(
      { application, revisions, definition: revision, trigger, prune: true, allowDelete: true },
      ports,
    );
    await rest();
  }

  async function statusOf(name: string): Promise<ApplicationStatus> {
    const status = await store.statuses.load(name);
    if (status === undefined) throw new Error(`${name} has no status`);
    return status;
  }

  async function until(name: string, expected: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const { sync: how, health, conditions, resources } = await statusOf(name);
      const is = `${how} ${health.status}`;
      if (is === expected) return;
      if (Date.now() > end) {
        throw new Error(`${name} is ${is}, not ${expected}: ${JSON.stringify({ conditions, resources }, null, 1)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, server.breath));
      await look(name);
    }
  }

  async function last(name: string): Promise<HistoryEntry> {
    const [entry] = await store.histories.list(name, 1);
    if (entry === undefined) throw new Error(`${name} was never synced: ${JSON.stringify(await statusOf(name))}`);
    return entry;
  }

  const stage: Stage = {
    ...{ repository, store, look },
    commit: (files) => repository.commit(files),
    dryRuns: () => dryRuns,
    pass: (seconds) => {
      ahead += seconds * 1000;
    },
    deploy: async (manifests, definition = {}) => {
      const name = uniqueName('app');
      const namespace = definition.namespace ?? name;
      const file = (other: Definition = definition, as = name) => ({
        [`apps/${as}.yaml`]: applicationText(
          as,
          { repoURL: repository.url, targetRevision: 'HEAD', path: name },
          { namespace, ...other },
        ),
      });
      repository.commit({
        ...file(),
        [`${name}/all.yaml`]: textOf(manifests),
      });
      await look(name);
      const path = (resource: string): string => {
        const [group, ...rest] = resource.split('/');
        const [version, ...place] = group === 'v1' ? [group, ...rest] : rest;
        const root = group === 'v1' ? '/api/v1' : `/apis/${group}/${version}`;
        return `${root}/namespaces/${namespace}/${place.join('/')}`;
      };
      const task = async (resource: string): Promise<Task> => {
        const { tasks } = await last(name);
        const found = tasks.find(({ key }) => `${key.kind} ${key.name}` === resource);
        if (found === undefined) throw new Error(`no task of ${resource} in ${JSON.stringify(tasks)}`);
        return found;
      };
      return {
        ...{ stage, name, namespace, path, file },
        push: async (changed) => {
          repository.commit({ [`${name}/all.yaml`]: textOf(changed) });
          await look(name);
        },
        define: async (changed) => {
          repository.commit(changed === undefined ? { [`apps/${name}.yaml`]: null } : file(changed));
          await look(name);
        },
        look: () => look(name),
        sync: () => syncByHand(name),
        status: () => statusOf(name),
        until: (expected) => until(name, expected),
        last: () => last(name),
        message: async (resource) => (await task(resource)).message,
        tasks: async () =>
          (await last(name)).tasks.map(
            ({ phase, wave, action, key, status }) => `${phase} ${wave} ${action} ${key.kind} ${key.name} ${status}`,
          ),
        get: async (resource) => {
          const { code, json, text } = await cluster.get(path(resource));
          if (code === 404) return undefined;
          if (code !== 200) throw new Error(`${path(resource)} was refused: ${text}`);
          return json;
        },
        edit: async (resource, patch, manager = 'kubectl-edit') => {
          const { code, text } = await cluster.merge(`${path(resource)}?fieldManager=${manager}`, patch);
          if (code !== 200) throw new Error(`The edit of ${path(resource)} was refused: ${text}`);
        },
      };
    },
  };
  return stage;
}

function textOf(manifests: Manifests): string {
  // JSON is YAML, in which nobody has to know what y and 08 mean.
  return manifests.map((one) => JSON.stringify(one)).join('\n---\n');
}

/** The file that defines an application. */
function applicationText(name: string, source: object, definition: Definition): string {
  const { namespace = name, annotations, finalizers, syncOptions, spec } = definition;
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec: {
      project: 'default',
      source,
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true', ...(syncOptions ?? [])],
        retry: { limit: 0 },
      },
      ...spec,
    },
  });
}
