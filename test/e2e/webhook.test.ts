import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, configMap, type Platform, REPO, startPlatform } from './platform.ts';

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/web.yaml': application('web'),
    'apps/web/config.yaml': configMap('web', 'before'),
  });
});
afterAll(() => trimtab.close());

interface Sent {
  readonly event?: string;
  readonly delivery?: string;
  readonly signature?: string;
}

/** Delivers a body as GitHub would; its signature is right unless another is given. */
async function deliver(body: string, { event = 'pull_request', delivery, signature }: Sent = {}): Promise<Response> {
  const right = `sha256=${createHmac('sha256', trimtab.forge.app.webhookSecret).update(body).digest('hex')}`;
  return await fetch(trimtab.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': delivery ?? randomUUID(),
      'x-hub-signature-256': signature ?? right,
    },
    body,
  });
}

/** A request written by hand: what no honest client would send. Answers the first line of the response. */
async function raw(head: readonly string[], body: string): Promise<string> {
  const { hostname, port } = new URL(trimtab.webhookUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `POST /webhook HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n${head.join('\r\n')}\r\n\r\n${body}`,
  );
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('\r\n')) break;
  }
  socket.destroy();
  return answer.slice(0, answer.indexOf('\r\n'));
}

/** The body of a real delivery: the pull request that was opened, as the embedded GitHub sent it. */
async function openedPull(): Promise<{ readonly body: string; readonly number: number }> {
  const { number } = await trimtab.propose({ 'apps/web/config.yaml': configMap('web', randomUUID()) });
  const sent = trimtab.forge.deliveries().findLast((each) => each.event === 'pull_request');
  return { body: JSON.stringify(sent?.payload), number };
}

/** What trimtab asked GitHub for while something was done. */
async function askedDuring(work: () => Promise<unknown>): Promise<number> {
  const before = trimtab.forge.exchanges().length;
  await work();
  await trimtab.settled();
  return trimtab.forge.exchanges().length - before;
}

describe('a delivery', () => {
  test('with a wrong signature is refused with 401, and nothing is done', async () => {
    const { body } = await openedPull();
    const asked = await askedDuring(async () => {
      const answer = await deliver(body, { signature: `sha256=${'0'.repeat(64)}` });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ message: expect.stringMatching(/signature.*webhook secret/i) });
    });
    expect(asked).toBe(0);
  });

  test.each([
    ['that is missing', ''],
    ['of another algorithm', 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['that is no hexadecimal', 'sha256=zz'],
  ])('with a signature %s is refused with 401', async (_, signature) => {
    expect((await deliver('{}', { signature })).status).toBe(401);
  });

  test('with an empty body is refused, whatever its signature', async () => {
    expect((await deliver('', { signature: '' })).status).toBe(401);
    expect((await deliver('')).status).toBe(401);
  });

  test.each([['{"action": "opened"'], ['payload=%7B%7D'], ['"text"'], ['null']])(
    'whose body is not a JSON object, %s, is refused with 400 that says what to set',
    async (body) => {
      const answer = await deliver(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ message: expect.stringContaining('application/json') });
    },
  );

  test('of 30 MB is refused with 413 by the length that it announces, before it is read', async () => {
    expect(await raw(['content-type: application/json', `content-length: ${30 * 1024 * 1024}`], '')).toContain(' 413 ');
  });

  test('of 30 MB in chunks, which announces nothing, is refused with 413 as well', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 30; sent += 1) controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
        controller.close();
      },
    });
    const outcome = await fetch(trimtab.webhookUrl, { method: 'POST', body, duplex: 'half' }).then(
      (answer) => answer.status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(outcome);
    expect((await deliver('{}', { event: 'ping' })).status).toBe(202);
  });

  test.each([['-1'], ['ten'], ['1e3']])('that announces a length of %s gets 400', async (length) => {
    expect(await raw([`content-length: ${length}`], '{}')).toContain(' 400 ');
  });

  test('that is longer than it announces is cut there, and its signature does not fit', async () => {
    const body = '{"action":"opened"}';
    const signature = createHmac('sha256', trimtab.forge.app.webhookSecret).update(body).digest('hex');
    const head = ['x-github-event: push', `x-hub-signature-256: sha256=${signature}`, 'content-length: 4'];
    // Node refuses what is left over as the beginning of a second request.
    expect(await raw(head, body)).toMatch(/ 40[01] /);
  });

  test('of an event that does not matter is acknowledged, and nothing is done', async () => {
    const asked = await askedDuring(async () => {
      for (const event of ['star', 'workflow_run', 'constructor', '']) {
        const answer = await deliver(JSON.stringify({ repository: { full_name: REPO } }), { event });
        expect(answer.status).toBe(202);
        expect(await answer.json()).toEqual({ message: expect.stringContaining('Nothing to do') });
      }
    });
    expect(asked).toBe(0);
  });

  test('that comes twice is acknowledged twice and worked off once', async () => {
    const { body, number } = await openedPull();
    const delivery = randomUUID();
    expect(await (await deliver(body, { delivery })).json()).toEqual({ message: 'Queued 2.' });
    await trimtab.settled();
    const asked = await askedDuring(async () => {
      const again = await deliver(body, { delivery });
      expect([again.status, await again.json()]).toEqual([202, { message: 'Seen before.' }]);
    });
    expect(asked).toBe(0);
    expect(trimtab.forge.comments(REPO, number)).toHaveLength(1);
  });

  test('is answered before its pull request is rendered', async () => {
    const { body } = await openedPull();
    const asked = trimtab.forge.exchanges().length;
    expect((await deliver(body)).status).toBe(202);
    // Only the worker asks GitHub; the webhook function has no way to.
    expect(trimtab.forge.exchanges().length - asked).toBeLessThanOrEqual(1);
    await trimtab.settled();
  });
});
