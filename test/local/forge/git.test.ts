import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Ask, gitSays, startShop } from './support.ts';

const REPO = '/repos/acme/shop';

async function treeOf(ask: Ask, commit: string): Promise<string> {
  return String((await ask(`GET ${REPO}/git/trees/${commit}`)).body['sha']);
}

describe('git data of the embedded forge', () => {
  test('makes a commit that gives a folder the tree of an older commit, and a branch for it', async () => {
    const { forge, ask } = await startShop(
      {},
      { 'web/a.yaml': 'a: 1\n', 'web/sub/b.yaml': 'b: 1\n', 'db/c.yaml': 'c: 1\n' },
    );
    const old = await forge.resolve('acme/shop', 'main');
    const tip = await forge.commit('acme/shop', {
      branch: 'main',
      message: 'Change all',
      changes: { 'web/a.yaml': 'a: 2\n', 'web/sub/b.yaml': null, 'web/new.yaml': 'n: 1\n', 'db/c.yaml': 'c: 2\n' },
    });
    const web = gitSays(forge, 'acme/shop', 'rev-parse', `${old}:web`);
    const tree = await ask(`POST ${REPO}/git/trees`, {
      base_tree: await treeOf(ask, tip),
      tree: [{ path: 'web', mode: '040000', type: 'tree', sha: web }],
    });
    const commit = await ask(`POST ${REPO}/git/commits`, {
      message: 'Roll web back',
      tree: tree.body['sha'],
      parents: [tip],
    });
    const made = await ask(`POST ${REPO}/git/refs`, { ref: 'refs/heads/rollback', sha: commit.body['sha'] });
    expect(made.status).toBe(201);
    expect(gitSays(forge, 'acme/shop', 'diff', '--name-status', tip, 'rollback')).toBe(
      'M\tweb/a.yaml\nD\tweb/new.yaml\nA\tweb/sub/b.yaml',
    );
    expect(gitSays(forge, 'acme/shop', 'rev-parse', 'rollback:web')).toBe(web);
    expect(gitSays(forge, 'acme/shop', 'log', '-1', '--format=%an', 'rollback')).toBe('trimtab[bot]');
  });

  test('removes paths with a null SHA, and the folder with its last file', async () => {
    const { forge, ask } = await startShop({}, { 'web/deep/a.yaml': 'a', 'keep.txt': 'k' });
    const main = await forge.resolve('acme/shop', 'main');
    const tree = await ask(`POST ${REPO}/git/trees`, {
      base_tree: await treeOf(ask, main),
      tree: [{ path: 'web/deep/a.yaml', mode: '100644', type: 'blob', sha: null }],
    });
    expect(gitSays(forge, 'acme/shop', 'ls-tree', '-r', '--name-only', String(tree.body['sha']))).toBe('keep.txt');
  });

  test.each([
    ['a path that leaves the tree', { path: '../etc', mode: '100644', type: 'blob', content: 'x' }],
    ['an object that is not there', { path: 'a', mode: '100644', type: 'blob', sha: 'a'.repeat(40) }],
    ['a mode that git does not have', { path: 'a', mode: '100600', type: 'blob', content: 'x' }],
  ])('refuses a tree with %s', async (_, entry) => {
    const { ask } = await startShop();
    expect((await ask(`POST ${REPO}/git/trees`, { tree: [entry] })).status).toBe(422);
  });

  test('moves a branch forward, and anywhere else only by force', async () => {
    const { forge, ask } = await startShop();
    const old = await forge.resolve('acme/shop', 'main');
    const next = await forge.commit('acme/shop', { branch: 'next', from: 'main', message: 'n', changes: { n: '1' } });
    expect((await ask(`PATCH ${REPO}/git/refs/heads/main`, { sha: next })).status).toBe(200);
    const back = await ask(`PATCH ${REPO}/git/refs/heads/main`, { sha: old });
    expect([back.status, back.body['message']]).toEqual([422, 'Update is not a fast forward']);
    expect((await ask(`PATCH ${REPO}/git/refs/heads/main`, { sha: old, force: true })).status).toBe(200);
    expect(await forge.resolve('acme/shop', 'main')).toBe(old);
  });

  test('finds refs by the beginning of their names', async () => {
    const { forge, ask } = await startShop();
    for (const branch of ['feature-a', 'feature-b', 'other']) {
      await forge.commit('acme/shop', { branch, from: 'main', message: branch, changes: { x: branch } });
    }
    const { list } = await ask(`GET ${REPO}/git/matching-refs/heads/feature`);
    expect(list.map((ref) => ref['ref'])).toEqual(['refs/heads/feature-a', 'refs/heads/feature-b']);
  });

  test('gives the files of a commit as an archive with one top folder, once a redirect', async () => {
    const { forge, ask } = await startShop({}, { 'a/b.txt': 'hello\n', 'with space.txt': 's' });
    const sha = await forge.resolve('acme/shop', 'main');
    const redirect = await ask(`GET ${REPO}/tarball/main`);
    expect(redirect.status).toBe(302);
    const location = redirect.headers.get('location') ?? '';
    const bytes = Buffer.from(await (await fetch(location)).arrayBuffer());
    const top = `acme-shop-${sha.slice(0, 7)}`;
    const names = execFileSync('tar', ['-tzf', '-'], { input: bytes, encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual([`${top}/`, `${top}/a/`, `${top}/a/b.txt`, `${top}/with space.txt`]);
    expect((await fetch(location)).status).toBe(404);
  });

  test('compares branches from where they parted', async () => {
    const { forge, ask } = await startShop();
    const common = await forge.resolve('acme/shop', 'main');
    await forge.commit('acme/shop', { branch: 'topic', from: 'main', message: 'topic', changes: { 'topic.txt': 't' } });
    await forge.commit('acme/shop', { branch: 'main', message: 'main', changes: { 'main.txt': 'm' } });
    const { body } = await ask(`GET ${REPO}/compare/main...topic`);
    expect(body).toMatchObject({
      status: 'diverged',
      ahead_by: 1,
      behind_by: 1,
      merge_base_commit: { sha: common },
      files: [{ filename: 'topic.txt', status: 'added' }],
    });
    expect((await ask(`GET ${REPO}/compare/main...none`)).status).toBe(404);
  });

  test('knows a branch with a slash in its name, written plain or encoded', async () => {
    const { forge, ask } = await startShop();
    const sha = await forge.commit('acme/shop', {
      branch: 'feat/one',
      from: 'main',
      message: '1',
      changes: { x: '1' },
    });
    for (const name of ['feat/one', 'feat%2Fone']) {
      expect((await ask(`GET ${REPO}/branches/${name}`)).body).toMatchObject({ name: 'feat/one', commit: { sha } });
      expect((await ask(`GET ${REPO}/commits/${name}`, undefined, { accept: 'application/vnd.github.sha' })).text).toBe(
        sha,
      );
      expect((await ask(`GET ${REPO}/contents/x?ref=${name}`)).body).toMatchObject({ content: 'MQ==\n', type: 'file' });
    }
  });

  test('keeps symlinks and bytes as they are', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', {
      branch: 'main',
      message: 'odd',
      changes: { link: { symlink: '../../etc/passwd' }, bytes: new Uint8Array([0, 255, 10]) },
    });
    expect((await ask(`GET ${REPO}/contents/link`)).body).toMatchObject({
      type: 'symlink',
      target: '../../etc/passwd',
    });
    const { body } = await ask(`GET ${REPO}/contents/bytes`);
    expect([...Buffer.from(String(body['content']), 'base64')]).toEqual([0, 255, 10]);
  });
});
