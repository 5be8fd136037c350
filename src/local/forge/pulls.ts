import { type ChangedFile, changedFiles } from './files.ts';
import type { Server } from './http.ts';
import { commitsBetween, isAncestor, mergeBase, mergeTree, writeCommit } from './objects.ts';
import type { Json } from './shapes/account.ts';
import { type PullFigures, showFullPull, showLabel } from './shapes/pull.ts';
import { webFlow } from './signature.ts';
import { SITE_KEY } from './signing.ts';
import { nextNumber, type PullRequest, pullsOf, type Repository, type User } from './state.ts';

/** What a new pull request is made of; both branches are in the same repository. */
export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
  readonly user: User;
}

/** Why a pull request cannot be opened, as field and reason of GitHub's 422. */
export interface PullRefused {
  readonly refused: string;
  readonly field: 'head' | 'base' | undefined;
}

/**
 * Opens a pull request, or says why GitHub would not: a branch is missing, one is open already between these
 * branches, or there is nothing to merge.
 */
export async function openPull(server: Server, repo: Repository, wanted: NewPull): Promise<PullRequest | PullRefused> {
  const { state } = server;
  const headSha = await repo.git.resolve(`refs/heads/${wanted.head}`);
  const baseSha = await repo.git.resolve(`refs/heads/${wanted.base}`);
  if (headSha === undefined) return { refused: '', field: 'head' };
  if (baseSha === undefined) return { refused: '', field: 'base' };
  const same = (issue: PullRequest) => issue.pull.head === wanted.head && issue.pull.base === wanted.base;
  if (pullsOf(repo).some((issue) => issue.state === 'open' && same(issue))) {
    return { refused: `A pull request already exists for ${repo.owner.login}:${wanted.head}.`, field: undefined };
  }
  if (await isAncestor(repo.git, headSha, baseSha)) {
    return { refused: `No commits between ${wanted.base} and ${wanted.head}`, field: undefined };
  }
  const number = nextNumber(repo);
  const time = state.time();
  const issue: PullRequest = {
    id: state.nextId(),
    number,
    user: wanted.user,
    title: wanted.title,
    body: wanted.body,
    state: 'open',
    createdAt: time,
    updatedAt: time,
    closedAt: null,
    labels: [],
    pull: {
      id: state.nextId(),
      head: wanted.head,
      headSha,
      base: wanted.base,
      baseSha,
      draft: wanted.draft,
      merged: false,
      mergedAt: null,
      mergedBy: null,
      mergeCommit: null,
      trial: null,
      pendingLooks: state.mergeabilityDelay,
    },
  };
  repo.issues.set(number, issue);
  await repo.git.setRef(`refs/pull/${number}/head`, headSha);
  await emitPull(server, repo, issue, 'opened', wanted.user);
  return issue;
}

/**
 * The trial merge that GitHub makes for every open pull request: `refs/pull/N/merge`, whose parents are the base
 * branch's tip and the head. Null when the two conflict.
 */
export async function trialMerge(server: Server, repo: Repository, issue: PullRequest): Promise<string | null> {
  const { pull } = issue;
  const base = await baseTip(repo, issue);
  const of = `${base} ${pull.headSha}`;
  if (pull.trial?.of === of) return pull.trial.commit;
  const tree = await mergeTree(repo.git, base, pull.headSha);
  const by = webFlow(server.state);
  const message = `Merge ${pull.headSha} into ${base}`;
  const commit =
    tree === null
      ? null
      : await writeCommit(repo.git, {
          tree,
          parents: [base, pull.headSha],
          message,
          author: by,
          committer: by,
          signedBy: SITE_KEY,
        });
  pull.trial = { of, tree, commit };
  if (commit !== null) await repo.git.setRef(`refs/pull/${issue.number}/merge`, commit);
  return commit;
}

/** The tip of the base branch; for a closed pull request, where it stood then. */
export async function baseTip(repo: Repository, issue: PullRequest): Promise<string> {
  const { pull, state } = issue;
  return (state === 'open' ? await repo.git.resolve(`refs/heads/${pull.base}`) : undefined) ?? pull.baseSha;
}

/** The files that a pull request changes: from the merge base to its head. */
export async function pullFiles(repo: Repository, issue: PullRequest, tip?: string): Promise<ChangedFile[]> {
  const base = tip ?? (await baseTip(repo, issue));
  const from = (await mergeBase(repo.git, base, issue.pull.headSha)) ?? base;
  return changedFiles(repo.git, from, issue.pull.headSha);
}

/** The figures of a pull request. Each call is a look: the first ones may find `mergeable` still unknown. */
export async function pullFigures(server: Server, repo: Repository, issue: PullRequest): Promise<PullFigures> {
  const { pull } = issue;
  const open = issue.state === 'open';
  const pending = open && pull.pendingLooks > 0;
  if (pending) pull.pendingLooks -= 1;
  const trial = open && !pending ? await trialMerge(server, repo, issue) : null;
  return {
    ...(await pullSize(repo, issue)),
    mergeable: !open || pending ? null : trial !== null,
    mergeCommit: pull.mergeCommit ?? trial,
  };
}

async function pullSize(repo: Repository, issue: PullRequest): Promise<Omit<PullFigures, 'mergeable' | 'mergeCommit'>> {
  const base = await baseTip(repo, issue);
  const [files, commits] = await Promise.all([
    pullFiles(repo, issue, base),
    commitsBetween(repo.git, base, issue.pull.headSha),
  ]);
  return {
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  };
}

/** Sends a `pull_request` webhook. GitHub has not tried the merge yet when it sends one: `mergeable` is null in it. */
export async function emitPull(
  server: Server,
  repo: Repository,
  issue: PullRequest,
  action: string,
  by: User,
  details: Json = {},
): Promise<void> {
  const figures: PullFigures = {
    ...(await pullSize(repo, issue)),
    mergeable: null,
    mergeCommit: issue.pull.mergeCommit,
  };
  const pull = showFullPull(server, repo, issue, figures);
  server.webhooks.emit(repo, 'pull_request', action, { number: issue.number, pull_request: pull, ...details }, by);
}

/** Closes or reopens a pull request that is not merged; does nothing where it is so already. */
export async function setPullState(
  server: Server,
  repo: Repository,
  issue: PullRequest,
  to: 'open' | 'closed',
  by: User,
): Promise<void> {
  if (issue.state === to) return;
  const { state } = server;
  if (to === 'closed') issue.pull.baseSha = await baseTip(repo, issue);
  issue.state = to;
  issue.closedAt = to === 'closed' ? state.time() : null;
  issue.updatedAt = state.time();
  if (to === 'open') {
    issue.pull.baseSha = await baseTip(repo, issue);
    issue.pull.headSha = (await repo.git.resolve(`refs/heads/${issue.pull.head}`)) ?? issue.pull.headSha;
  }
  await emitPull(server, repo, issue, to === 'closed' ? 'closed' : 'reopened', by);
}

/** Changes title, body or base branch; tells what they were (`edited`). */
export async function editPull(
  server: Server,
  repo: Repository,
  issue: PullRequest,
  to: {
    readonly title?: string | undefined;
    readonly body?: string | null | undefined;
    readonly base?: string | undefined;
  },
  by: User,
): Promise<void> {
  const changes: Record<string, Json> = {};
  if (to.title !== undefined && to.title !== issue.title) {
    changes['title'] = { from: issue.title };
    issue.title = to.title;
  }
  if (to.body !== undefined && to.body !== issue.body) {
    changes['body'] = { from: issue.body };
    issue.body = to.body;
  }
  if (to.base !== undefined && to.base !== issue.pull.base) {
    changes['base'] = { ref: { from: issue.pull.base }, sha: { from: issue.pull.baseSha } };
    issue.pull.base = to.base;
    issue.pull.baseSha = await baseTip(repo, issue);
    issue.pull.pendingLooks = server.state.mergeabilityDelay;
  }
  if (Object.keys(changes).length === 0) return;
  issue.updatedAt = server.state.time();
  await emitPull(server, repo, issue, 'edited', by, { changes });
}

/** Takes a pull request out of draft. */
export async function markReady(server: Server, repo: Repository, issue: PullRequest, by: User): Promise<void> {
  if (!issue.pull.draft) return;
  issue.pull.draft = false;
  issue.updatedAt = server.state.time();
  await emitPull(server, repo, issue, 'ready_for_review', by);
}

/** Puts labels on a pull request; those that are there stay. */
export async function addLabels(
  server: Server,
  repo: Repository,
  issue: PullRequest,
  names: readonly string[],
  by: User,
): Promise<void> {
  for (const name of names) {
    if (issue.labels.some((label) => label.name === name)) continue;
    const label = { id: server.state.nextId(), name };
    issue.labels.push(label);
    await emitPull(server, repo, issue, 'labeled', by, { label: showLabel(server, repo, label) });
  }
}
