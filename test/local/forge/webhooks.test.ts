import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ReceivedHook, startReceiver, startShop } from './support.ts';

const names = (hooks: readonly ReceivedHook[]) =>
  hooks.map((hook) =>
    [hook.headers['x-github-event'], hook.payload['action']].filter((part) => part !== undefined).join('.'),
  );

describe('webhooks of the embedded forge', () => {
  test('are signed over their bytes and carry GitHub’s headers', async () => {
    const { url, hooks } = await startReceiver();
    const { forge } = await startShop({ webhookUrl: url, webhookSecret: 'it is a secret' });
    forge.ping();
    await forge.idle();
    const ping = hooks.find((hook) => hook.headers['x-github-event'] === 'ping');
    const digest = createHmac('sha256', 'it is a secret')
      .update(ping?.raw ?? '')
      .digest('hex');
    expect(ping?.headers['x-hub-signature-256']).toBe(`sha256=${digest}`);
    expect(ping?.headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
    expect(ping?.headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
    expect(ping?.headers['content-type']).toBe('application/json');
  });

  test('tell the story of a pull request from its branch to its merge', async () => {
    const { url, hooks } = await startReceiver();
    const { forge, ask } = await startShop({ webhookUrl: url });
    const first = await forge.commit('acme/shop', {
      branch: 'a',
      from: 'main',
      message: 'a',
      changes: { a: '1' },
      author: 'bob',
    });
    await forge.openPull('acme/shop', { title: 'A', head: 'a', draft: true, user: 'bob' });
    const second = await forge.commit('acme/shop', { branch: 'a', message: 'b', changes: { a: '2', b: '3' } });
    await forge.markReady('acme/shop', 1);
    await forge.editPull('acme/shop', 1, { title: 'The A' });
    await forge.label('acme/shop', 1, 'preview');
    await forge.closePull('acme/shop', 1);
    await forge.reopenPull('acme/shop', 1);
    await ask('POST /repos/acme/shop/issues/1/comments', { body: 'The preview' });
    const merged = await forge.merge('acme/shop', 1, 'bob');
    await forge.idle();
    expect(names(hooks)).toEqual([
      'installation.created',
      'push',
      'pull_request.opened',
      'push',
      'pull_request.synchronize',
      'pull_request.ready_for_review',
      'pull_request.edited',
      'pull_request.labeled',
      'pull_request.closed',
      'pull_request.reopened',
      'issue_comment.created',
      'pull_request.closed',
      'push',
    ]);
    const payload = (at: number) => hooks[at]?.payload;
    expect(payload(2)).toMatchObject({
      number: 1,
      sender: { login: 'bob' },
      repository: { full_name: 'acme/shop', default_branch: 'main' },
      pull_request: { draft: true, mergeable: null, head: { ref: 'a', sha: first }, base: { ref: 'main' } },
    });
    expect(payload(4)).toMatchObject({ before: first, after: second, pull_request: { head: { sha: second } } });
    expect(payload(6)).toMatchObject({ changes: { title: { from: 'A' } } });
    expect(payload(10)).toMatchObject({ sender: { login: 'trimtab[bot]', type: 'Bot' }, issue: { pull_request: {} } });
    expect(payload(11)).toMatchObject({ pull_request: { merged: true, merge_commit_sha: merged } });
    expect(payload(12)).toMatchObject({
      ref: 'refs/heads/main',
      after: merged,
      forced: false,
      created: false,
      pusher: { name: 'bob' },
      head_commit: { id: merged, added: ['a', 'b'], removed: [], modified: [] },
    });
  });

  test('say when a branch is new, was forced, or is gone, which closes its pull request', async () => {
    const { url, hooks } = await startReceiver();
    const { forge } = await startShop({ webhookUrl: url });
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'again', changes: { a: '2' } });
    await forge.deleteBranch('acme/shop', 'a');
    await forge.idle();
    const pushes = hooks.filter((hook) => hook.headers['x-github-event'] === 'push').map((hook) => hook.payload);
    expect(pushes.map((push) => [push['created'], push['forced'], push['deleted']])).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
    expect(forge.pull('acme/shop', 1).state).toBe('closed');
  });

  test('come again with the same id when they are sent again', async () => {
    const { url, hooks } = await startReceiver(500);
    const { forge } = await startShop({ webhookUrl: url });
    await forge.idle();
    const [delivery] = forge.deliveries();
    expect(delivery).toMatchObject({ event: 'installation', status: 500, redelivery: false });
    const again = await forge.redeliver(delivery?.id ?? '');
    expect(again).toMatchObject({ id: delivery?.id, redelivery: true, status: 500 });
    expect(hooks.map((hook) => hook.headers['x-github-delivery'])).toEqual([delivery?.id, delivery?.id]);
    expect(hooks[1]?.raw).toBe(hooks[0]?.raw);
  });

  test('that nobody answers stop nothing', async () => {
    const { forge } = await startShop({ webhookUrl: 'http://127.0.0.1:9/' });
    await forge.commit('acme/shop', { branch: 'main', message: 'a', changes: { a: '1' } });
    await forge.idle();
    expect(forge.deliveries().map((delivery) => delivery.status)).toEqual([undefined, undefined]);
  });

  test('ask the app to run a check again', async () => {
    const { url, hooks } = await startReceiver();
    const { forge, ask } = await startShop({ webhookUrl: url });
    const sha = await forge.resolve('acme/shop', 'main');
    const check = await ask('POST /repos/acme/shop/check-runs', { name: 'trimtab', head_sha: sha });
    await forge.rerequestCheck('acme/shop', Number(check.body['id']), 'bob');
    await forge.idle();
    expect(hooks.at(-1)?.payload).toMatchObject({
      action: 'rerequested',
      check_run: { name: 'trimtab', head_sha: sha },
    });
  });
});
