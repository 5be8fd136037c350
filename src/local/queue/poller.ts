import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { CallAws } from '../../spec/ports.ts';
import { type Chaos, randomOf, shuffled } from './chaos.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html */
interface Message {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly Body?: string;
  readonly MD5OfBody?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

/** A function behind a queue, as Lambda calls it. */
export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

export interface PollerOptions {
  readonly aws: CallAws;
  readonly url: string;
  readonly handler: QueueHandler;
  /** Messages that one call gets at most, 1 … 10. Default 1. */
  readonly batchSize?: number;
  /** Calls at the same time at most. Default 2, the least that Lambda takes. */
  readonly concurrency?: number;
  /** Seconds for which a received message is hidden: longer than a handler may take. Default 180. */
  readonly visibilityTimeout?: number;
  /** Whether the handler has said itself when the message of this receipt comes again. */
  readonly isPostponed: (receiptHandle: string) => boolean;
  /** Seconds after which another message that failed is given out again. Default: `visibilityTimeout`, as on Lambda. */
  readonly retryAfter?: number;
  readonly chaos?: Chaos;
  /** Told what a handler threw (on Lambda it would stand in the function's log) and what SQS answered wrongly. */
  readonly report: (error: unknown) => void;
}

export interface Poller {
  /** Stops receiving, and resolves when what is being handled is done. */
  close(): Promise<void>;
}

/** Seconds that a receive waits for a message: SQS's longest, so that an idle queue costs three requests a minute. */
const LONG_POLL = 20;

/**
 * Plays Lambda's event source mapping for one standard queue: receives, calls the handler with a batch, deletes what
 * was handled, and gives the rest out again; after `maxReceiveCount` the queue moves a message to its dead letters.
 * What counts as handled: nothing when the handler throws; else everything but `batchItemFailures`; an empty or unknown
 * identifier in it fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function createPoller(options: PollerOptions): Poller {
  const { batchSize = 1, concurrency = 2, visibilityTimeout = 180 } = options;
  const ending = new AbortController();
  const calls = new Set<Promise<void>>();
  const tricks = createTricks(options.chaos);

  const poll = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      if (calls.size >= concurrency) {
        await Promise.race(calls);
        continue;
      }
      const messages = await receive();
      for (const batch of batches(tricks.order(messages), batchSize)) {
        const call = handle(options, tricks, batch)
          .catch(options.report)
          .finally(() => calls.delete(call));
        calls.add(call);
      }
    }
  };

  const receive = async (): Promise<readonly Message[]> => {
    // For shuffling more is taken at once than one call gets; Lambda, too, has batches in hand.
    const most = options.chaos?.shuffle ? 10 : Math.min(10, batchSize * (concurrency - calls.size));
    try {
      const { Messages: messages } = await options.aws(
        'sqs:ReceiveMessage',
        {
          QueueUrl: options.url,
          MaxNumberOfMessages: most,
          VisibilityTimeout: visibilityTimeout,
          WaitTimeSeconds: LONG_POLL,
          MessageSystemAttributeNames: ['All'],
        },
        { signal: ending.signal, timeLimit: (LONG_POLL + 10) * 1000 },
      );
      return Array.isArray(messages) ? messages : [];
    } catch (error) {
      if (!ending.signal.aborted) {
        options.report(error);
        ending.abort();
      }
      return [];
    }
  };

  const polling = poll();
  return {
    close: async () => {
      ending.abort();
      await polling;
      await Promise.all(calls);
    },
  };
}

interface Tricks {
  order(messages: readonly Message[]): readonly Message[];
  /** True when a message that was handled is to come again; once a message, so that it is never a dead letter by it. */
  again(message: Message): boolean;
}

function createTricks(chaos: Chaos | undefined): Tricks {
  if (chaos === undefined) return { order: (messages) => messages, again: () => false };
  const random = randomOf(chaos.seed);
  const repeated = new Set<string | undefined>();
  return {
    order: (messages) => (chaos.shuffle === true ? shuffled(messages, random) : messages),
    again: ({ MessageId }) => {
      if (repeated.has(MessageId) || random() >= (chaos.duplicate ?? 0)) return false;
      repeated.add(MessageId);
      return true;
    },
  };
}

async function handle(options: PollerOptions, tricks: Tricks, batch: readonly Message[]): Promise<void> {
  const failed = await failures(options, batch);
  await Promise.all(
    batch.map((message) => {
      if (failed.has(message.MessageId)) {
        if (options.isPostponed(message.ReceiptHandle ?? '')) return undefined;
        return hide(options, message, options.retryAfter ?? options.visibilityTimeout ?? 180);
      }
      if (tricks.again(message)) return hide(options, message, 0);
      return options.aws('sqs:DeleteMessage', { QueueUrl: options.url, ReceiptHandle: message.ReceiptHandle });
    }),
  );
}

function hide({ aws, url }: PollerOptions, message: Message, seconds: number): Promise<unknown> {
  const input = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: seconds };
  return aws('sqs:ChangeMessageVisibility', input);
}

/** The messages of a batch that were not handled. */
async function failures(options: PollerOptions, batch: readonly Message[]): Promise<ReadonlySet<string | undefined>> {
  const all = new Set(batch.map(({ MessageId }) => MessageId));
  try {
    const answer = await options.handler({ Records: batch.map((message) => record(message, options.url)) });
    const named = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    return named.every((id) => all.has(id)) ? new Set(named) : all;
  } catch (error) {
    options.report(error);
    return all;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function record(message: Message, url: string): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: attributes['ApproximateReceiveCount'] ?? '1',
      SentTimestamp: attributes['SentTimestamp'] ?? '0',
      SenderId: attributes['SenderId'] ?? '',
      ApproximateFirstReceiveTimestamp: attributes['ApproximateFirstReceiveTimestamp'] ?? '0',
    },
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:local:000000000000:${url.slice(url.lastIndexOf('/') + 1)}`,
    awsRegion: 'local',
  };
}

function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
