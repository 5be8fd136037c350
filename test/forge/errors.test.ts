import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createForge } from '../../src/forge/index.ts';
import type { Problem } from '../../src/spec/problem.ts';
import { problemIn, REPO, stage } from './support.ts';

const DOCS = 'https://docs.github.com/rest';
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;

/** All that could be written into a log. */
function everythingIn(problem: Problem): string {
  return [problem.stack, String(problem.cause), JSON.stringify(problem), JSON.stringify(problem.cause)].join('\n');
}

describe('a rate limit', () => {
  const secondary = (after: number) => ({
    status: 403,
    headers: { 'retry-after': String(after) },
    body: { message: 'You have exceeded a secondary rate limit.', documentation_url: DOCS },
  });

  test('that is short is waited for', async () => {
    const { forge, site } = await stage();
    let left = 2;
    site.setIntercept(({ path }) => (path === '/repos/acme/shop' && left-- > 0 ? secondary(30) : undefined));
    expect(await forge.defaultBranch(REPO)).toBe('main');
    expect(left).toBe(-1);
  });

  test('that does not end is given up after the third try, and says when to come back', async () => {
    const { forge, site } = await stage();
    let tries = 0;
    site.setIntercept(({ path }) => {
      if (path !== '/repos/acme/shop') return undefined;
      tries += 1;
      return secondary(30);
    });
    const problem = await problemIn(forge.defaultBranch(REPO));
    expect(problem).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 30 });
    expect(tries).toBe(3);
  });

  test('that is told with status 429 is waited for just the same', async () => {
    const { forge, site } = await stage();
    let tries = 0;
    site.setIntercept(({ path }) => {
      if (path !== '/repos/acme/shop') return undefined;
      tries += 1;
      return { ...secondary(45), status: 429 };
    });
    const problem = await problemIn(forge.defaultBranch(REPO));
    expect(problem).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 45 });
    expect(tries).toBe(3);
  });

  test('that is longer than a function may wait is told at once', async () => {
    const { forge, site } = await stage();
    let tries = 0;
    site.setIntercept(({ path }) => {
      if (path !== '/repos/acme/shop') return undefined;
      tries += 1;
      return secondary(900);
    });
    expect(await problemIn(forge.defaultBranch(REPO))).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 900 });
    expect(tries).toBe(1);
  });

  test('of the hour ends when GitHub says', async () => {
    const { forge, site } = await stage();
    site.setIntercept(({ path }) =>
      path === '/repos/acme/shop'
        ? {
            status: 403,
            headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds(1800)) },
            body: { message: 'API rate limit exceeded for installation ID 1.', documentation_url: DOCS },
          }
        : undefined,
    );
    const problem = await problemIn(forge.defaultBranch(REPO));
    expect(problem.code).toBe('rate-limited');
    expect(problem.retryAfterSeconds).toBeGreaterThan(1790);
    expect(problem.retryAfterSeconds).toBeLessThan(1810);
  });
});

describe('a failure of GitHub', () => {
  const failure = { status: 502, body: { message: 'Server Error', documentation_url: DOCS } };

  test('that passes is not noticed', async () => {
    const { forge, site } = await stage();
    let left = 1;
    site.setIntercept(({ path }) => (path === '/repos/acme/shop' && left-- > 0 ? failure : undefined));
    expect(await forge.defaultBranch(REPO)).toBe('main');
  });

  test('that stays is unavailable, with when to try again', async () => {
    const { forge, site } = await stage();
    site.setIntercept(({ path }) => (path === '/repos/acme/shop' ? failure : undefined));
    expect(await problemIn(forge.defaultBranch(REPO))).toMatchObject({
      code: 'unavailable',
      message: 'GitHub does not answer (502): Server Error.',
      retryAfterSeconds: 30,
    });
  });

  test('while a comment is written is not tried again: the comment may be there', async () => {
    const { forge, site } = await stage();
    const number = await site.openIssue(REPO, { title: 'Question' });
    let tries = 0;
    site.setIntercept(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/comments')) return undefined;
      tries += 1;
      return failure;
    });
    expect(await problemIn(forge.addComment(REPO, number, 'Hello'))).toMatchObject({ code: 'unavailable' });
    expect(tries).toBe(1);
  });

  test('to answer at all is unavailable as well', async () => {
    const { site } = await stage();
    const { id: appId, privateKey } = site.app;
    const forge = createForge({ appId, privateKey, url: 'http://127.0.0.1:1/api/v3', secondMs: 1 });
    expect(await problemIn(forge.login())).toMatchObject({ code: 'unavailable' });
  });
});

describe('credentials', () => {
  test('that GitHub does not know are unauthorized, and nothing of them is told', async () => {
    const { site } = await stage();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const forge = createForge({ appId: site.app.id, privateKey, url: site.apiUrl, secondMs: 1 });
    for (const problem of [await problemIn(forge.login()), await problemIn(forge.defaultBranch(REPO))]) {
      expect(problem).toMatchObject({ code: 'unauthorized', fix: expect.stringContaining('private key') });
      expect(everythingIn(problem)).not.toMatch(/eyJ|PRIVATE KEY|ghs_/);
    }
  });

  test('of an installation stay out of every error', async () => {
    const { forge, site, exchanges } = await stage();
    await forge.defaultBranch(REPO);
    const issued = exchanges().find(({ path }) => path.endsWith('/access_tokens'))?.responseBody;
    const { token } = issued as { readonly token: string };
    site.setIntercept(({ headers }) => ({
      status: 422,
      body: { message: `Bad: ${headers.get('authorization')}`, documentation_url: DOCS },
    }));
    const problem = await problemIn(forge.defaultBranch(REPO));
    expect(problem.code).toBe('bad-request');
    expect(everythingIn(problem)).not.toContain(token);
  });

  test('may be a key with its line breaks written out, as in an environment variable', async () => {
    const { site } = await stage();
    const privateKey = site.app.privateKey.replaceAll('\n', '\\n');
    const forge = createForge({ appId: site.app.clientId, privateKey, url: `${site.apiUrl}/` });
    expect(await forge.login()).toBe('trimtab[bot]');
  });

  test('that are no key are refused before any call, without being told', () => {
    const make = () => createForge({ appId: 1, privateKey: '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n' });
    expect(make).toThrow(expect.objectContaining({ code: 'misconfigured', fix: expect.stringContaining('BEGIN') }));
    expect(make).not.toThrow(/hunter2/);
  });
});

describe('a repository', () => {
  const words = (repo: string) => ({
    code: 'forbidden',
    message: `The App may not read ${repo}: install it there.`,
    where: { repo },
  });

  test('where the App is not installed gives the same answer as one that is not there', async () => {
    const { forge, site } = await stage();
    await site.createRepository({ owner: 'acme', name: 'secret', installed: false });
    expect(await problemIn(forge.defaultBranch('acme/secret'))).toMatchObject(words('acme/secret'));
    expect(await problemIn(forge.defaultBranch('acme/nothing'))).toMatchObject(words('acme/nothing'));
  });

  test('that the App is given later is read then', async () => {
    const { forge, site } = await stage();
    await problemIn(forge.defaultBranch('acme/late'));
    await site.createRepository({ owner: 'acme', name: 'late' });
    expect(await forge.defaultBranch('acme/late')).toBe('main');
  });

  test('from which the App was taken away is told as one that it may not read', async () => {
    const { forge, site } = await stage();
    await forge.defaultBranch(REPO);
    const gone = { status: 404, body: { message: 'Not Found', documentation_url: DOCS } };
    site.setIntercept(({ path }) => (path.startsWith('/repos/acme/shop') ? gone : undefined));
    await problemIn(forge.pull(REPO, 1));
    expect(await problemIn(forge.pull(REPO, 1))).toMatchObject(words(REPO));
  });

  test('whose installation is gone before its token is had is one that it may not read', async () => {
    const { forge, site } = await stage();
    site.setIntercept(({ path }) =>
      path.endsWith('/access_tokens')
        ? { status: 404, body: { message: 'Not Found', documentation_url: DOCS } }
        : undefined,
    );
    expect(await problemIn(forge.pull(REPO, 1))).toMatchObject(words(REPO));
  });

  test('is found once, and the token is used for all of the owner', async () => {
    const { forge, site, said } = await stage();
    await site.createRepository({ owner: 'acme', name: 'control' });
    await Promise.all([forge.defaultBranch(REPO), forge.defaultBranch(REPO), forge.defaultBranch(REPO)]);
    await forge.defaultBranch('acme/control');
    const lines = said();
    expect(lines.filter((line) => line.endsWith('/installation'))).toHaveLength(2);
    expect(lines.filter((line) => line.endsWith('/access_tokens'))).toHaveLength(1);
  });
});

test('a permission that the App lacks is forbidden, with what to do', async () => {
  const { forge, site } = await stage({ permissions: { metadata: 'read', contents: 'read', issues: 'read' } });
  const number = await site.openIssue(REPO, { title: 'Question' });
  expect(await problemIn(forge.addComment(REPO, number, 'Hello'))).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('Resource not accessible by integration'),
    fix: expect.stringContaining('permission'),
  });
});
