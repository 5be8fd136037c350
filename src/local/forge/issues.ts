import type { Server } from './http.ts';
import { showComment, showIssue } from './shapes/issue.ts';
import { type App, type Comment, type Issue, nextNumber, type Repository, type User } from './state.ts';

/** GitHub refuses longer bodies of comments, issues and pull requests with 422. */
export const MAX_BODY = 65_536;

/** True when GitHub would take the text as a body; it counts characters, not bytes. */
export function bodyFits(body: string): boolean {
  return body.length <= MAX_BODY || [...body].length <= MAX_BODY;
}

/** Opens an issue (not a pull request). */
export function openIssue(
  server: Server,
  repo: Repository,
  wanted: { readonly title: string; readonly body: string | null; readonly user: User },
): Issue {
  const { state } = server;
  const time = state.time();
  const issue: Issue = {
    id: state.nextId(),
    number: nextNumber(repo),
    user: wanted.user,
    title: wanted.title,
    body: wanted.body,
    state: 'open',
    createdAt: time,
    updatedAt: time,
    closedAt: null,
    labels: [],
    pull: null,
  };
  repo.issues.set(issue.number, issue);
  server.webhooks.emit(repo, 'issues', 'opened', { issue: showIssue(server, repo, issue) }, wanted.user);
  return issue;
}

/** Writes a comment on an issue or a pull request; `app` is the app through which it came, if any. */
export function addComment(
  server: Server,
  repo: Repository,
  issue: Issue,
  wanted: { readonly body: string; readonly user: User; readonly app: App | null },
): Comment {
  const { state } = server;
  const time = state.time();
  const comment: Comment = {
    id: state.nextId(),
    issue,
    user: wanted.user,
    app: wanted.app,
    body: wanted.body,
    createdAt: time,
    updatedAt: time,
    minimized: null,
    reactions: [],
  };
  repo.comments.set(comment.id, comment);
  issue.updatedAt = time;
  emitComment(server, repo, comment, 'created', wanted.user);
  return comment;
}

/** Changes the text of a comment and tells what it was. */
export function editComment(server: Server, repo: Repository, comment: Comment, body: string, by: User): void {
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = server.state.time();
  emitComment(server, repo, comment, 'edited', by, { changes: { body: { from } } });
}

/** Removes a comment. */
export function deleteComment(server: Server, repo: Repository, comment: Comment, by: User): void {
  repo.comments.delete(comment.id);
  emitComment(server, repo, comment, 'deleted', by);
}

/** https://docs.github.com/webhooks/webhook-events-and-payloads#issue_comment */
function emitComment(
  server: Server,
  repo: Repository,
  comment: Comment,
  action: string,
  by: User,
  details: Readonly<Record<string, unknown>> = {},
): void {
  const shown = { issue: showIssue(server, repo, comment.issue), comment: showComment(server, repo, comment) };
  server.webhooks.emit(repo, 'issue_comment', action, { ...shown, ...details }, by);
}
