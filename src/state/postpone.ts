import type { SQSRecord } from 'aws-lambda';
import type { CallAws } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { stateProblem } from './errors.ts';

/** Lets a message that failed come again after so many seconds. Throws Problem. */
export type Postpone = (record: SQSRecord, seconds: number) => Promise<void>;

export interface PostponeOptions {
  readonly aws: CallAws;
  /** Another endpoint than AWS's own; empty for that. */
  readonly endpoint: string;
}

/**
 * Without it, a message that failed comes again when the visibility timeout of its queue is over: six times the time limit
 * of the function, so up to half an hour.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export function createPostpone({ aws, endpoint }: PostponeOptions): Postpone {
  return async (record, seconds) => {
    try {
      await aws('sqs:ChangeMessageVisibility', {
        QueueUrl: queueUrl(record.eventSourceARN, endpoint),
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout: seconds,
      });
    } catch (error) {
      throw stateProblem(error, `postponing the message ${record.messageId}`);
    }
  };
}

/**
 * URL of a queue from its ARN (`arn:PARTITION:sqs:REGION:ACCOUNT:NAME`), so that a function needs no variable for the
 * queue that it works off. Throws Problem `bad-request` for what is no such ARN.
 * https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
 */
export function queueUrl(arn: string, endpoint: string): string {
  const [head, partition, service, region, account, name] = arn.split(':');
  if (head !== 'arn' || service !== 'sqs' || !region || !account || !name) {
    throw new Problem('bad-request', `Expected the ARN of an SQS queue, got ${arn === '' ? 'nothing' : arn}.`);
  }
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = endpoint === '' ? `https://sqs.${region}.${domain}` : endpoint.replace(/\/+$/, '');
  return `${base}/${account}/${name}`;
}
