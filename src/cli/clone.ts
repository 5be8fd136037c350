import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { git } from '../source/git.ts';
import { resolveRevision } from '../source/resolve-revision.ts';
import { asProblem, Problem } from '../spec/problem.ts';

/** A clone on this machine. */
export interface Clone {
  /** Absolute path of its top folder. */
  readonly dir: string;
  /** The URL of its origin, without credentials; undefined where it has none. */
  readonly origin: string | undefined;
}

/** Opens a clone. Throws Problem `misconfigured` when the folder is none. */
export async function openClone(folder: string): Promise<Clone> {
  const dir = resolve(folder);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new Problem('misconfigured', `There is no folder ${dir}.`, { fix: 'Name a clone with --repo DIR.' });
  }
  const top = await git(dir, ['rev-parse', '--show-toplevel']);
  if (top.code !== 0) throw notAClone(dir, top.stderr);
  const remote = await git(dir, ['remote', 'get-url', 'origin']);
  return {
    dir: top.stdout.toString().trimEnd(),
    origin: remote.code === 0 ? withoutCredentials(remote.stdout.toString().trim()) : undefined,
  };
}

/** CI systems write tokens into the URL of the origin, and ours is printed. */
function withoutCredentials(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return url;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

function notAClone(dir: string, stderr: string): Problem {
  const foreign = /dubious ownership/.exec(stderr) !== null;
  return foreign
    ? new Problem('misconfigured', `${dir} belongs to somebody else, so git refuses to read it.`, {
        fix: `Run git config --global --add safe.directory ${dir}, if you trust it.`,
      })
    : new Problem('misconfigured', `${dir} is not a git repository with files.`, {
        fix: 'Name a clone with --repo DIR.',
      });
}

/** A name for a clone that no Application names by URL. */
export function fallbackUrl({ dir, origin }: Clone): string {
  return origin ?? `file://${dir}`;
}

/** Whether files differ from HEAD, or are not tracked. */
export async function hasUncommitted(dir: string): Promise<boolean> {
  const { stdout } = await git(dir, ['status', '--porcelain', '--untracked-files=normal']);
  return stdout.length > 0;
}

/** Branch (of the clone or its origin), tag or SHA → commit. Throws Problem `not-found`. */
export async function commitOf(clone: Clone, revision: string): Promise<string> {
  try {
    return await resolveRevision(clone.dir, revision);
  } catch (thrown) {
    const { code, message } = asProblem(thrown);
    if (code !== 'not-found') throw thrown;
    throw new Problem('not-found', message, {
      fix: 'Fetch it with git, or name a branch, tag or SHA that the clone has: git branch --all.',
    });
  }
}
