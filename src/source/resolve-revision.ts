import { mayBeRange } from '../spec/may-be-range.ts';
import { Problem } from '../spec/problem.ts';
import { git } from './git.ts';
import { greatestVersion } from './version-range.ts';

/** Branch, tag, range of tags or SHA → commit; a branch that is only on the remote counts, too. Throws Problem `not-found`. */
export async function resolveRevision(dir: string, revision: string): Promise<string> {
  const tags = mayBeRange(revision) ? (await git(dir, ['tag', '--list'])).stdout.toString().split('\n') : [];
  const tag = greatestVersion(revision, tags);
  for (const name of [
    ...(tag === undefined ? [] : [`refs/tags/${tag}`]),
    revision,
    `refs/remotes/origin/${revision}`,
  ]) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const { stdout, code } = await git(dir, args);
    if (code === 0) return stdout.toString().trim();
  }
  throw new Problem('not-found', `There is no revision ${JSON.stringify(revision)} in ${dir}.`, {
    where: { field: 'spec.source.targetRevision' },
    fix: 'Fetch it with git, or write a branch, tag or SHA that the clone has.',
  });
}
