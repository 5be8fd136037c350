import { LogLevel, WebClient } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
import { createSlack } from '../../src/channels/index.ts';
import { createLocalSlack, type LocalSlack, type LocalSlackOptions } from '../../src/local/slack/index.ts';
import type { Delivery } from '../../src/spec/event.ts';
import { asProblem, type Problem } from '../../src/spec/problem.ts';

const TOKEN = 'xoxb-000000000000-of-the-test';

let local: LocalSlack | undefined;

async function start(options: Partial<LocalSlackOptions> = {}): Promise<LocalSlack> {
  local = await createLocalSlack({
    token: TOKEN,
    channels: [
      { name: 'deploys' },
      { name: 'alerts' },
      { name: 'random', member: false },
      { name: 'board', member: false, private: true },
    ],
    ...options,
  });
  return local;
}

afterEach(async () => {
  await local?.close();
});

function delivery(message: Partial<Delivery['message']> = {}, recipient = 'deploys'): Delivery {
  return {
    once: 'storefront:on-sync-succeeded:app-sync-succeeded:slack:deploys:c0ffee',
    application: 'storefront',
    service: 'slack',
    recipient,
    message: { text: ':white_check_mark: storefront is synced to c0ffee1.', ...message },
  };
}

async function refusal(slack: LocalSlack, sent: Delivery, token = TOKEN): Promise<Problem> {
  return createSlack({ token, url: slack.url })
    .send(sent)
    .then(
      () => expect.fail('Slack took it'),
      (thrown: unknown) => asProblem(thrown),
    );
}

describe('a message to Slack', () => {
  it('says its text in the channel that is named', async () => {
    const slack = await start();
    await createSlack({ token: TOKEN, url: slack.url }).send(delivery());
    expect(slack.messages()).toMatchObject([
      { channel: 'deploys', text: ':white_check_mark: storefront is synced to c0ffee1.' },
    ]);
  });

  it.each(['#alerts', 'alerts', 'C00000002'])('finds the channel as people name it: %s', async (recipient) => {
    const slack = await start();
    await createSlack({ token: TOKEN, url: slack.url }).send(delivery({}, recipient));
    expect(slack.messages().map(({ channel }) => channel)).toEqual(['alerts']);
  });

  it("carries attachments and blocks as Argo CD's templates write them, as JSON", async () => {
    const slack = await start();
    const attachments = [{ color: '#18be52', fields: [{ title: 'Sync status', value: 'Synced', short: true }] }];
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*storefront* is deployed' } }];
    await createSlack({ token: TOKEN, url: slack.url }).send(
      delivery({ attachments: JSON.stringify(attachments), blocks: `\n${JSON.stringify(blocks, null, 2)}\n` }),
    );
    expect(slack.messages()).toMatchObject([{ attachments, blocks }]);
  });

  it('that is too long is cut and says so, rather than not being sent', async () => {
    const slack = await start();
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'h'.repeat(200) } },
      { type: 'section', text: { type: 'mrkdwn', text: '🙂'.repeat(2000) } },
      { type: 'section', fields: Array.from({ length: 12 }, () => ({ type: 'mrkdwn', text: 'f'.repeat(2500) })) },
      { type: 'context', elements: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'c' })) },
      ...Array.from({ length: 60 }, () => ({ type: 'divider' })),
    ];
    await createSlack({ token: TOKEN, url: slack.url }).send(
      delivery({
        text: 'x'.repeat(50_000),
        blocks: JSON.stringify(blocks),
        attachments: JSON.stringify([{ blocks }]),
      }),
    );
    const [message] = slack.messages();
    expect(message?.text).toHaveLength(40_000);
    expect(message?.text).toMatch(/x… \(cut\)$/);
    expect(message?.blocks).toHaveLength(50);
    expect(message?.blocks?.[1]).toMatchObject({ text: { text: expect.stringMatching(/^(🙂)+… \(cut\)$/u) } });
    expect(message?.blocks?.at(-1)).toEqual({
      type: 'context',
      elements: [{ type: 'mrkdwn', text: '… 15 more blocks were left out.' }],
    });
  });

  it('of which a template made broken JSON names the field and the application', async () => {
    const slack = await start();
    const problem = await refusal(slack, delivery({ attachments: '[{"title": "said "hello""}]' }));
    expect(problem).toMatchObject({
      code: 'bad-request',
      where: { application: 'storefront', field: 'slack.attachments' },
      message: expect.stringContaining('slack.attachments of storefront is not JSON'),
      fix: expect.stringContaining('toJson'),
    });
    expect(await refusal(slack, delivery({ blocks: '{"type": "divider"}' }))).toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('expected a list'),
    });
    expect(slack.requests()).toEqual([]);
  });
});

describe('what Slack refuses is told with what to do', () => {
  it.each([
    ['deployz', 'not-found', 'channel_not_found', 'subscription'],
    ['random', 'forbidden', 'not_in_channel', '/invite'],
    ['board', 'not-found', 'channel_not_found', '/invite'],
  ])('a message to #%s: %s', async (recipient, code, word, fix) => {
    const problem = await refusal(await start(), delivery({}, recipient));
    expect(problem).toMatchObject({
      code,
      message: expect.stringContaining(word),
      fix: expect.stringContaining(fix),
    });
    expect(problem.message).toContain(recipient);
  });

  it('a wrong token, which is not in the error', async () => {
    const problem = await refusal(await start(), delivery(), 'xoxb-wrong');
    expect(problem).toMatchObject({ code: 'unauthorized', fix: expect.stringContaining('TRIMTAB_SLACK_TOKEN_REF') });
    expect(JSON.stringify([problem, problem.message, problem.cause])).not.toContain('xoxb-wrong');
  });

  it('an empty message', async () => {
    expect(await refusal(await start(), delivery({ text: '' }))).toMatchObject({ code: 'bad-request' });
  });

  it('blocks that are none, with the place in them that Slack names', async () => {
    const blocks = JSON.stringify([{ type: 'divider' }, { type: 'sektion' }]);
    expect(await refusal(await start(), delivery({ blocks }))).toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('/blocks/1/type'),
      fix: expect.stringContaining('Block Kit Builder'),
    });
  });

  it('too many messages, with the seconds to wait, and without waiting', async () => {
    let now = Date.parse('2026-11-24T09:00:00Z');
    const slack = await start({ rateLimit: true, now: () => now });
    const { send } = createSlack({ token: TOKEN, url: slack.url });
    await send(delivery());
    await send(delivery({}, 'alerts'));
    expect(await refusal(slack, delivery())).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 1 });
    now += 1000;
    await send(delivery());
    expect(slack.messages().map(({ channel }) => channel)).toEqual(['deploys', 'alerts', 'deploys']);
  });

  it('nothing, because it does not answer', async () => {
    const slack = await start();
    await slack.close();
    local = undefined;
    expect(await refusal(slack, delivery())).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
  });
});

describe('the embedded Slack', () => {
  it('changes a message that it knows by channel id and time', async () => {
    const slack = await start();
    const client = clientOf(slack);
    const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'deploys', text: 'syncing' });
    await client.chat.update({ channel, ts, text: 'synced' });
    expect(slack.messages()).toMatchObject([{ channel: 'deploys', text: 'synced', edited: true }]);
    await expect(client.chat.update({ channel, ts: '1.000001', text: 'synced' })).rejects.toMatchObject({
      data: { error: 'message_not_found' },
    });
  });

  it('shows the channels that the app may see, and who it is', async () => {
    const slack = await start();
    const client = clientOf(slack);
    const { channels } = await client.conversations.list();
    expect(channels?.map(({ name, is_member: member }) => [name, member])).toEqual([
      ['deploys', true],
      ['alerts', true],
      ['random', false],
    ]);
    expect((await client.auth.test()).user).toBe('trimtab');
  });

  it.each([
    ['51 blocks', { blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks'],
    ['a section of 3,001 characters', { blocks: [section('x'.repeat(3001))] }, 'invalid_blocks'],
    ['a section without text', { blocks: [{ type: 'section' }] }, 'invalid_blocks'],
    ['a text of 40,001 characters', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['nothing', { text: '' }, 'no_text'],
  ])('refuses %s', async (_what, message, error) => {
    const slack = await start();
    const client = clientOf(slack);
    await expect(client.apiCall('chat.postMessage', { channel: 'deploys', ...message })).rejects.toMatchObject({
      data: { error },
    });
    expect(slack.messages()).toEqual([]);
  });

  it('keeps a log of the calls, without tokens', async () => {
    const slack = await start();
    await createSlack({ token: TOKEN, url: slack.url }).send(delivery());
    await refusal(slack, delivery({}, 'deployz'));
    expect(slack.requests().map(({ method, answer }) => [method, answer])).toEqual([
      ['chat.postMessage', 'ok'],
      ['chat.postMessage', 'channel_not_found'],
    ]);
    expect(JSON.stringify(slack.requests())).not.toContain(TOKEN);
  });
});

/** Slack's own client, which would log what is refused here on purpose. */
function clientOf({ url }: LocalSlack): WebClient {
  const quiet = (): void => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, setLevel: quiet, setName: quiet };
  return new WebClient(TOKEN, { slackApiUrl: url, logger: { ...logger, getLevel: () => LogLevel.ERROR } });
}

function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}
