import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLocalForge } from '../../../src/local/forge/index.ts';
import { startShop } from './support.ts';

const REPO = '/repos/acme/shop';

describe('the embedded forge over HTTP', () => {
  test('counts calls in the headers of the rate limit', async () => {
    const { ask } = await startShop();
    const first = await ask(`GET ${REPO}`);
    const second = await ask(`GET ${REPO}`);
    const left = (answer: typeof first) => Number(answer.headers.get('x-ratelimit-remaining'));
    expect(first.headers.get('x-ratelimit-limit')).toBe('5000');
    expect(left(first) - left(second)).toBe(1);
  });

  test('answers 304 to who has the answer already', async () => {
    const { forge, ask } = await startShop();
    const etag = (await ask(`GET ${REPO}/commits/main`)).headers.get('etag') ?? '';
    expect((await ask(`GET ${REPO}/commits/main`, undefined, { 'if-none-match': etag })).status).toBe(304);
    await forge.commit('acme/shop', { branch: 'main', message: 'a', changes: { a: '1' } });
    expect((await ask(`GET ${REPO}/commits/main`, undefined, { 'if-none-match': etag })).status).toBe(200);
  });

  test('links the pages of a list', async () => {
    const { forge, ask } = await startShop();
    const number = await forge.openIssue('acme/shop', { title: 'Long' });
    for (const n of [1, 2, 3, 4, 5]) await forge.comment('acme/shop', number, 'bob', `comment ${n}`);
    const seen: unknown[] = [];
    for (let next: string | undefined = `${forge.apiUrl}${REPO}/issues/1/comments?per_page=2`; next !== undefined; ) {
      const page = await ask(`GET ${next}`);
      seen.push(...page.list.map((comment) => comment['body']));
      next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(['comment 1', 'comment 2', 'comment 3', 'comment 4', 'comment 5']);
  });

  test('says what is wrong with a body that is no JSON, and where the manual is', async () => {
    const { forge } = await startShop();
    const answer = await fetch(`${forge.apiUrl}${REPO}/pulls`, { method: 'POST', body: '{"title":' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      message: 'Problems parsing JSON',
      documentation_url: expect.stringContaining('https://docs.github.com/'),
    });
  });

  test('plays a fault in place of its own answer, and remembers what was said', async () => {
    const { forge, ask } = await startShop();
    forge.setIntercept(({ method, path }) =>
      method === 'POST' && path.endsWith('/comments')
        ? {
            status: 403,
            headers: { 'retry-after': '7' },
            body: { message: 'You have exceeded a secondary rate limit.' },
          }
        : undefined,
    );
    const number = await forge.openIssue('acme/shop', { title: 'Help' });
    const refused = await ask(`POST ${REPO}/issues/${number}/comments`, { body: 'x' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '7']);
    expect(forge.comments('acme/shop', number)).toEqual([]);
    expect(forge.exchanges().at(-1)).toMatchObject({
      method: 'POST',
      path: `${REPO}/issues/1/comments`,
      status: 403,
      fault: true,
      requestBody: { body: 'x' },
    });
    forge.setIntercept(undefined);
    expect((await ask(`POST ${REPO}/issues/${number}/comments`, { body: 'x' })).status).toBe(201);
  });
});

describe('without a git that can merge, the embedded forge', () => {
  test.each([
    ['too old', '#!/bin/sh\necho git version 2.34.1\n', 'needs git 2.38 or newer, and found: git version 2.34.1'],
    ['missing', undefined, 'needs the program git'],
  ])('says so when it is %s', async (_, program, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'forge-test-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    if (program !== undefined) writeFileSync(join(dir, 'git'), program, { mode: 0o755 });
    vi.stubEnv('PATH', dir);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await expect(createLocalForge()).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining(message),
    });
  });
});
