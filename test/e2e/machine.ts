import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSlack } from '../../src/channels/index.ts';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { createEngines } from '../../src/engines/index.ts';
import { runCommand } from '../../src/flows/command.ts';
import { deliver } from '../../src/flows/notify.ts';
import { preview } from '../../src/flows/preview.ts';
import { refresh } from '../../src/flows/refresh.ts';
import { sync } from '../../src/flows/sync.ts';
import { createForge } from '../../src/forge/index.ts';
import { cacheFolder } from '../../src/local/cache-folder.ts';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import { createLocalForge, type LocalForge } from '../../src/local/forge/index.ts';
import { createLocalSlack, type LocalSlack } from '../../src/local/slack/index.ts';
import { createLocalStore } from '../../src/local/store/index.ts';
import { createRenderer, locateTools } from '../../src/render/index.ts';
import { createGitHubSource } from '../../src/source/index.ts';
import type { Job } from '../../src/spec/event.ts';
import type { Store } from '../../src/spec/ports.ts';
import { asProblem, Problem } from '../../src/spec/problem.ts';
import { createStore } from '../../src/state/index.ts';
import { type Files, NOTIFICATIONS, REPO } from './platform.ts';

/** What goes wrong with one writing call: the function dies before it, or its answer is lost on the way back. */
export type Fault = 'dies' | 'answer lost';

/** The writing call that goes wrong, counted from 0 over all jobs, or over those of one kind. */
export interface Broken {
  readonly call: number;
  readonly fault: Fault;
  readonly kind?: Job['kind'];
}

/** The parts that all machines of a file share: a GitHub, helm and kubectl, Argo CD's languages. */
export interface Workshop {
  readonly forge: LocalForge;
  /** A machine with an empty cluster, an empty store and a silent Slack. */
  machine(): Promise<Machine>;
  close(): Promise<void>;
}

/**
 * Every flow over real edges, but with the queue and the clock in the hands of the test: jobs run one at a time, and a
 * function can be killed at any writing call.
 */
export interface Machine {
  readonly cluster: LocalCluster;
  readonly slack: LocalSlack;
  readonly store: Store;
  /**
   * Works off a job and all that follow from it; one writing call goes wrong, once. Answers how many writing calls
   * there were, of the kind in question.
   */
  run(job: Job, broken?: Broken): Promise<number>;
  close(): Promise<void>;
}

/** A job fails so often before it is a dead letter; a test that gets there is told. */
const MOST_FAILURES = 5;

/** More jobs than any story here needs. */
const MOST_JOBS = 500;

/** Methods that change the world; what only looks may be repeated freely. */
const WRITES = new Set([
  ...['upsertComment', 'addComment', 'react', 'check', 'createDeployment', 'setDeployment', 'revert', 'proposeTrees'],
  ...['apply', 'create', 'remove', 'send'],
  ...['save', 'take', 'release', 'append', 'once', 'forget'],
]);

/** Starts the shared parts over a control repository with these files. */
export async function openWorkshop(files: Files): Promise<Workshop> {
  const work = await mkdtemp(join(tmpdir(), 'trimtab-machine-'));
  const [forge, tools] = await Promise.all([createLocalForge(), locateTools({ cacheDir: cacheFolder() })]);
  const engines = createEngines();
  await forge.createRepository({ owner: 'acme', name: 'platform', files: { ...NOTIFICATIONS, ...files } });
  return {
    forge,
    machine: () => startMachine(forge, { tools, engines, work }),
    close: async () => {
      await engines.close();
      await forge.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}

interface Shared {
  readonly tools: Awaited<ReturnType<typeof locateTools>>;
  readonly engines: ReturnType<typeof createEngines>;
  readonly work: string;
}

async function startMachine(forge: LocalForge, { tools, engines, work }: Shared): Promise<Machine> {
  let now = Date.parse('2026-11-24T10:00:00.000Z');
  const clock = (): string => new Date(now).toISOString();
  const cluster = await createLocalCluster({ controllers: 'manual' });
  const slack = await createLocalSlack({ channels: [{ name: 'deploys' }, { name: 'alerts' }], token: 'xoxb-test' });
  const table = await createLocalStore();
  const store = createStore({ aws: table.aws, table: table.table, clock });
  const github = createForge({ appId: String(forge.app.id), privateKey: forge.app.privateKey, url: forge.apiUrl });
  const source = createGitHubSource({ forge: github, host: 'github.com', cacheDir: work });
  const renderer = createRenderer({
    tools: () => Promise.resolve(tools),
    tree: source.tree,
    jsonnet: engines.jsonnet,
    sops: 'marks',
    cache: { dir: join(work, 'renders') },
  });
  const clusters = createWritableClusters({
    resolveSecret: async () => cluster.kubeconfig(),
    kubeconfig: { reference: 'env:KUBECONFIG' },
  });
  const channel = createSlack({ token: 'xoxb-test', url: slack.url });
  const due: { readonly job: Job; readonly at: number; readonly failures: number }[] = [];
  const queue = {
    send: async (job: Job, { delaySeconds = 0 }: { readonly delaySeconds?: number } = {}): Promise<void> => {
      due.push({ job, at: now + delaySeconds * 1000, failures: 0 });
    },
  };
  let calls = 0;
  let broken: Broken | undefined;

  /** One call of a function: once it is dead, none of its calls reaches anything. */
  const invoke = async (job: Job): Promise<void> => {
    let dead = false;
    const guard = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name, receiver) => {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member === 'object' && member !== null) return guard(member);
          if (typeof member !== 'function') return member;
          return async (...given: unknown[]): Promise<unknown> => {
            if (dead) throw new Problem('internal', 'The function is dead.');
            const counts = WRITES.has(String(name)) && (broken?.kind ?? job.kind) === job.kind;
            const fault = counts && broken?.call === calls ? broken.fault : undefined;
            if (counts) calls += 1;
            if (fault === 'dies') {
              dead = true;
              throw new Problem('internal', 'The function died.');
            }
            const answer: unknown = await Reflect.apply(member, target, given);
            if (fault === 'answer lost') throw new Problem('unavailable', 'The answer was lost.');
            return name === 'reader' || name === 'writer' ? guard(answer as object) : answer;
          };
        },
      });
    const ports = {
      ...{ forge: guard(github), source, renderer, clusters: guard(clusters), store: guard(store) },
      ...{ queue: guard(queue), channel: guard(channel), engines, clock },
      ...{ host: 'github.com', controlRepository: REPO, markKey: 'key', waveDelay: 0 },
    };
    switch (job.kind) {
      case 'preview':
        return await preview(job, ports);
      case 'command':
        return await runCommand(job, ports);
      case 'refresh':
        return await refresh(job, ports);
      case 'sync':
        return await sync(job, ports);
      case 'notify':
        return await deliver(job, ports);
    }
  };

  return {
    cluster,
    slack,
    store,
    run: async (first, fault) => {
      calls = 0;
      broken = fault;
      due.push({ job: first, at: now, failures: 0 });
      for (let jobs = 0; due.length > 0; jobs += 1) {
        if (jobs > MOST_JOBS) throw new Error(`More than ${MOST_JOBS} jobs; next: ${JSON.stringify(due[0]?.job)}`);
        due.sort((a, b) => a.at - b.at);
        const next = due.shift();
        if (next === undefined) break;
        now = Math.max(now + 1, next.at);
        cluster.settle();
        try {
          await invoke(next.job);
        } catch (thrown) {
          const failures = next.failures + 1;
          if (failures >= MOST_FAILURES)
            throw new Error(`A dead letter: ${JSON.stringify(next.job)}`, { cause: thrown });
          if (fault === undefined) throw asProblem(thrown);
          // SQS gives a message out again when its visibility timeout is over.
          due.push({ job: next.job, at: now + 180_000, failures });
        }
      }
      return calls;
    },
    close: async () => {
      await Promise.all([cluster.close(), slack.close(), table.close()]);
    },
  };
}
