import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNotify } from '../../handlers/notify.ts';
import { createLocalQueue, type LocalQueue } from '../../src/local/queue/index.ts';
import { createLocalSlack, type LocalSlack } from '../../src/local/slack/index.ts';
import { createLocalStore, type LocalStore } from '../../src/local/store/index.ts';
import { createQueue } from '../../src/state/index.ts';

/** A second of Slack and of the queues, in seconds of this machine. */
const SCALE = 0.05;
const APPLICATIONS = ['api', 'shop', 'tool', 'web'];

let slack: LocalSlack;
let store: LocalStore;
let queue: LocalQueue;

beforeAll(async () => {
  [slack, store, queue] = await Promise.all([
    createLocalSlack({
      channels: [{ name: 'deploys' }],
      token: 'xoxb-1',
      rateLimit: true,
      now: () => performance.now() / SCALE,
    }),
    createLocalStore(),
    // Where the function does not say when a message comes again, this test takes too long.
    createLocalQueue({ delayScale: SCALE, retryAfter: 100_000 }),
  ]);
  const handler = await createNotify({
    TRIMTAB_TABLE: store.table,
    TRIMTAB_SLACK_TOKEN_REF: 'env:SLACK_TOKEN',
    SLACK_TOKEN: 'xoxb-1',
    TRIMTAB_SLACK_API: slack.url,
    AWS_REGION: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: store.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
  });
  queue.consume('notify', handler);
});
afterAll(async () => {
  await queue.close();
  await Promise.all([slack.close(), store.close()]);
});

it('messages that Slack takes only one by one all arrive, each once, as soon as Slack allows', async () => {
  const { send } = createQueue(queue);
  for (const application of APPLICATIONS) {
    const once = `${application}:on-synced:synced:slack:deploys:c0ffee`;
    const message = { text: `${application} is synced` };
    await send({ kind: 'notify', delivery: { once, application, service: 'slack', recipient: 'deploys', message } });
  }
  await queue.settled({ withinSeconds: 10 });
  expect(slack.requests().map(({ answer }) => answer)).toContain('ratelimited');
  expect(
    slack
      .messages()
      .map(({ text }) => text)
      .sort(),
  ).toEqual(APPLICATIONS.map((application) => `${application} is synced`));
  expect(await queue.deadLetters('notify')).toEqual([]);
});
