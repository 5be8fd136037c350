import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalQueue, type LocalQueue } from '../../src/local/queue/index.ts';
import type { Job } from '../../src/spec/event.ts';
import { createQueue, readJob } from '../../src/state/index.ts';

const jobs: readonly Job[] = [
  { kind: 'preview', repo: 'acme/gitops', pull: 7, head: 'c0ffee', requestedBy: 'octocat' },
  { kind: 'preview', repo: 'acme/gitops', pull: 7, head: 'c0ffee' },
  { kind: 'command', repo: 'acme/gitops', pull: 7, comment: 1_234_567_890 },
  { kind: 'refresh', scope: { of: 'all' } },
  { kind: 'refresh', scope: { of: 'cluster', cluster: 'production' } },
  { kind: 'refresh', scope: { of: 'branch', repo: 'acme/gitops', branch: 'main', sha: 'c0ffee' } },
  { kind: 'refresh', scope: { of: 'applications', names: ['web', 'api'] } },
  { kind: 'sync', application: 'web', operation: 'op-1', look: 0 },
  {
    kind: 'notify',
    delivery: {
      once: 'web:on-deployed:app-deployed:slack:ops:c0ffee',
      application: 'web',
      service: 'slack',
      recipient: 'ops',
      message: { text: 'web is deployed', blocks: '[]' },
    },
  },
];

describe('a job on its way', () => {
  it.each(jobs)('arrives as it was sent: $kind', (job) => {
    expect(readJob(JSON.stringify(job))).toEqual(job);
  });

  it('is read without the fields that a newer version added', () => {
    const newer = { kind: 'sync', application: 'web', operation: 'op-1', look: 0, priority: 'high' };
    expect(readJob(JSON.stringify(newer))).toEqual({ kind: 'sync', application: 'web', operation: 'op-1', look: 0 });
  });

  it.each([
    ['{"kind":"sync"', 'not JSON'],
    ['"sync"', 'the body'],
    ['{"kind":"deploy"}', 'kind'],
    ['{"kind":"sync","application":"web"}', 'operation'],
    ['{"kind":"preview","repo":"acme/gitops","pull":"7","head":"c0ffee"}', 'pull'],
    ['{"kind":"refresh","scope":{"of":"applications","names":"web"}}', 'scope.names'],
  ])('is refused when it is no job, with the field: %s', (body, says) => {
    expect(() => readJob(body)).toThrow(
      expect.objectContaining({ code: 'bad-request', message: expect.stringContaining(says) }),
    );
  });
});

describe('sending', () => {
  let local: LocalQueue;
  beforeAll(async () => {
    local = await createLocalQueue();
  });
  afterAll(() => local.close());

  const sync: Job = { kind: 'sync', application: 'web', operation: 'op-1', look: 0 };

  it.each([-1, 901, Number.NaN])('refuses a delay that SQS does not know: %d s', async (delaySeconds) => {
    await expect(createQueue(local).send(sync, { delaySeconds })).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('0 to 900 s'),
    });
  });

  it('says which variable names the queue that is missing', async () => {
    const { aws, urls } = local;
    const { send } = createQueue({ aws, urls: { preview: urls.preview } });
    await expect(send(sync)).rejects.toMatchObject({
      code: 'misconfigured',
      fix: expect.stringContaining('TRIMTAB_QUEUE_SYNC'),
    });
  });

  it('says so when the queue does not exist', async () => {
    const { aws, urls } = local;
    const { send } = createQueue({ aws, urls: { sync: `${urls.sync}-of-another-stage` } });
    await expect(send(sync)).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('refuses a message larger than a queue takes', async () => {
    const delivery = { once: 'x', application: 'web', service: 'slack', recipient: 'ops' };
    const job: Job = { kind: 'notify', delivery: { ...delivery, message: { text: 'x'.repeat(300_000) } } };
    await expect(createQueue(local).send(job)).rejects.toMatchObject({ code: 'limit-exceeded' });
  });
});
