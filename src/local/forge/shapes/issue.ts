import { type Comment, type Issue, nodeId, type Reaction, type Repository } from '../state.ts';
import { type Addresses, type Json, showApp, showUser } from './account.ts';
import { association, showLabel } from './pull.ts';
import { repoPage, repoUrl } from './repository.ts';

/** Every reaction that GitHub knows. */
export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;

/** The page of an issue or a pull request. */
export function issuePage(at: Addresses, repo: Repository, issue: Issue): string {
  return `${repoPage(at, repo)}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`;
}

/** Schema `issue`. A pull request is an issue with `pull_request` in it. */
export function showIssue(at: Addresses, repo: Repository, issue: Issue): Json {
  const url = `${repoUrl(at, repo)}/issues/${issue.number}`;
  const page = issuePage(at, repo, issue);
  return {
    id: issue.id,
    node_id: nodeId('I', issue.id),
    url,
    repository_url: repoUrl(at, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number: issue.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: showUser(at, issue.user),
    labels: issue.labels.map((label) => showLabel(at, repo, label)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: [...repo.comments.values()].filter((comment) => comment.issue === issue).length,
    closed_at: issue.closedAt,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    author_association: association(repo, issue.user),
    ...(issue.pull === null
      ? {}
      : {
          draft: issue.pull.draft,
          pull_request: {
            url: `${repoUrl(at, repo)}/pulls/${issue.number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: issue.pull.mergedAt,
          },
        }),
  };
}

/** The address of a comment's anchor on its page. */
export function commentPage(at: Addresses, repo: Repository, comment: Comment): string {
  return `${issuePage(at, repo, comment.issue)}#issuecomment-${comment.id}`;
}

/** Schema `issue-comment`. */
export function showComment(at: Addresses, repo: Repository, comment: Comment): Json {
  const url = `${repoUrl(at, repo)}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: commentPage(at, repo, comment),
    issue_url: `${repoUrl(at, repo)}/issues/${comment.issue.number}`,
    body: comment.body,
    user: showUser(at, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(repo, comment.user),
    performed_via_github_app: comment.app === null ? null : showApp(at, comment.app),
    minimized: comment.minimized === null ? null : { reason: comment.minimized },
    reactions: {
      url: `${url}/reactions`,
      total_count: comment.reactions.length,
      ...Object.fromEntries(
        REACTIONS.map((name) => [name, comment.reactions.filter((one) => one.content === name).length]),
      ),
    },
  };
}

/** Schema `reaction`. */
export function showReaction(at: Addresses, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: showUser(at, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}
