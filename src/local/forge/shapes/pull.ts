import { type Label, nodeId, type PullRequest, permissionOf, type Repository, type User } from '../state.ts';
import { type Addresses, apiUrl, type Json, showUser } from './account.ts';
import { repoPage, repoUrl, showRepository } from './repository.ts';

/** How somebody stands to a repository, as GitHub tells it beside what they wrote. */
export function association(repo: Repository, user: User): string {
  if (user.login === repo.owner.login) return 'OWNER';
  const permission = permissionOf(repo, user);
  return permission === 'none' || (permission === 'read' && repo.visibility === 'public') ? 'NONE' : 'COLLABORATOR';
}

/** Schema `label`. */
export function showLabel(at: Addresses, repo: Repository, label: Label): Json {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repoUrl(at, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    description: null,
    color: 'ededed',
    default: false,
  };
}

/** Schema `pull-request-simple`: a pull request in a list. */
export function showPull(at: Addresses, repo: Repository, issue: PullRequest, mergeCommit: string | null): Json {
  const { pull } = issue;
  const url = `${repoUrl(at, repo)}/pulls/${issue.number}`;
  const issueUrl = `${repoUrl(at, repo)}/issues/${issue.number}`;
  const page = `${repoPage(at, repo)}/pull/${issue.number}`;
  const addresses = {
    html: page,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repoUrl(at, repo)}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${repoUrl(at, repo)}/statuses/${pull.headSha}`,
  };
  const end = (ref: string, sha: string): Json => ({
    label: `${repo.owner.login}:${ref}`,
    ref,
    sha,
    user: showUser(at, repo.owner),
    repo: showRepository(at, repo),
  });
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: addresses.issue,
    commits_url: addresses.commits,
    review_comments_url: addresses.review_comments,
    review_comment_url: addresses.review_comment,
    comments_url: addresses.comments,
    statuses_url: addresses.statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    active_lock_reason: null,
    title: issue.title,
    user: showUser(at, issue.user),
    body: issue.body,
    labels: issue.labels.map((label) => showLabel(at, repo, label)),
    milestone: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: end(pull.head, pull.headSha),
    base: end(pull.base, pull.baseSha),
    _links: {
      self: { href: url },
      ...Object.fromEntries(Object.entries(addresses).map(([name, href]) => [name, { href }])),
    },
    author_association: association(repo, issue.user),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** What the schema `pull-request` has more than `pull-request-simple`. */
export interface PullFigures {
  readonly mergeable: boolean | null;
  readonly mergeCommit: string | null;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** Schema `pull-request`: one pull request, with whether it can be merged. */
export function showFullPull(at: Addresses, repo: Repository, issue: PullRequest, figures: PullFigures): Json {
  const { pull } = issue;
  const state = pull.merged || figures.mergeable === null ? 'unknown' : figures.mergeable ? 'clean' : 'dirty';
  return {
    ...showPull(at, repo, issue, figures.mergeCommit),
    merged: pull.merged,
    mergeable: figures.mergeable,
    rebaseable: figures.mergeable,
    mergeable_state: pull.draft && state === 'clean' ? 'draft' : state,
    merged_by: pull.mergedBy === null ? null : showUser(at, pull.mergedBy),
    comments: [...repo.comments.values()].filter((comment) => comment.issue === issue).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: figures.commits,
    additions: figures.additions,
    deletions: figures.deletions,
    changed_files: figures.changedFiles,
  };
}

/** Schema `pull-request-minimal`: how a check run names the pull requests of its commit. */
export function showMinimalPull(at: Addresses, repo: Repository, issue: PullRequest): Json {
  const short = { id: repo.id, url: repoUrl(at, repo), name: repo.name };
  return {
    id: issue.pull.id,
    number: issue.number,
    url: `${apiUrl(at)}/repos/${repo.fullName}/pulls/${issue.number}`,
    head: { ref: issue.pull.head, sha: issue.pull.headSha, repo: short },
    base: { ref: issue.pull.base, sha: issue.pull.baseSha, repo: short },
  };
}
