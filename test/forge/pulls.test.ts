import { describe, expect, test } from 'vitest';
import { gitSays } from '../local/forge/support.ts';
import { openPull, problemIn, REPO, stage } from './support.ts';

describe('pull', () => {
  test('tells of an open one with its test merge', async () => {
    const { forge, site } = await stage();
    const { number, head } = await openPull(site);
    await site.label(REPO, number, 'preview');
    const base = await site.resolve(REPO, 'main');
    const pull = await forge.pull(REPO, number);
    expect(pull).toEqual({
      repo: REPO,
      number,
      nodeId: expect.stringMatching(/^PR_/),
      title: 'Change scale',
      url: `${site.url}/acme/shop/pull/${number}`,
      author: 'alice',
      state: 'open',
      draft: false,
      merged: false,
      fork: false,
      labels: ['preview'],
      base: { ref: 'main', sha: base },
      head: { ref: 'scale', sha: head },
      mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
      mergeable: true,
    });
    expect(await forge.parents(REPO, pull.mergeCommit ?? '')).toEqual([base, head]);
  });

  test('looks again while GitHub tries the merge', async () => {
    const { forge, site, said } = await stage({ mergeabilityDelay: 3 });
    const { number } = await openPull(site);
    const pull = await forge.pull(REPO, number);
    expect(pull.mergeable).toBe(true);
    expect(said().filter((line) => line.endsWith(`/pulls/${number}`))).toHaveLength(4);
  });

  test('says nothing of the merge where GitHub does not come to an end', async () => {
    const { forge, site } = await stage({ mergeabilityDelay: 100 });
    const { number } = await openPull(site);
    const pull = await forge.pull(REPO, number);
    expect(pull).not.toHaveProperty('mergeable');
    expect(pull).not.toHaveProperty('mergeCommit');
  });

  test('passes over the merge commit of an earlier try', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.pull(REPO, number);
    const said = site.exchanges().findLast((exchange) => exchange.path.endsWith(`/pulls/${number}`));
    const body = said?.responseBody as { readonly merge_commit_sha: string };
    expect(body.merge_commit_sha).toMatch(/^[0-9a-f]{40}$/);
    site.setIntercept(({ path }) =>
      path.endsWith(`/pulls/${number}`) ? { status: 200, body: { ...body, mergeable: null } } : undefined,
    );
    expect(await forge.pull(REPO, number)).not.toHaveProperty('mergeCommit');
  });

  test('that conflicts has no merge commit', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await site.commit(REPO, { branch: 'main', message: 'Other', changes: { 'web/values.yaml': 'replicas: 9\n' } });
    const pull = await forge.pull(REPO, number);
    expect(pull.mergeable).toBe(false);
    expect(pull).not.toHaveProperty('mergeCommit');
  });

  test('that is merged names the commit of the merge', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    const mergeCommit = await site.merge(REPO, number);
    expect(await forge.pull(REPO, number)).toMatchObject({ state: 'closed', merged: true, mergeCommit });
    expect(gitSays(site, REPO, 'rev-parse', 'main')).toBe(mergeCommit);
  });

  test('that was closed without a merge has neither', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.pull(REPO, number);
    await site.closePull(REPO, number);
    const pull = await forge.pull(REPO, number);
    expect(pull).toMatchObject({ state: 'closed', merged: false });
    expect(pull).not.toHaveProperty('mergeCommit');
  });

  test.each([
    ['from another repository', { id: 4711 }],
    ['whose fork was deleted', null],
  ])('%s is a fork', async (_, repo) => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.pull(REPO, number);
    const said = site.exchanges().findLast((exchange) => exchange.path.endsWith(`/pulls/${number}`));
    const body = said?.responseBody as { readonly head: object };
    site.setIntercept(({ path }) =>
      path.endsWith(`/pulls/${number}`) ? { status: 200, body: { ...body, head: { ...body.head, repo } } } : undefined,
    );
    expect(await forge.pull(REPO, number)).toMatchObject({ fork: true });
  });

  test('that is not there is named', async () => {
    const { forge } = await stage();
    const problem = await problemIn(forge.pull(REPO, 99));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('#99 in acme/shop') });
  });
});

describe('pullsOf', () => {
  test('gives the pull requests that brought a commit, merged ones first', async () => {
    const { forge, site } = await stage();
    const first = await openPull(site, 'scale');
    await site.commit(REPO, { branch: 'again', from: 'scale', message: 'Again', changes: { again: '1' } });
    const second = await site.openPull(REPO, { title: 'Again', head: 'again' });
    await site.merge(REPO, second.number);
    const pulls = await forge.pullsOf(REPO, first.head);
    expect(pulls.map(({ number, merged }) => [number, merged])).toEqual([
      [second.number, true],
      [first.number, false],
    ]);
  });

  test('gives none for a commit that was pushed', async () => {
    const { forge, site } = await stage();
    expect(await forge.pullsOf(REPO, await site.resolve(REPO, 'main'))).toEqual([]);
  });
});

test('the open pull requests are all that are open, newest first', async () => {
  const { forge, site } = await stage();
  const first = await openPull(site, 'one', { one: '1' });
  const second = await openPull(site, 'two', { two: '2' });
  const closed = await openPull(site, 'three', { three: '3' });
  await site.merge(REPO, closed.number);
  const found = await forge.openPulls(REPO);
  expect(found.map(({ number, head }) => [number, head.ref])).toEqual([
    [second.number, 'two'],
    [first.number, 'one'],
  ]);
});
