import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalQueue, type LocalQueue, type LocalQueueOptions } from '../../../src/local/queue/index.ts';
import type { Job } from '../../../src/spec/event.ts';
import { createQueue, readJob } from '../../../src/state/index.ts';

let local: LocalQueue | undefined;

async function start(options: LocalQueueOptions = {}): Promise<LocalQueue> {
  local = await createLocalQueue({ report: () => {}, ...options });
  return local;
}

afterEach(async () => {
  await local?.close();
});

const sync = (application: string): Job => ({ kind: 'sync', application, operation: 'op-1', look: 0 });
const names = (event: SQSEvent): string[] =>
  event.Records.map(({ body }) => readJob(body)).map((job) => (job.kind === 'sync' ? job.application : job.kind));
const done: SQSBatchResponse = { batchItemFailures: [] };

describe('a function behind a queue', () => {
  it('gets every job of its kind, and no other', async () => {
    const queue = await start();
    const got: string[] = [];
    queue.consume('sync', async (event) => {
      got.push(...names(event));
      return done;
    });
    queue.consume('preview', async () => done);
    const { send } = createQueue(queue);
    await send(sync('web'));
    await send({ kind: 'preview', repo: 'acme/gitops', pull: 7, head: 'c0ffee' });
    await send(sync('api'));
    await queue.settled();
    expect(got.sort()).toEqual(['api', 'web']);
  });

  it('is called for the jobs that its own calls send, before the queues count as settled', async () => {
    const queue = await start({ delayScale: 0.01 });
    const { send } = createQueue(queue);
    const steps: string[] = [];
    queue.consume('sync', async (event) => {
      steps.push(...names(event));
      if (steps.length < 4) await send(sync(`step-${steps.length}`), { delaySeconds: 5 });
      return done;
    });
    await send(sync('step-0'));
    await queue.settled();
    expect(steps).toEqual(['step-0', 'step-1', 'step-2', 'step-3']);
  });

  it('gets a delayed job after one without delay that was sent later', async () => {
    const queue = await start({ delayScale: 0.02 });
    const { send } = createQueue(queue);
    const got: string[] = [];
    queue.consume('sync', async (event) => {
      got.push(...names(event));
      return done;
    });
    await send(sync('in ten seconds'), { delaySeconds: 10 });
    await send(sync('now'));
    await queue.settled();
    expect(got).toEqual(['now', 'in ten seconds']);
  });

  it('has no more calls at once than it is given', async () => {
    const queue = await start();
    const { send } = createQueue(queue);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await send(sync(name));
    let now = 0;
    let most = 0;
    queue.consume(
      'sync',
      async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise(setImmediate);
        now -= 1;
        return done;
      },
      { concurrency: 3 },
    );
    await queue.settled();
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('a job that fails', () => {
  it('comes again alone: the rest of its batch is done', async () => {
    const queue = await start({ delayScale: 0.001 });
    const { send } = createQueue(queue);
    for (const name of ['good', 'bad', 'fine']) await send(sync(name));
    const calls: string[] = [];
    queue.consume(
      'sync',
      async (event) => {
        calls.push(...names(event));
        const failed = event.Records.filter(
          (record) => names({ Records: [record] })[0] === 'bad' && record.attributes.ApproximateReceiveCount === '1',
        );
        return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      { batchSize: 10 },
    );
    await queue.settled();
    expect(calls.sort()).toEqual(['bad', 'bad', 'fine', 'good']);
    expect(await queue.deadLetters('sync')).toEqual([]);
  });

  it('is a dead letter after so many attempts, and what was thrown is reported each time', async () => {
    const reported: unknown[] = [];
    const queue = await start({ delayScale: 0.001, maxReceiveCount: 3, report: (error) => reported.push(error) });
    queue.consume('sync', async () => {
      throw new Error('the cluster is on fire');
    });
    await createQueue(queue).send(sync('web'));
    await queue.settled();
    expect(await queue.deadLetters('sync')).toEqual([sync('web')]);
    expect(reported.map(String)).toEqual(Array(3).fill('Error: the cluster is on fire'));
  });

  it('takes its whole batch with it when the answer names a message that was not in it, as on Lambda', async () => {
    const queue = await start({ delayScale: 0.001, maxReceiveCount: 2 });
    queue.consume('sync', async () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), { batchSize: 10 });
    await createQueue(queue).send(sync('web'));
    await queue.settled();
    expect(await queue.deadLetters('sync')).toEqual([sync('web')]);
  });

  it('keeps the queues from being settled, and what is left is named', async () => {
    const queue = await start({ retryAfter: 600 });
    queue.consume('sync', async () => {
      throw new Error('again');
    });
    await createQueue(queue).send(sync('web'));
    await expect(queue.settled({ withinSeconds: 0.1 })).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: expect.stringContaining('sync: 0 waiting, 0 delayed, 1 being handled'),
    });
  });
});

describe('a queue that misbehaves as standard queues may', () => {
  it('repeats jobs and changes their order, loses none, and makes no dead letters of them', async () => {
    const queue = await start({ chaos: { duplicate: 1, shuffle: true, seed: 4 } });
    const { send } = createQueue(queue);
    const sent = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    for (const name of sent) await send(sync(name));
    const got: string[] = [];
    queue.consume('sync', async (event) => {
      got.push(...names(event));
      return done;
    });
    await queue.settled();
    expect([...got].sort()).toEqual([...sent, ...sent].sort());
    expect(got.slice(0, 20)).not.toEqual(sent);
    expect(await queue.deadLetters('sync')).toEqual([]);
  });
});

describe('closing', () => {
  it('ends idle functions at once, and waits for the one that works', async () => {
    const queue = await start();
    let finished = false;
    for (const kind of ['preview', 'command', 'refresh', 'notify'] as const) queue.consume(kind, async () => done);
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    queue.consume('sync', async () => {
      begin();
      await new Promise(setImmediate);
      finished = true;
      return done;
    });
    await createQueue(queue).send(sync('web'));
    await begun;
    const at = performance.now();
    await queue.close();
    local = undefined;
    expect(finished).toBe(true);
    expect(performance.now() - at).toBeLessThan(300);
  });
});
