import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../source/git.ts';
import { Problem } from '../spec/problem.ts';

/** A commit that gives each path the content that it had at another commit; what was not there then goes. */
export interface TreeProposal {
  readonly base: string;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly paths: readonly { readonly path: string; readonly at: string }[];
}

/**
 * Makes the commit on a new branch of a clone, in a worktree of its own: what is checked out stays as it is. Throws Problem
 * `conflict` when the branch is there already, `bad-command` when the commit would change nothing.
 */
export async function commitTrees(dir: string, { base, branch, title, body, paths }: TreeProposal): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'trimtab-rollback-'));
  const known = await git(dir, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
  if (known.code === 0) {
    throw new Problem('conflict', `The clone has a branch ${branch} already.`, {
      fix: `Push that one, or delete it first: git branch -D ${branch}`,
    });
  }
  try {
    await run(dir, ['worktree', 'add', '--quiet', '-b', branch, work, base]);
    for (const { path, at } of paths) {
      const here = path === '' ? '.' : path;
      await run(work, ['rm', '-r', '--quiet', '--ignore-unmatch', '--', here]);
      const was = await git(work, ['cat-file', '-e', `${at}:${path}`]);
      if (was.code === 0) await run(work, ['checkout', at, '--', here]);
    }
    const { stdout } = await run(work, ['status', '--porcelain']);
    if (stdout.length === 0) throw new Problem('bad-command', 'There is nothing to roll back: Git is as it was then.');
    await run(work, [...(await identity(work)), 'commit', '--quiet', '--message', `${title}\n\n${body}`]);
  } catch (thrown) {
    await git(dir, ['worktree', 'remove', '--force', work]);
    await git(dir, ['branch', '--quiet', '-D', branch]);
    throw thrown;
  } finally {
    await git(dir, ['worktree', 'remove', '--force', work]);
    await rm(work, { recursive: true, force: true });
  }
}

/** Whoever has told git no name and address commits as trimtab. */
async function identity(dir: string): Promise<readonly string[]> {
  const { code } = await git(dir, ['config', 'user.email']);
  return code === 0 ? [] : ['-c', 'user.name=trimtab', '-c', 'user.email=trimtab@localhost'];
}

async function run(dir: string, args: readonly string[]): ReturnType<typeof git> {
  const result = await git(dir, args);
  if (result.code === 0) return result;
  throw new Problem('unavailable', `git ${args[0] ?? ''} failed in ${dir}: ${result.stderr.trim().slice(0, 500)}`);
}
