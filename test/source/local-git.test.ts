import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLocalGitSource, mergeResult } from '../../src/source/index.ts';
import { emptyFolder, problemOf } from './archive.ts';

const URL = 'https://github.com/acme/platform';

const IDENTITY = [
  '-c',
  'user.name=Ada',
  '-c',
  'user.email=ada@acme.example',
  '-c',
  'init.defaultBranch=main',
  '-c',
  'commit.gpgsign=false',
];

async function git(dir: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...IDENTITY, '-C', dir, ...args]);
  return stdout.trim();
}

/** A clone with one commit on main. */
async function clone(
  files: Readonly<Record<string, string>> = { 'a.yaml': 'one\n', 'apps/b.yaml': 'b\n' },
): Promise<string> {
  const dir = await emptyFolder();
  await git(dir, 'init', '--quiet');
  await commit(dir, files);
  return dir;
}

async function commit(dir: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  await git(dir, 'add', '--all');
  await git(dir, 'commit', '--quiet', '--message', 'change');
  return git(dir, 'rev-parse', 'HEAD');
}

async function sourceOf(dir: string) {
  return createLocalGitSource({ map: { [URL]: dir }, cacheDir: await emptyFolder() });
}

describe('a local clone as a source', () => {
  it('gives commits, trees and files as they are committed, not as they lie there', async () => {
    const dir = await clone();
    const source = await sourceOf(dir);
    await writeFile(join(dir, 'a.yaml'), 'not committed\n');
    const sha = await source.resolve('git@github.com:acme/platform.git', undefined);
    expect(sha).toBe(await git(dir, 'rev-parse', 'HEAD'));
    expect([...(await source.tree(URL, sha)).keys()]).toEqual(['a.yaml', 'apps/b.yaml']);
    const checkout = await source.checkout(URL, sha);
    expect(await readFile(join(checkout.dir, 'a.yaml'), 'utf8')).toBe('one\n');
    expect((await readdir(checkout.dir)).sort()).toEqual(['a.yaml', 'apps']);
  });

  it('leaves symbolic links out, and names them', async () => {
    const dir = await clone();
    await symlink('/etc/passwd', join(dir, 'link'));
    const source = await sourceOf(dir);
    const sha = await commit(dir, {});
    expect([...(await source.tree(URL, sha)).keys()]).toContain('link');
    expect((await source.checkout(URL, sha)).links).toEqual(['link']);
  });

  it('finds branches, tags and branches of the remote', async () => {
    const origin = await clone();
    await git(origin, 'branch', 'release');
    const dir = join(await emptyFolder(), 'clone');
    await git(origin, 'clone', '--quiet', origin, dir);
    await git(dir, 'tag', 'v1');
    const source = await sourceOf(dir);
    const head = await git(origin, 'rev-parse', 'HEAD');
    for (const revision of ['main', 'refs/heads/main', 'v1', 'release', head.slice(0, 8), head]) {
      expect(await source.resolve(URL, revision)).toBe(head);
    }
  });

  it.each(['next', '--all', '--output=/tmp/evil', 'HEAD:a.yaml', ''.padEnd(40, '0')])(
    'says so when there is no revision %s',
    async (revision) => {
      const source = await sourceOf(await clone());
      expect(await problemOf(source.resolve(URL, revision))).toMatchObject({ code: 'not-found' });
    },
  );

  it('says how to map a repository that it does not know', async () => {
    const source = await sourceOf(await clone());
    const problem = await problemOf(source.resolve('https://github.com/acme/other', 'main'));
    expect(problem.code).toBe('misconfigured');
    expect(problem.fix).toContain('--map https://github.com/acme/other=DIR');
  });
});

describe('the merge result of two branches', () => {
  it('is a tree that can be checked out, and leaves the clone alone', async () => {
    const dir = await clone();
    await git(dir, 'checkout', '--quiet', '-b', 'feature');
    await commit(dir, { 'new.yaml': 'new\n' });
    await git(dir, 'checkout', '--quiet', 'main');
    const main = await commit(dir, { 'a.yaml': 'two\n' });
    const tree = await mergeResult(dir, 'main', 'feature');
    const source = await sourceOf(dir);
    const checkout = await source.checkout(URL, tree);
    expect((await readdir(checkout.dir)).sort()).toEqual(['a.yaml', 'apps', 'new.yaml']);
    expect(await readFile(join(checkout.dir, 'a.yaml'), 'utf8')).toBe('two\n');
    expect([...(await source.tree(URL, tree)).keys()]).toEqual(['a.yaml', 'apps/b.yaml', 'new.yaml']);
    expect(await git(dir, 'rev-parse', 'HEAD')).toBe(main);
    expect(await git(dir, 'status', '--porcelain')).toBe('');
  });

  it('names the files that conflict', async () => {
    const dir = await clone();
    await git(dir, 'checkout', '--quiet', '-b', 'feature');
    await commit(dir, { 'a.yaml': 'mine\n', 'apps/b.yaml': 'mine\n', 'fine.yaml': 'x\n' });
    await git(dir, 'checkout', '--quiet', 'main');
    await commit(dir, { 'a.yaml': 'theirs\n', 'apps/b.yaml': 'theirs\n' });
    const problem = await problemOf(mergeResult(dir, 'main', 'feature'));
    expect(problem).toMatchObject({ code: 'merge-conflict', where: { file: 'a.yaml' } });
    expect(problem.message).toBe('feature conflicts with main in a.yaml, apps/b.yaml.');
  });
});
