import type { Job } from '../spec/event.ts';
import type { CallAws, Queue } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { stateProblem } from './errors.ts';

/** The URL of the queue of each kind of job: each kind has a function of its own, with a role of its own. */
export type QueueUrls = Readonly<Record<Job['kind'], string>>;

export interface QueueOptions {
  readonly aws: CallAws;
  /** Kinds that this function may send. A role that may not send a kind need not know its queue. */
  readonly urls: Partial<QueueUrls>;
}

/** SQS holds a message back for 15 minutes at most. */
const MAX_DELAY = 900;

/**
 * SQS takes 1 MiB since August 2025 and took 256 KiB before; some regions and emulators still do.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_BYTES = 256 * 1024;

/**
 * The queues that jobs travel on: standard ones, so at least once and in any order, each message with a delay of its
 * own. `send` throws Problem: `misconfigured` (no queue for that kind), `bad-request` (delay), `limit-exceeded` (size),
 * `rate-limited`, `unavailable`, `forbidden`.
 */
export function createQueue(options: QueueOptions): Queue {
  return {
    send: async (job: Job, { delaySeconds = 0 }: { readonly delaySeconds?: number } = {}): Promise<void> => {
      const url = options.urls[job.kind];
      if (url === undefined || url === '') {
        throw new Problem('misconfigured', `No queue is known for ${job.kind} jobs.`, {
          fix: `Set TRIMTAB_QUEUE_${job.kind.toUpperCase()} to the URL of the queue.`,
        });
      }
      if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY)) {
        throw new Problem(
          'bad-request',
          `A ${job.kind} job can be delayed by 0 to ${MAX_DELAY} s, not ${delaySeconds}.`,
        );
      }
      const body = JSON.stringify(job);
      const bytes = Buffer.byteLength(body);
      if (bytes > MAX_BYTES) {
        throw new Problem('limit-exceeded', `A ${job.kind} job of ${bytes} bytes; a message may have ${MAX_BYTES}.`);
      }
      try {
        const input = { QueueUrl: url, MessageBody: body, DelaySeconds: Math.ceil(delaySeconds) };
        await options.aws('sqs:SendMessage', input);
      } catch (error) {
        throw stateProblem(error, `sending a ${job.kind} job`);
      }
    },
  };
}
