import { describe, expect, test } from 'vitest';
import { problemIn, REPO, stage } from './support.ts';

test('the login is that of the bot of the App', async () => {
  const { forge } = await stage({ app: 'Gitops Helper' });
  expect(await forge.login()).toBe('gitops-helper[bot]');
});

test('the default branch is what the repository says', async () => {
  const { forge, site } = await stage();
  await site.createRepository({ owner: 'acme', name: 'old', defaultBranch: 'trunk' });
  expect(await forge.defaultBranch(REPO)).toBe('main');
  expect(await forge.defaultBranch('acme/old')).toBe('trunk');
});

describe('resolve', () => {
  test('gives the commit of a branch, also one with a slash, of a SHA and of HEAD', async () => {
    const { forge, site } = await stage();
    const branch = 'feature/a b';
    const main = await site.resolve(REPO, 'main');
    const sha = await site.commit(REPO, { branch: 'feature/x', from: 'main', message: 'X', changes: { x: '1' } });
    expect(await forge.resolve(REPO, 'feature/x')).toBe(sha);
    expect(await forge.resolve(REPO, sha)).toBe(sha);
    expect(await forge.resolve(REPO, 'HEAD')).toBe(main);
    expect(await problemIn(forge.resolve(REPO, branch))).toMatchObject({ code: 'not-found' });
  });

  test('names the branch that is not there', async () => {
    const { forge } = await stage();
    expect(await problemIn(forge.resolve(REPO, 'relase'))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('branch, tag or commit relase in acme/shop'),
      where: { repo: REPO },
    });
  });
});

test('the parents of a merge are the base first, then the head', async () => {
  const { forge, site } = await stage();
  const main = await site.resolve(REPO, 'main');
  const head = await site.commit(REPO, { branch: 'x', from: 'main', message: 'X', changes: { x: '1' } });
  const { number } = await site.openPull(REPO, { title: 'X', head: 'x' });
  const merge = await site.merge(REPO, number);
  expect(await forge.parents(REPO, merge)).toEqual([main, head]);
  expect(await forge.parents(REPO, main)).toEqual([]);
});

describe('permission', () => {
  test.each([
    ['alice', 'admin'],
    ['dora', 'maintain'],
    ['bob', 'write'],
    ['tom', 'triage'],
    ['carol', 'read'],
    ['mallory', 'none'],
    ['nobody-of-that-name', 'none'],
  ])('of %s is %s', async (login, permission) => {
    const { forge, site } = await stage();
    site.addUser('dora', 'maintain');
    site.addUser('tom', 'triage');
    expect(await forge.permission(REPO, login)).toBe(permission);
  });

  test('is refused, not none, where the App may not look', async () => {
    const { forge } = await stage();
    expect(await problemIn(forge.permission('acme/secret', 'alice'))).toMatchObject({ code: 'forbidden' });
  });
});

describe('repositories of an owner', () => {
  test('are those that the App is installed on, with their topics', async () => {
    const { forge, site } = await stage();
    await site.createRepository({ owner: 'acme', name: 'api', topics: ['deploy-ok'], defaultBranch: 'trunk' });
    await site.createRepository({ owner: 'other', name: 'theirs' });
    const found = await forge.repositories('ACME');
    expect(found.map(({ fullName, defaultBranch, topics }) => [fullName, defaultBranch, topics])).toEqual([
      ['acme/api', 'trunk', ['deploy-ok']],
      ['acme/shop', 'main', []],
    ]);
    expect(found[0]?.sshURL).toMatch(/^git@.*:acme\/api\.git$/);
  });

  test('are refused, not none, where the App is not installed', async () => {
    const { forge } = await stage();
    expect(await problemIn(forge.repositories('umbrella'))).toMatchObject({ code: 'forbidden' });
  });
});

test('branches come with their commits', async () => {
  const { forge, site } = await stage();
  const sha = await site.commit(REPO, { branch: 'feature/x', from: 'main', message: 'X', changes: { x: '1' } });
  expect(await forge.branches(REPO)).toEqual([
    { name: 'feature/x', sha },
    { name: 'main', sha: await site.resolve(REPO, 'main') },
  ]);
});

describe('members of a team', () => {
  const team = { organization: 'acme', team: 'Platform Team' };

  test('are known by login, and the team by its name or its slug', async () => {
    const { forge, site } = await stage({ permissions: { contents: 'read', members: 'read' } });
    site.addTeam('acme', 'platform-team', ['bob']);
    expect(await forge.isMember(REPO, team, 'bob')).toBe(true);
    expect(await forge.isMember(REPO, { ...team, team: 'platform-team' }, 'bob')).toBe(true);
    expect(await forge.isMember(REPO, team, 'alice')).toBe(false);
    expect(await forge.isMember(REPO, { ...team, organization: 'umbrella' }, 'bob')).toBe(false);
  });

  test('are not none where the App may not see them', async () => {
    const { forge, site } = await stage();
    site.addTeam('acme', 'platform-team', ['bob']);
    expect(await problemIn(forge.isMember(REPO, team, 'bob'))).toMatchObject({
      code: 'forbidden',
      message: 'The App may not see who is in acme:Platform Team.',
    });
  });
});
