import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../src/forge/events.ts';
import { checkRun, HEAD, issueComment, type Payload, pullRequest, push } from './deliveries.ts';

/** Deliveries that mean something, each with the fields without which it means nothing. */
const DELIVERIES: readonly { readonly name: string; readonly payload: Payload; readonly needs: readonly string[] }[] = [
  {
    name: 'pull_request',
    payload: pullRequest('opened'),
    needs: ['action', 'pull_request', 'pull_request.number', 'pull_request.head', 'pull_request.head.sha'],
  },
  {
    name: 'pull_request',
    payload: pullRequest('closed', {}, { merged: true }),
    needs: ['action', 'pull_request', 'pull_request.number', 'pull_request.merged'],
  },
  {
    name: 'pull_request',
    payload: pullRequest('edited', { changes: { base: { ref: { from: 'main' } } } }),
    needs: ['action', 'changes', 'changes.base', 'pull_request.head.sha'],
  },
  { name: 'push', payload: push('refs/heads/main'), needs: ['ref', 'after'] },
  {
    name: 'issue_comment',
    payload: issueComment('/sync'),
    needs: [
      'action',
      'issue',
      'issue.number',
      'issue.pull_request',
      'comment',
      'comment.id',
      'comment.body',
      'comment.user',
      'comment.user.type',
      'comment.user.login',
    ],
  },
  {
    name: 'check_run',
    payload: checkRun('rerequested'),
    needs: ['action', 'check_run', 'check_run.head_sha', 'check_run.pull_requests'],
  },
].map((delivery) => ({ ...delivery, needs: ['repository', 'repository.full_name', ...delivery.needs] }));

const delivery = fc.constantFrom(...DELIVERIES);

/** Anything but what GitHub would put there: no usable id, SHA, name or action is among it. */
const wrong = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.constantFrom(0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom('', ' ', HEAD.slice(1), HEAD.toUpperCase().concat('G'), '../..', 'x'.repeat(10_000)),
  fc.constantFrom<unknown>([], [[]], {}, { __proto__: null }),
);

function put(value: unknown, [key = '', ...rest]: readonly string[], to: unknown): unknown {
  const inside = typeof value === 'object' && value !== null ? { ...value } : {};
  const next = Object.entries(inside).find(([name]) => name === key)?.[1];
  return { ...inside, [key]: rest.length === 0 ? to : put(next, rest, to) };
}

describe('readEvent', () => {
  test('ignores a delivery in which something that it needs is missing or of another type', () => {
    fc.assert(
      fc.property(
        delivery.chain((of) => fc.tuple(fc.constant(of), fc.constantFrom(...of.needs), wrong)),
        ([{ name, payload }, path, value]) => {
          // An empty object is a base that changed to something, and a pull request that somebody commented on.
          fc.pre(!(/(changes\.base|issue\.pull_request)$/.test(path) && !Array.isArray(value)) || value == null);
          fc.pre(!(path === 'comment.user.login' && typeof value === 'string'));
          expect(readEvent(name, payload).kind).not.toBe('ignored');
          expect(readEvent(name, put(payload, path.split('.'), value)).kind).toBe('ignored');
        },
      ),
    );
  });

  test('never throws, whatever comes, and always gives a reason', () => {
    const names = fc.oneof(fc.constantFrom('pull_request', 'push', 'issue_comment', 'check_run'), fc.string());
    fc.assert(
      fc.property(names, fc.anything({ withNullPrototype: true }), (name, payload) => {
        const event = readEvent(name, payload);
        expect(event).toEqual({ kind: 'ignored', because: expect.stringMatching(/./) });
      }),
    );
  });
});
