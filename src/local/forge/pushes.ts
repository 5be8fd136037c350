import type { Signature } from './git.ts';
import type { Server } from './http.ts';
import { commitsBetween, EMPTY_TREE, isAncestor } from './objects.ts';
import { emitPull } from './pulls.ts';
import type { Json } from './shapes/account.ts';
import { repoPage, repoUrl, showRepository } from './shapes/repository.ts';
import { pullsOf, type Repository, type User } from './state.ts';

const NOTHING = '0'.repeat(40);
/** A push names at most so many commits. */
const MAX_COMMITS = 2048;

/**
 * Moves, creates or (null) deletes a branch, and everything that follows from a push: the `push` webhook, the pull
 * requests from that branch take its new head and tell so (`synchronize`), or are closed with it.
 */
export async function pushBranch(
  server: Server,
  repo: Repository,
  branch: string,
  sha: string | null,
  by: User,
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const before = await repo.git.resolve(ref);
  if (before === (sha ?? undefined)) return;
  await repo.git.setRef(ref, sha);
  await branchMoved(server, repo, branch, before, sha, by);
}

/** What follows when a branch has been moved already. */
export async function branchMoved(
  server: Server,
  repo: Repository,
  branch: string,
  before: string | undefined,
  sha: string | null,
  by: User,
): Promise<void> {
  const { state } = server;
  repo.pushedAt = state.time();
  server.webhooks.emit(repo, 'push', undefined, await pushPayload(server, repo, branch, before, sha, by), by);
  for (const issue of pullsOf(repo)) {
    if (issue.state !== 'open' || issue.pull.head !== branch) continue;
    if (sha === null) {
      issue.state = 'closed';
      issue.closedAt = state.time();
      await emitPull(server, repo, issue, 'closed', by);
      continue;
    }
    issue.pull.headSha = sha;
    issue.pull.baseSha = (await repo.git.resolve(`refs/heads/${issue.pull.base}`)) ?? issue.pull.baseSha;
    issue.pull.pendingLooks = state.mergeabilityDelay;
    issue.updatedAt = state.time();
    await repo.git.setRef(`refs/pull/${issue.number}/head`, sha);
    await emitPull(server, repo, issue, 'synchronize', by, { before: before ?? NOTHING, after: sha });
  }
}

/** https://docs.github.com/webhooks/webhook-events-and-payloads#push */
async function pushPayload(
  server: Server,
  repo: Repository,
  branch: string,
  before: string | undefined,
  after: string | null,
  by: User,
): Promise<Json> {
  const page = repoPage(server, repo);
  const commits = after === null ? [] : await pushedCommits(server, repo, before, after);
  return {
    ref: `refs/heads/${branch}`,
    before: before ?? NOTHING,
    after: after ?? NOTHING,
    // Here, and nowhere else, GitHub writes these times as numbers.
    repository: {
      ...showRepository(server, repo),
      created_at: Math.floor(Date.parse(repo.createdAt) / 1000),
      pushed_at: Math.floor(Date.parse(repo.pushedAt) / 1000),
      master_branch: repo.defaultBranch,
    },
    pusher: { name: by.login, email: by.email },
    created: before === undefined,
    deleted: after === null,
    forced: before !== undefined && after !== null && !(await isAncestor(repo.git, before, after)),
    base_ref: null,
    compare: before === undefined ? `${page}/commits/${branch}` : `${page}/compare/${before}...${after ?? NOTHING}`,
    commits,
    head_commit: commits.at(-1) ?? (after === null ? null : await pushedCommit(server, repo, after)),
  };
}

async function pushedCommits(
  server: Server,
  repo: Repository,
  before: string | undefined,
  after: string,
): Promise<Json[]> {
  const from = before ?? (await repo.git.resolve(`refs/heads/${repo.defaultBranch}`));
  // A first push lists nothing but its head, as GitHub does for a branch without anything to compare with.
  if (from === undefined || from === after) return [];
  const commits = (await commitsBetween(repo.git, from, after)).slice(-MAX_COMMITS);
  return Promise.all(commits.map((commit) => pushedCommit(server, repo, commit.sha)));
}

async function pushedCommit(server: Server, repo: Repository, sha: string): Promise<Json> {
  const commit = await repo.git.commitInfo(sha);
  const text = await repo.git.run([
    'diff',
    '--name-status',
    '--no-renames',
    '-z',
    commit.parents[0] ?? EMPTY_TREE,
    sha,
    '--',
  ]);
  const tokens = text.split('\0');
  const paths = (letters: string) =>
    tokens.flatMap((token, index) => (index % 2 === 1 && letters.includes(tokens[index - 1] ?? '-') ? [token] : []));
  const username = (email: string) =>
    [...server.state.users.values()].find((user) => user.email === email)?.login ?? null;
  const who = (by: Signature) => ({ name: by.name, email: by.email, date: by.date, username: username(by.email) });
  return {
    id: sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repoUrl(server, repo)}/commits/${sha}`,
    author: who(commit.author),
    committer: who(commit.committer),
    added: paths('A'),
    removed: paths('D'),
    modified: paths('MT'),
  };
}
