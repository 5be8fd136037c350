import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalQueue, type LocalQueue } from '../../src/local/queue/index.ts';
import type { Job } from '../../src/spec/event.ts';
import { Problem } from '../../src/spec/problem.ts';
import { consume } from '../../src/state/consume.ts';
import { createQueue } from '../../src/state/index.ts';
import { createPostpone, queueUrl } from '../../src/state/postpone.ts';

const sync: Job = { kind: 'sync', application: 'web', operation: 'op-1', look: 0 };

function event(receiveCount: number): SQSEvent {
  const record = {
    messageId: 'm-1',
    receiptHandle: 'r-1',
    body: JSON.stringify(sync),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:trimtab-dev-SyncQueue-A1B2',
    awsRegion: 'eu-central-1',
  };
  return { Records: [record] };
}

async function failing(thrown: Error, receiveCount: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  const answer = await consume(
    event(receiveCount),
    'sync',
    async () => {
      throw thrown;
    },
    {
      postpone: async (_, given) => {
        seconds.push(given);
      },
      report: () => {},
    },
  );
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
  return seconds;
}

describe('a message whose job fails', () => {
  it('comes again sooner the less often it has failed', async () => {
    expect(await failing(new Error('the cluster is on fire'), 1)).toEqual([10]);
    expect(await failing(new Error('the cluster is on fire'), 4)).toEqual([80]);
  });

  it('comes again when GitHub says that its limit is over', async () => {
    const limited = new Problem('rate-limited', 'GitHub: too many requests.', { retryAfterSeconds: 120 });
    expect(await failing(limited, 1)).toEqual([120]);
  });

  it('is still told with its own reason, and comes again, when SQS takes no other time for it', async () => {
    const reported: Problem[] = [];
    const answer = await consume(
      event(1),
      'sync',
      async () => {
        throw new Problem('cluster-unreachable', 'Cluster production does not answer.');
      },
      {
        postpone: async () => {
          throw new Problem('forbidden', 'State: the role does not allow it.');
        },
        report: (problem) => reported.push(problem),
      },
    );
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(reported.map(({ code }) => code)).toEqual(['cluster-unreachable', 'forbidden']);
  });

  it('is left alone when it is done', async () => {
    const postpone = async (): Promise<never> => expect.unreachable('nothing failed');
    const answer = await consume(event(1), 'sync', async () => {}, { postpone });
    expect(answer).toEqual({ batchItemFailures: [] });
  });
});

describe('the queue that a message came from', () => {
  it.each([
    ['arn:aws:sqs:eu-central-1:123456789012:jobs', '', 'https://sqs.eu-central-1.amazonaws.com/123456789012/jobs'],
    ['arn:aws-cn:sqs:cn-north-1:123456789012:jobs', '', 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs'],
    ['arn:aws:sqs:local:000000000000:jobs', 'http://127.0.0.1:4566/', 'http://127.0.0.1:4566/000000000000/jobs'],
  ])('%s has the URL that SQS gave it', (arn, endpoint, url) => {
    expect(queueUrl(arn, endpoint)).toBe(url);
  });

  it.each(['', 'arn:aws:sns:eu-central-1:123456789012:jobs', 'arn:aws:sqs:eu-central-1'])('is not %s', (arn) => {
    expect(() => queueUrl(arn, '')).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

describe('the embedded queues', () => {
  let local: LocalQueue;
  beforeAll(async () => {
    local = await createLocalQueue({ delayScale: 0.002, retryAfter: 100_000 });
  });
  afterAll(() => local.close());

  it('give a job that failed out again when its function says, not after their own time', async () => {
    const at: number[] = [];
    const postpone = createPostpone({ aws: local.aws, endpoint: local.endpoint });
    local.consume('sync', (received) =>
      consume(
        received,
        'sync',
        async () => {
          at.push(performance.now());
          if (at.length < 4) throw new Error('not yet');
        },
        { postpone, report: () => {} },
      ),
    );
    await createQueue(local).send(sync);
    await local.settled({ withinSeconds: 5 });
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(waits).toHaveLength(3);
    // 10, 20 and 40 s at two thousandths.
    expect(waits[0]).toBeGreaterThanOrEqual(15);
    expect(waits[1]).toBeGreaterThanOrEqual(35);
    expect(waits[2]).toBeGreaterThanOrEqual(75);
  });

  it('say so when a message is not theirs', async () => {
    const postpone = createPostpone({ aws: local.aws, endpoint: local.endpoint });
    const [record] = event(1).Records;
    if (record === undefined) expect.unreachable();
    await expect(postpone(record, 5)).rejects.toMatchObject({ code: 'misconfigured' });
  });
});
