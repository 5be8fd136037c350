import { createCommand } from '../../handlers/command.ts';
import { createNotify } from '../../handlers/notify.ts';
import { createPreview } from '../../handlers/preview.ts';
import { createRefresh } from '../../handlers/refresh.ts';
import { createSync } from '../../handlers/sync.ts';
import { createWebhook } from '../../handlers/webhook.ts';
import type { Variables } from '../spec/environment.ts';
import { createGateway } from './gateway.ts';
import type { LocalQueue } from './queue/index.ts';
import type { QueueHandler } from './queue/poller.ts';

export interface FunctionsOptions {
  /** Settings, as each function reads them in the cloud. */
  readonly variables: Variables;
  readonly queue: LocalQueue;
  /** Port of the webhook's gateway. Default: any free one. */
  readonly port?: number;
  /** Whether programs that cluster Secrets name (`execProviderConfig`) are run. Default false. */
  readonly runPrograms?: boolean;
  /** Stands for the function that sends messages, where there is nothing to send them to. */
  readonly notify?: QueueHandler;
}

/** Every function of trimtab in this process, each behind its own queue. */
export interface Functions {
  /** Where GitHub's deliveries go. */
  readonly webhookUrl: string;
  /** What the schedule does; the jobs that it makes are still to be done when it resolves. */
  look(): Promise<void>;
  /** Takes no more deliveries. */
  close(): Promise<void>;
}

/** Starts the very handlers that run in the cloud, wired as `serverless.yml` wires them. Throws Problem. */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const { variables, queue, runPrograms = false } = options;
  const webhook = createWebhook(variables);
  const refresh = await createRefresh(variables, { runPrograms });
  queue.consume('preview', await createPreview(variables));
  queue.consume('command', await createCommand(variables));
  queue.consume('sync', await createSync(variables, { runPrograms }), { concurrency: 4 });
  queue.consume('refresh', refresh);
  queue.consume('notify', options.notify ?? (await createNotify(variables)));
  const gateway = await createGateway(webhook, options.port);
  return {
    webhookUrl: gateway.url,
    look: async () => {
      await refresh({ kind: 'refresh', scope: { of: 'all' } });
    },
    close: gateway.close,
  };
}
