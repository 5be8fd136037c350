import { describe, expect, test } from 'vitest';
import { readEvent } from '../../src/forge/events.ts';
import { startReceiver, startShop } from '../local/forge/support.ts';
import { checkRun, HEAD, issueComment, pullRequest, push } from './deliveries.ts';

const CHANGED = { kind: 'pull-changed', repo: 'acme/shop', pull: 7, head: HEAD };
const COMMENTED = { kind: 'commented', repo: 'acme/shop', pull: 7, comment: 99 };

const IGNORED = (because: string) => ({ kind: 'ignored', because: expect.stringContaining(because) });

describe('a pull request', () => {
  test.each(['opened', 'synchronize', 'reopened', 'ready_for_review'])('that is %s changed', (action) => {
    expect(readEvent('pull_request', pullRequest(action))).toEqual(CHANGED);
  });

  test('that is a draft is previewed as well', () => {
    expect(readEvent('pull_request', pullRequest('opened', {}, { draft: true }))).toEqual(CHANGED);
  });

  test('whose base branch was edited changed; one whose text was edited did not', () => {
    const base = { changes: { base: { ref: { from: 'main' }, sha: { from: '1'.repeat(40) } } } };
    expect(readEvent('pull_request', pullRequest('edited', base))).toEqual(CHANGED);
    const body = { changes: { body: { from: 'Scale' } } };
    expect(readEvent('pull_request', pullRequest('edited', body))).toEqual(IGNORED('not its base'));
  });

  test.each([true, false])('that is closed says whether it was merged: %s', (merged) => {
    const event = readEvent('pull_request', pullRequest('closed', {}, { merged }));
    expect(event).toEqual({ kind: 'pull-closed', repo: 'acme/shop', pull: 7, merged });
  });

  const RENAMED = { kind: 'pull-renamed', repo: 'acme/shop', pull: 7 };
  test.each(['labeled', 'unlabeled'])('that is %s may come into a set, or leave one', (action) => {
    expect(readEvent('pull_request', pullRequest(action))).toEqual(RENAMED);
  });

  test('whose title was edited, too', () => {
    const title = { changes: { title: { from: 'Scale' } } };
    expect(readEvent('pull_request', pullRequest('edited', title))).toEqual(RENAMED);
  });

  test.each(['assigned', 'review_requested', 'converted_to_draft', 'locked'])('%s means nothing', (action) => {
    expect(readEvent('pull_request', pullRequest(action))).toEqual(IGNORED(action));
  });
});

describe('a push', () => {
  test('to a branch names the branch and its new commit', () => {
    const event = readEvent('push', push('refs/heads/release/1.x'));
    expect(event).toEqual({ kind: 'pushed', repo: 'acme/shop', branch: 'release/1.x', sha: HEAD });
  });

  test.each([
    ['of a tag', push('refs/tags/v1.0.0'), 'not to a branch'],
    ['that deletes a branch', push('refs/heads/scale', { deleted: true, after: '0'.repeat(40) }), 'was deleted'],
    ['to no commit', push('refs/heads/scale', { after: '0'.repeat(40) }), 'was deleted'],
  ])('%s means nothing', (_, payload, because) => {
    expect(readEvent('push', payload)).toEqual(IGNORED(because));
  });
});

describe('a comment', () => {
  test.each(['/sync shop --prune', '\n\n  /help', '/rollback\r\n\r\nIt broke checkout.'])('%j is a command', (body) => {
    expect(readEvent('issue_comment', issueComment(body))).toEqual(COMMENTED);
  });

  const bot = { login: 'trimtab[bot]', id: 5, type: 'Bot' };
  test.each([
    ['in plain words', issueComment('Looks good. /sync'), 'does not begin with a command'],
    ['that quotes a command', issueComment('> /sync'), 'does not begin with a command'],
    ['that was edited', issueComment('/sync', { action: 'edited' }), 'only new comments'],
    ['on an issue', issueComment('/sync', { issue: { number: 7 } }), 'not on a pull request'],
    ['of a bot', issueComment('/sync', {}, { user: bot }), 'of people'],
    ['of a bot that says it is a person', issueComment('/sync', {}, { user: { ...bot, type: 'User' } }), 'of people'],
    ['of a deleted account', issueComment('/sync', {}, { user: null }), 'of people'],
  ])('%s is none', (_, payload, because) => {
    expect(readEvent('issue_comment', payload)).toEqual(IGNORED(because));
  });
});

describe('a check run', () => {
  test('that is asked for again previews its first pull request', () => {
    expect(readEvent('check_run', checkRun('rerequested'))).toEqual(CHANGED);
  });

  test('of a pull request from a fork is ignored: GitHub does not name it', () => {
    expect(readEvent('check_run', checkRun('rerequested', { pull_requests: [] }))).toEqual(IGNORED('no pull request'));
  });

  test('that is only created means nothing', () => {
    expect(readEvent('check_run', checkRun('created'))).toEqual(IGNORED('asked for again'));
  });
});

describe('anything else', () => {
  test.each<[string, unknown]>([
    ['star', { action: 'created', repository: { full_name: 'acme/shop' } }],
    ['ping', { zen: 'Keep it logically awesome.' }],
    ['constructor', pullRequest('opened')],
    ['', pullRequest('opened')],
    ['push', null],
    ['push', [push('refs/heads/main')]],
  ])('is ignored: %s', (name, payload) => {
    expect(readEvent(name, payload)).toEqual({ kind: 'ignored', because: expect.any(String) });
  });

  test.each(['acme', 'acme/../x', 'acme/..', '/shop', 'acme/shop/x', 'acme/sh op', ''])(
    'is a repository named %j',
    (name) => {
      expect(readEvent('push', push('refs/heads/main', { repository: { full_name: name } }))).toEqual(
        IGNORED('no repository'),
      );
    },
  );
});

test('the deliveries of a forge mean what happened in it', async () => {
  const receiver = await startReceiver();
  const { forge } = await startShop({ webhookUrl: receiver.url });
  const files = { 'web/values.yaml': 'replicas: 3\n' };
  const head = await forge.commit('acme/shop', { branch: 'scale', from: 'main', message: 'Scale', changes: files });
  const { number } = await forge.openPull('acme/shop', { title: 'Scale', head: 'scale' });
  const comment = await forge.comment('acme/shop', number, 'bob', '/preview');
  const merge = await forge.merge('acme/shop', number);
  await forge.idle();
  const events = receiver.hooks.map((hook) => readEvent(String(hook.headers['x-github-event']), hook.payload));
  expect(events.filter((event) => event.kind !== 'ignored')).toEqual([
    { kind: 'pushed', repo: 'acme/shop', branch: 'scale', sha: head },
    { kind: 'pull-changed', repo: 'acme/shop', pull: number, head },
    { kind: 'commented', repo: 'acme/shop', pull: number, comment },
    { kind: 'pull-closed', repo: 'acme/shop', pull: number, merged: true },
    { kind: 'pushed', repo: 'acme/shop', branch: 'main', sha: merge },
  ]);
});
