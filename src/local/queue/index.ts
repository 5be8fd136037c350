import { setTimeout as wait } from 'node:timers/promises';
import { createAws } from '../../aws/index.ts';
import type { Job } from '../../spec/event.ts';
import type { CallAws } from '../../spec/ports.ts';
import { Problem } from '../../spec/problem.ts';
import { type QueueUrls, readJob } from '../../state/index.ts';
import type { Chaos } from './chaos.ts';
import { createPoller, type Poller, type QueueHandler } from './poller.ts';
import { startSqs } from './server.ts';

export type { Chaos } from './chaos.ts';

export interface LocalQueueOptions {
  /** Multiplies every delay, and the time after which a failed message comes again. Default 1. */
  readonly delayScale?: number;
  /** So often a message is given out before it becomes a dead letter. Default 10, as in `deploy/resources.yml`. */
  readonly maxReceiveCount?: number;
  /** Seconds after which a message that failed comes again where its function does not say when. Default 30. */
  readonly retryAfter?: number;
  readonly chaos?: Chaos;
  /** Told what goes wrong in a handler. Default: the error on stderr. */
  readonly report?: (error: unknown, kind: Job['kind']) => void;
}

interface ConsumeOptions {
  /** Messages that one call gets at most. Default 1. */
  readonly batchSize?: number;
  /** Calls at the same time at most. Default 2. */
  readonly concurrency?: number;
}

export interface LocalQueue {
  readonly aws: CallAws;
  readonly urls: QueueUrls;
  readonly endpoint: string;
  /** Puts a function behind the queue of a kind of job. */
  consume(kind: Job['kind'], handler: QueueHandler, options?: ConsumeOptions): Poller;
  /** Jobs that failed too often. */
  deadLetters(kind: Job['kind']): Promise<readonly Job[]>;
  /**
   * Resolves when no message is waiting, delayed or being handled in any queue (dead letters do not count). Throws
   * Problem `limit-exceeded` when that is not so within the seconds (default 30), naming what is left.
   */
  settled(options?: { readonly withinSeconds?: number }): Promise<void>;
  close(): Promise<void>;
}

const KINDS: readonly Job['kind'][] = ['preview', 'command', 'refresh', 'sync', 'notify'];

/** Milliseconds between two looks of `settled`. */
const LOOK = 10;

/**
 * The queues of an installation in this process: an SQS on 127.0.0.1 with a queue and its dead letters for each kind of
 * job, as `serverless.yml` declares them, and pollers that play Lambda's part. Nothing is kept over a restart: the
 * schedule and GitHub bring everything again.
 */
export async function createLocalQueue(options: LocalQueueOptions = {}): Promise<LocalQueue> {
  const { delayScale = 1, maxReceiveCount = 10, retryAfter = 30, chaos } = options;
  const report = options.report ?? ((error, kind) => console.error(`${kind}:`, error));
  const server = await startSqs(delayScale);
  const aws = createAws({ region: 'local', endpoints: { sqs: server.endpoint } });
  const urls = Object.fromEntries(
    await Promise.all(KINDS.map(async (kind) => [kind, await createPair(aws, kind, maxReceiveCount)] as const)),
  ) as Record<Job['kind'], string>;
  const pollers = new Set<Poller>();

  const left = async (): Promise<readonly string[]> => {
    const depths = await server.depths();
    return KINDS.flatMap((kind) => {
      const { ready = 0, delayed = 0, inFlight = 0 } = depths.get(queueName(kind)) ?? {};
      return ready + delayed + inFlight === 0
        ? []
        : [`${kind}: ${ready} waiting, ${delayed} delayed, ${inFlight} being handled or to be tried again`];
    });
  };

  return {
    aws,
    urls,
    endpoint: server.endpoint,
    consume: (kind, handler, { batchSize = 1, concurrency = 2 } = {}) => {
      const poller = createPoller({
        aws,
        url: urls[kind],
        handler,
        batchSize,
        concurrency,
        retryAfter,
        isPostponed: server.isPostponed,
        ...(chaos === undefined ? {} : { chaos }),
        report: (error) => report(error, kind),
      });
      pollers.add(poller);
      return poller;
    },
    deadLetters: async (kind) => (await server.waiting(deadName(kind))).map(readJob),
    settled: async ({ withinSeconds = 30 } = {}) => {
      const end = performance.now() + withinSeconds * 1000;
      for (let busy = await left(); busy.length > 0; busy = await left()) {
        if (performance.now() > end) {
          throw new Problem(
            'limit-exceeded',
            `The queues are not empty after ${withinSeconds} s (${busy.join('; ')}).`,
          );
        }
        await wait(LOOK);
      }
    },
    close: async () => {
      await Promise.all([...pollers].map((poller) => poller.close()));
      await server.close();
    },
  };
}

function queueName(kind: Job['kind']): string {
  return `trimtab-${kind}`;
}

function deadName(kind: Job['kind']): string {
  return `trimtab-${kind}-dead`;
}

/** The queue of a kind and the one that takes its dead letters; answers the URL of the first. */
async function createPair(aws: CallAws, kind: Job['kind'], maxReceiveCount: number): Promise<string> {
  const dead = await createQueue(aws, { QueueName: deadName(kind) });
  const { Attributes: attributes } = await aws('sqs:GetQueueAttributes', {
    QueueUrl: dead,
    AttributeNames: ['QueueArn'],
  });
  const { QueueArn: deadLetterTargetArn } = attributes as { readonly QueueArn: string };
  const redrive = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  return await createQueue(aws, { QueueName: queueName(kind), Attributes: { RedrivePolicy: redrive } });
}

async function createQueue(aws: CallAws, input: { readonly QueueName: string; readonly Attributes?: object }) {
  const { QueueUrl: url } = await aws('sqs:CreateQueue', input);
  if (typeof url !== 'string') throw new Problem('internal', `Embedded queues: ${input.QueueName} was not made.`);
  return url;
}
