import { buildApp } from 'fauxqs';
import { Problem } from '../../spec/problem.ts';

/** How many messages a queue holds, by what they wait for. */
interface Depth {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
}

export interface SqsServer {
  readonly endpoint: string;
  /** Bodies of the messages of a queue that wait to be received. */
  waiting(queue: string): Promise<readonly string[]>;
  /** Whether somebody has said when the message of this receipt comes again. */
  isPostponed(receiptHandle: string): boolean;
  /** Every queue, in one look: nothing moves between the first and the last. */
  depths(): Promise<ReadonlyMap<string, Depth>>;
  close(): Promise<void>;
}

/**
 * An SQS in this process (fauxqs), on a free port of 127.0.0.1. `delayScale` shortens the time that messages are held
 * back and failed ones are hidden: a demo of minutes then plays in seconds. Its clients need not know.
 */
export async function startSqs(delayScale: number): Promise<SqsServer> {
  const app = buildApp({ logger: false, host: '127.0.0.1' });
  const postponed = new Set<string>();
  app.addHook('preHandler', async (request) => {
    const { body } = request;
    if (isSend(body)) body.DelaySeconds *= delayScale;
    if (isChange(body)) {
      body.VisibilityTimeout *= delayScale;
      postponed.add(body.ReceiptHandle);
    }
  });
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (path: string): Promise<unknown> => {
    const answer = await app.inject(path);
    if (answer.statusCode !== 200) throw new Problem('not-found', `Embedded queues: ${path} is not there.`);
    return answer.json();
  };
  return {
    endpoint,
    isPostponed: (receiptHandle) => postponed.has(receiptHandle),
    waiting: async (queue) => {
      const { messages } = (await ask(`/_fauxqs/queues/${queue}`)) as Inspected;
      return messages.ready.map(({ body }) => body);
    },
    depths: async () => {
      const queues = (await ask('/_fauxqs/queues')) as readonly Counted[];
      return new Map(
        queues.map((queue) => [
          queue.name,
          {
            ready: queue.approximateMessageCount,
            delayed: queue.approximateDelayedCount,
            inFlight: queue.approximateInflightCount,
          },
        ]),
      );
    },
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** What fauxqs answers to its own inspection paths. */
interface Inspected {
  readonly messages: { readonly ready: readonly { readonly body: string }[] };
}

interface Counted {
  readonly name: string;
  readonly approximateMessageCount: number;
  readonly approximateDelayedCount: number;
  readonly approximateInflightCount: number;
}

function isSend(body: unknown): body is { DelaySeconds: number } {
  return typeof body === 'object' && body !== null && 'DelaySeconds' in body && typeof body.DelaySeconds === 'number';
}

/** A receive has a `VisibilityTimeout` as well, which says how long a function may take: it stays as it is. */
function isChange(body: unknown): body is { VisibilityTimeout: number; readonly ReceiptHandle: string } {
  return (
    typeof body === 'object' &&
    body !== null &&
    'VisibilityTimeout' in body &&
    typeof body.VisibilityTimeout === 'number' &&
    'ReceiptHandle' in body &&
    typeof body.ReceiptHandle === 'string'
  );
}
