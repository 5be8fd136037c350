import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Job } from '../spec/event.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { readJob } from './jobs.ts';
import type { Postpone } from './postpone.ts';
import { retryDelay } from './retry-delay.ts';

/** What a function says of a job that failed; it is tried again, and goes to the dead letters in the end. */
export type ReportFailure = (problem: Problem, job: Job | undefined) => void;

export interface ConsumeOptions {
  /** Tells the queue when a job that failed is to come back. Without it, the queue's own time holds. */
  readonly postpone?: Postpone;
  /** Default: a line in the log. */
  readonly report?: ReportFailure;
}

/**
 * Works off one batch of messages. Each message that failed is named in the answer, so that only it comes back, as soon
 * as `retryDelay` says. Where that can't be told to the queue, it comes back when the queue gives it out again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function consume<Kind extends Job['kind']>(
  event: SQSEvent,
  kind: Kind,
  work: (job: Extract<Job, { kind: Kind }>) => Promise<void>,
  { postpone, report = log }: ConsumeOptions = {},
): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async (record) => {
      let job: Job | undefined;
      try {
        job = readJob(record.body);
        if (job.kind === kind) await work(job as Extract<Job, { kind: Kind }>);
        return [];
      } catch (thrown) {
        const problem = asProblem(thrown);
        report(problem, job);
        await postpone?.(record, retryDelay(problem, Number(record.attributes.ApproximateReceiveCount))).catch((why) =>
          report(asProblem(why), job),
        );
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}

/** One line of JSON, as CloudWatch Logs Insights reads it. Problems hold no secrets; causes may, and are left out. */
function log(problem: Problem, job: Job | undefined): void {
  const { code, message, where } = problem;
  console.error(JSON.stringify({ level: 'error', code, message, where, job: job?.kind }));
}
