import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deliver } from '../flows/notify.ts';
import { locateTools } from '../render/index.ts';
import { type Environment, readEnvironment, type Variables } from '../spec/environment.ts';
import type { Delivery } from '../spec/event.ts';
import type { Problem } from '../spec/problem.ts';
import { consume } from '../state/consume.ts';
import { createStore } from '../state/index.ts';
import { cacheFolder } from './cache-folder.ts';
import { type Functions, startFunctions } from './functions.ts';
import type { GitHubAddress } from './github-address.ts';
import { createLocalQueue } from './queue/index.ts';
import { forwardFromSmee } from './smee.ts';
import { createLocalStore } from './store/index.ts';

export interface DevOptions {
  readonly github: GitHubAddress;
  /** `owner/name` */
  readonly controlRepository: string;
  /** APP_ID, PRIVATE_KEY, WEBHOOK_SECRET, and what else the process has; SLACK_TOKEN where there is one. */
  readonly variables: Variables;
  /** Channel whose deliveries come here; absent where GitHub reaches this machine by itself. */
  readonly webhookProxy?: string;
  /** Path of the kubeconfig of the in-cluster destination, where there is one. */
  readonly kubeconfig?: string;
  readonly port: number;
  /** Folder that keeps the state over a restart. */
  readonly folder: string;
  /** Told of each message, where there is no Slack. */
  readonly print: (delivery: Delivery) => void;
  readonly report: (problem: Problem) => void;
}

/**
 * Starts every function for a real GitHub App: the same handlers as in the cloud, over a table that a folder keeps, and
 * queues in memory (GitHub and the schedule bring jobs again). Throws Problem for settings that are wrong.
 */
export async function startDev(options: DevOptions): Promise<Functions> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const [table, queue, tools] = await Promise.all([
    createLocalStore({ path: join(options.folder, 'state') }),
    createLocalQueue(),
    locateTools({ cacheDir: cacheFolder() }),
  ]);
  const given = options.variables;
  const slack = given['SLACK_TOKEN'] ?? '';
  const settings: Partial<Environment> = {
    TRIMTAB_CONTROL_REPOSITORY: options.controlRepository,
    TRIMTAB_APP_ID: given['APP_ID'] ?? '',
    TRIMTAB_PRIVATE_KEY_REF: 'env:PRIVATE_KEY',
    TRIMTAB_WEBHOOK_SECRET_REF: 'env:WEBHOOK_SECRET',
    TRIMTAB_GITHUB_API: options.github.api,
    TRIMTAB_GITHUB_HOST: options.github.host,
    TRIMTAB_TABLE: table.table,
    TRIMTAB_QUEUE_PREVIEW: queue.urls.preview,
    TRIMTAB_QUEUE_COMMAND: queue.urls.command,
    TRIMTAB_QUEUE_REFRESH: queue.urls.refresh,
    TRIMTAB_QUEUE_SYNC: queue.urls.sync,
    TRIMTAB_QUEUE_NOTIFY: queue.urls.notify,
    TRIMTAB_KUBECONFIG_REF: options.kubeconfig === undefined ? '' : `file:${options.kubeconfig}`,
    TRIMTAB_SLACK_TOKEN_REF: slack === '' ? '' : 'env:SLACK_TOKEN',
    TRIMTAB_MARK_KEY_REF: 'env:MARK_KEY',
    TRIMTAB_CACHE: join(options.folder, 'cache'),
    TRIMTAB_HELM: tools.helm.path,
    TRIMTAB_KUBECTL: tools.kubectl.path,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
  };
  const variables = { MARK_KEY: randomBytes(32).toString('hex'), ...given, ...settings };
  const store = createStore({ aws: table.aws, table: table.table });
  const channel = { send: async (delivery: Delivery): Promise<void> => options.print(delivery) };
  const functions = await startFunctions({
    variables,
    queue,
    port: options.port,
    runPrograms: readEnvironment(['TRIMTAB_RUN_CREDENTIAL_PROGRAMS'], given).TRIMTAB_RUN_CREDENTIAL_PROGRAMS === 'true',
    ...(slack === '' ? { notify: (event) => consume(event, 'notify', (job) => deliver(job, { store, channel })) } : {}),
  });
  const { webhookProxy } = options;
  const smee =
    webhookProxy === undefined ? undefined : await forwardFromSmee(webhookProxy, functions.webhookUrl, options.report);
  return {
    ...functions,
    close: async () => {
      await smee?.close();
      await functions.close();
      await queue.close();
      await table.close();
    },
  };
}
