import { describe, expect, test } from 'vitest';
import { gitSays, startShop } from './support.ts';

const REPO = '/repos/acme/shop';

describe('pull requests of the embedded forge', () => {
  test('have a real trial merge whose parents are the base branch and the head', async () => {
    const { forge, ask } = await startShop();
    const head = await forge.commit('acme/shop', {
      branch: 'scale',
      from: 'main',
      message: 'Scale',
      changes: { 'web/values.yaml': 'replicas: 3\n' },
    });
    await forge.openPull('acme/shop', { title: 'Scale', head: 'scale' });
    const base = await forge.commit('acme/shop', {
      branch: 'main',
      message: 'Docs',
      changes: { 'README.md': '# The shop\n' },
    });
    const { body } = await ask(`GET ${REPO}/pulls/1`);
    expect(body).toMatchObject({
      mergeable: true,
      mergeable_state: 'clean',
      commits: 1,
      changed_files: 1,
      merged: false,
    });
    const trial = String(body['merge_commit_sha']);
    expect(gitSays(forge, 'acme/shop', 'rev-parse', `${trial}^1`, `${trial}^2`, 'refs/pull/1/merge')).toBe(
      [base, head, trial].join('\n'),
    );
    expect(gitSays(forge, 'acme/shop', 'show', `${trial}:README.md`)).toBe('# The shop');
    expect(gitSays(forge, 'acme/shop', 'show', `${trial}:web/values.yaml`)).toBe('replicas: 3');
  });

  test('that conflict with their base are not mergeable, and merging them is refused with 405', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', {
      branch: 'three',
      from: 'main',
      message: '3',
      changes: { 'web/values.yaml': 'replicas: 3\n' },
    });
    await forge.commit('acme/shop', { branch: 'main', message: '4', changes: { 'web/values.yaml': 'replicas: 4\n' } });
    await forge.openPull('acme/shop', { title: 'Three', head: 'three' });
    const { body } = await ask(`GET ${REPO}/pulls/1`);
    expect(body).toMatchObject({ mergeable: false, mergeable_state: 'dirty', merge_commit_sha: null });
    const merge = await ask(`PUT ${REPO}/pulls/1/merge`, {});
    expect(merge.status).toBe(405);
    expect(merge.body['message']).toBe('Pull Request is not mergeable');
    await expect(forge.merge('acme/shop', 1)).rejects.toMatchObject({ code: 'merge-conflict' });
  });

  test('do not know at once whether they can be merged, where the forge is told to take its time', async () => {
    const { forge, ask } = await startShop({ mergeabilityDelay: 1 });
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    expect((await ask(`GET ${REPO}/pulls/1`)).body['mergeable']).toBeNull();
    expect((await ask(`GET ${REPO}/pulls/1`)).body['mergeable']).toBe(true);
    await forge.commit('acme/shop', { branch: 'a', message: 'b', changes: { a: '2' } });
    expect((await ask(`GET ${REPO}/pulls/1`)).body['mergeable']).toBeNull();
  });

  test('are merged with a merge commit by the one who merges, and keep their figures', async () => {
    const { forge, ask } = await startShop();
    const main = await forge.resolve('acme/shop', 'main');
    const head = await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1\n' } });
    await forge.openPull('acme/shop', { title: 'Add a', head: 'a' });
    const merged = await forge.merge('acme/shop', 1, 'bob');
    expect(gitSays(forge, 'acme/shop', 'log', '-1', '--format=%P %an %s', 'main')).toBe(
      `${main} ${head} Bob Merge pull request #1 from acme/a`,
    );
    const { body } = await ask(`GET ${REPO}/pulls/1`);
    expect(body).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: merged,
      merged_by: { login: 'bob' },
      commits: 1,
      additions: 1,
    });
    const found = await ask(`GET ${REPO}/commits/${merged}/pulls`);
    expect(found.list.map((pull) => pull['number'])).toEqual([1]);
  });

  test('are not merged at another head than the one that was looked at', async () => {
    const { forge, ask } = await startShop();
    const seen = await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    await forge.commit('acme/shop', { branch: 'a', message: 'b', changes: { a: '2' } });
    expect((await ask(`PUT ${REPO}/pulls/1/merge`, { sha: seen })).status).toBe(409);
  });

  test('list each changed file with its kind of change and its patch, a page at a time', async () => {
    const long = Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n');
    const { forge, ask } = await startShop({}, { 'move.txt': long, 'gone.txt': 'x\n', 'with "quotes" ü.txt': 'a\n' });
    await forge.commit('acme/shop', {
      branch: 'a',
      from: 'main',
      message: 'a',
      changes: {
        'move.txt': null,
        'moved.txt': long,
        'gone.txt': null,
        'new.bin': new Uint8Array([0, 1]),
        'with "quotes" ü.txt': 'b\n',
      },
    });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    const first = await ask(`GET ${REPO}/pulls/1/files?per_page=3`);
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    const second = await ask(`GET ${REPO}/pulls/1/files?per_page=3&page=2`);
    expect(second.headers.get('link')).not.toContain('rel="next"');
    const files = [...first.list, ...second.list];
    expect(files.map((file) => [file['filename'], file['status'], file['previous_filename'], file['patch']])).toEqual([
      ['gone.txt', 'removed', undefined, '@@ -1 +0,0 @@\n-x'],
      ['moved.txt', 'renamed', 'move.txt', undefined],
      ['new.bin', 'added', undefined, undefined],
      ['with "quotes" ü.txt', 'modified', undefined, '@@ -1 +1 @@\n-a\n+b'],
    ]);
  });

  test('end at 3,000 files', async () => {
    const { forge, ask } = await startShop();
    const many = Object.fromEntries(Array.from({ length: 3010 }, (_, n) => [`many/${n}.yaml`, `n: ${n}\n`]));
    await forge.commit('acme/shop', { branch: 'many', from: 'main', message: 'Many', changes: many });
    await forge.openPull('acme/shop', { title: 'Many', head: 'many' });
    expect((await ask(`GET ${REPO}/pulls/1/files?per_page=100&page=30`)).list).toHaveLength(100);
    expect((await ask(`GET ${REPO}/pulls/1/files?per_page=100&page=31`)).list).toHaveLength(0);
    expect((await ask(`GET ${REPO}/pulls/1`)).body['changed_files']).toBe(3010);
  });

  test('are not opened twice for a branch, nor without commits, nor for a branch that is missing', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    const open = (head: string) => ask(`POST ${REPO}/pulls`, { title: 'A', head, base: 'main' });
    expect((await open('a')).status).toBe(201);
    const errors = async (head: string) => JSON.stringify((await open(head)).body['errors']);
    expect(await errors('a')).toContain('A pull request already exists for acme:a.');
    expect(await errors('main')).toContain('No commits between main and main');
    expect(await errors('b')).toContain('"field":"head"');
  });

  test('may be merged by somebody with write access only', async () => {
    const { forge } = await startShop();
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a', user: 'carol' });
    await expect(forge.merge('acme/shop', 1, 'carol')).rejects.toMatchObject({ code: 'forbidden' });
    expect(forge.pull('acme/shop', 1).state).toBe('open');
  });
});
