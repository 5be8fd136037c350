import { Problem } from '../spec/problem.ts';

/** Opens a channel: an address in the Internet whose deliveries wait for this machine. Throws Problem `unavailable`. */
export async function createSmeeChannel(): Promise<string> {
  const { SmeeClient } = await import('smee-client');
  try {
    return await SmeeClient.createChannel();
  } catch (cause) {
    throw new Problem('unavailable', 'smee.io gives no channel for webhooks.', {
      fix: 'Try again, or set WEBHOOK_PROXY_URL in .env to a channel of your own smee server.',
      cause,
    });
  }
}

/** Deliveries of a channel on their way to a function. */
export interface SmeeForwarding {
  close(): Promise<void>;
}

/**
 * Hands the deliveries of a channel on to `target`; a connection that breaks is opened again. `report` is told of what
 * goes wrong. Throws Problem `unavailable` when the channel does not answer.
 * https://github.com/probot/smee-client
 */
export async function forwardFromSmee(
  source: string,
  target: string,
  report: (problem: Problem) => void,
): Promise<SmeeForwarding> {
  const { SmeeClient } = await import('smee-client');
  const broken = (cause: unknown): Problem =>
    new Problem('unavailable', `The webhook channel ${source} does not answer.`, {
      fix: 'Deliveries that are missed meanwhile can be sent again from the settings of the App; the schedule looks anyway.',
      cause,
    });
  const logger = { info: () => undefined, error: (_words: unknown, cause?: unknown) => report(broken(cause)) };
  const client = new SmeeClient({ source, target, logger, maxConnectionTimeout: 10_000 });
  try {
    await client.start();
  } catch (cause) {
    await client.stop();
    throw broken(cause);
  }
  return { close: () => client.stop() };
}
