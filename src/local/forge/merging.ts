import type { Server } from './http.ts';
import { mergeTree, mergeTreeOver, writeCommit } from './objects.ts';
import { baseTip, emitPull, openPull, type PullRefused } from './pulls.ts';
import { pushBranch } from './pushes.ts';
import { signatureOf, webFlow } from './signature.ts';
import { SITE_KEY } from './signing.ts';
import type { PullRequest, Repository, User } from './state.ts';

/** How a merge ended. */
export type MergeOutcome = { readonly merged: string } | { readonly refused: 'not-open' | 'draft' | 'conflict' };

/** Merges a pull request with a merge commit, or squashed into one commit, as its author and GitHub as committer. */
export async function mergePull(
  server: Server,
  repo: Repository,
  issue: PullRequest,
  by: User,
  options: {
    readonly method: 'merge' | 'squash';
    readonly title?: string | undefined;
    readonly message?: string | undefined;
  },
): Promise<MergeOutcome> {
  const { pull } = issue;
  if (issue.state !== 'open') return { refused: 'not-open' };
  if (pull.draft) return { refused: 'draft' };
  const base = await baseTip(repo, issue);
  const tree = await mergeTree(repo.git, base, pull.headSha);
  if (tree === null) return { refused: 'conflict' };
  const squash = options.method === 'squash';
  const title = squash
    ? `${issue.title} (#${issue.number})`
    : `Merge pull request #${issue.number} from ${repo.owner.login}/${pull.head}`;
  const commit = await writeCommit(repo.git, {
    tree,
    parents: squash ? [base] : [base, pull.headSha],
    message: `${options.title ?? title}\n\n${options.message ?? (squash ? (issue.body ?? '') : issue.title)}`.trim(),
    author: signatureOf(server.state, by),
    committer: webFlow(server.state),
    signedBy: SITE_KEY,
  });
  const time = server.state.time();
  Object.assign(pull, { merged: true, mergedAt: time, mergedBy: by, mergeCommit: commit, baseSha: base });
  issue.state = 'closed';
  issue.closedAt = time;
  issue.updatedAt = time;
  await emitPull(server, repo, issue, 'closed', by);
  await pushBranch(server, repo, pull.base, commit, by);
  return { merged: commit };
}

/**
 * Opens a pull request that undoes a merged one: on a new branch `revert-N-BRANCH` at the base branch's tip, a commit
 * that takes back what the merge commit brought. Null when that conflicts with what came after.
 */
export async function revertPull(
  server: Server,
  repo: Repository,
  issue: PullRequest & { readonly pull: { readonly mergeCommit: string } },
  by: User,
  words: {
    readonly title?: string | undefined;
    readonly body?: string | undefined;
    readonly draft?: boolean | undefined;
  },
): Promise<PullRequest | PullRefused | null> {
  const { pull } = issue;
  const merge = await repo.git.commitInfo(pull.mergeCommit);
  const before = merge.parents[0];
  const tip = await repo.git.resolve(`refs/heads/${pull.base}`);
  if (before === undefined || tip === undefined) return null;
  const tree = await mergeTreeOver(repo.git, merge.sha, tip, before);
  if (tree === null || tree === (await repo.git.commitInfo(tip)).tree) return null;
  const wanted = `revert-${issue.number}-${pull.head}`;
  let branch = wanted;
  for (let n = 1; (await repo.git.resolve(`refs/heads/${branch}`)) !== undefined; n += 1) branch = `${wanted}-${n}`;
  const commit = await writeCommit(repo.git, {
    tree,
    parents: [tip],
    message: `Revert "${issue.title}"\n\nThis reverts commit ${merge.sha}${
      merge.parents.length > 1 ? `, reversing\nchanges made to ${before}` : ''
    }.`,
    author: signatureOf(server.state, by),
    committer: webFlow(server.state),
    signedBy: SITE_KEY,
  });
  await pushBranch(server, repo, branch, commit, by);
  return openPull(server, repo, {
    title: words.title ?? `Revert "${issue.title}"`,
    body: words.body ?? `Reverts ${repo.fullName}#${issue.number}`,
    head: branch,
    base: pull.base,
    draft: words.draft ?? false,
    user: by,
  });
}
