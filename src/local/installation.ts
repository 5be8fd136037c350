import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateTools } from '../render/index.ts';
import type { Variables } from '../spec/environment.ts';
import type { Job } from '../spec/event.ts';
import type { Store } from '../spec/ports.ts';
import { createStore } from '../state/index.ts';
import { cacheFolder } from './cache-folder.ts';
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from './cluster/index.ts';
import { createLocalForge, type LocalForge, type LocalForgeOptions } from './forge/index.ts';
import { startFunctions } from './functions.ts';
import { type Chaos, createLocalQueue, type LocalQueue } from './queue/index.ts';
import { createLocalSlack, type LocalSlack } from './slack/index.ts';
import { createLocalStore } from './store/index.ts';

/** Where an installation differs from the plain one; a person who plays needs none of it. */
export interface ClusterlessOptions {
  readonly controlRepository: string;
  /** Channels of the embedded Slack. */
  readonly channels: readonly string[];
  readonly forge?: LocalForgeOptions;
  /** Multiplies the delays of jobs. */
  readonly delayScale?: number;
  /** Repeats and reorders jobs. */
  readonly chaos?: Chaos;
  /** Told what fails in a function; the job comes again. */
  readonly report?: (error: unknown, kind: Job['kind']) => void;
}

/** The same with an embedded cluster. */
export interface InstallationOptions extends ClusterlessOptions {
  readonly cluster?: LocalClusterOptions;
}

/** Every function of trimtab in this process, over an embedded GitHub, Slack, table and queues, and some cluster. */
export interface ClusterlessInstallation {
  readonly forge: LocalForge;
  readonly slack: LocalSlack;
  readonly queue: LocalQueue;
  readonly store: Store;
  readonly webhookUrl: string;
  /** What the schedule does every three minutes; resolves when it and all that follows from it is done. */
  schedule(): Promise<void>;
  /** Resolves when no delivery and no job is on its way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The same with an embedded cluster. */
export interface Installation extends ClusterlessInstallation {
  readonly cluster: LocalCluster;
}

/** How long a demo or a test waits for things to settle. */
const PATIENCE_SECONDS = 60;

/** Starts an installation over an embedded cluster, which ends with it. */
export async function createInstallation(options: InstallationOptions): Promise<Installation> {
  const cluster = await createLocalCluster(options.cluster);
  try {
    const installation = await createInstallationFor(cluster.kubeconfig(), options);
    const close = async (): Promise<void> => {
      await installation.close();
      await cluster.close();
    };
    return { ...installation, cluster, close };
  } catch (thrown) {
    await cluster.close();
    throw thrown;
  }
}

/**
 * Starts an installation as it runs in the cloud, for the cluster of a kubeconfig: the very handlers, each behind its own
 * queue, settings by environment variables, secrets by reference. Only the addresses are those of loopback.
 */
export async function createInstallationFor(
  kubeconfig: string,
  options: ClusterlessOptions,
): Promise<ClusterlessInstallation> {
  const work = await mkdtemp(join(tmpdir(), 'trimtab-'));
  const slackToken = `xoxb-${randomBytes(12).toString('hex')}`;
  const [forge, slack, table, queue, tools] = await Promise.all([
    createLocalForge(options.forge),
    createLocalSlack({ channels: options.channels.map((name) => ({ name })), token: slackToken }),
    createLocalStore(),
    createLocalQueue({
      delayScale: options.delayScale ?? 1,
      ...(options.chaos === undefined ? {} : { chaos: options.chaos }),
      ...(options.report === undefined ? {} : { report: options.report }),
    }),
    locateTools({ cacheDir: cacheFolder() }),
  ]);
  const variables: Variables = {
    TRIMTAB_CONTROL_REPOSITORY: options.controlRepository,
    TRIMTAB_APP_ID: String(forge.app.id),
    TRIMTAB_PRIVATE_KEY_REF: 'env:PRIVATE_KEY',
    PRIVATE_KEY: forge.app.privateKey,
    TRIMTAB_WEBHOOK_SECRET_REF: 'env:WEBHOOK_SECRET',
    WEBHOOK_SECRET: forge.app.webhookSecret,
    TRIMTAB_GITHUB_API: forge.apiUrl,
    TRIMTAB_TABLE: table.table,
    TRIMTAB_QUEUE_PREVIEW: queue.urls.preview,
    TRIMTAB_QUEUE_COMMAND: queue.urls.command,
    TRIMTAB_QUEUE_REFRESH: queue.urls.refresh,
    TRIMTAB_QUEUE_SYNC: queue.urls.sync,
    TRIMTAB_QUEUE_NOTIFY: queue.urls.notify,
    TRIMTAB_KUBECONFIG_REF: 'env:KUBECONFIG_TEXT',
    KUBECONFIG_TEXT: kubeconfig,
    TRIMTAB_SLACK_TOKEN_REF: 'env:SLACK_TOKEN',
    SLACK_TOKEN: slackToken,
    TRIMTAB_SLACK_API: slack.url,
    TRIMTAB_MARK_KEY_REF: 'env:MARK_KEY',
    MARK_KEY: randomBytes(32).toString('hex'),
    TRIMTAB_SYNC_WAVE_DELAY: '0',
    TRIMTAB_CACHE: work,
    TRIMTAB_HELM: tools.helm.path,
    TRIMTAB_KUBECTL: tools.kubectl.path,
    AWS_REGION: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
  };
  const functions = await startFunctions({ variables, queue });
  forge.setWebhookUrl(functions.webhookUrl);

  const settled = async (): Promise<void> => {
    await forge.idle();
    await queue.settled({ withinSeconds: PATIENCE_SECONDS });
    // What a job did may have made GitHub send a delivery.
    await forge.idle();
    await queue.settled({ withinSeconds: PATIENCE_SECONDS });
  };
  return {
    forge,
    slack,
    queue,
    store: createStore({ aws: table.aws, table: table.table }),
    webhookUrl: functions.webhookUrl,
    schedule: async () => {
      await functions.look();
      await settled();
    },
    settled,
    close: async () => {
      forge.setWebhookUrl(undefined);
      await functions.close();
      await queue.close();
      await Promise.all([forge.close(), slack.close(), table.close()]);
      await rm(work, { recursive: true, force: true });
    },
  };
}
