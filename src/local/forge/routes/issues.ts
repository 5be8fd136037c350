import { z } from 'zod';
import { invalid, notFound, paged, param, type Reply, type RepoCall, type Route, readBody } from '../http.ts';
import { addComment, bodyFits, deleteComment, editComment, MAX_BODY } from '../issues.ts';
import { apiUrl } from '../shapes/account.ts';
import { REACTIONS, showComment, showIssue, showReaction } from '../shapes/issue.ts';
import type { Comment, Reaction } from '../state.ts';
import { issueOf } from './pulls.ts';

/** Issues, comments and reactions. https://docs.github.com/rest/issues */
export const issueRoutes: readonly Route[] = [
  {
    operation: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
    by: 'repository',
    need: ['issues|pull_requests', 'read'],
    handle: async (call) => ({ status: 200, body: showIssue(call, call.repo, issueOf(call)) }),
  },
  {
    operation: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
    by: 'repository',
    need: ['issues|pull_requests', 'read'],
    handle: list,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: create,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
    by: 'repository',
    need: ['issues|pull_requests', 'read'],
    handle: async (call) => ({ status: 200, body: showComment(call, call.repo, commentOf(call)) }),
  },
  {
    operation: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: update,
  },
  {
    operation: 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: async (call) => {
      deleteComment(call, call.repo, commentOf(call), call.user);
      return { status: 204 };
    },
  },
  {
    operation: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    by: 'repository',
    need: ['issues|pull_requests', 'read'],
    handle: async (call) => paged(call, commentOf(call).reactions, (reaction) => showReaction(call, reaction)),
  },
  {
    operation: 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: react,
  },
];

function commentOf(call: RepoCall): Comment {
  const comment = call.repo.comments.get(Number(param(call, 'comment_id')));
  if (comment === undefined) throw notFound();
  return comment;
}

/** A comment's text from the request; throws 422 in GitHub's words when it is missing or too long. */
function readText(call: RepoCall): string {
  const { body } = readBody(call, z.object({ body: z.string() }));
  if (body.trim() === '') throw invalid('IssueComment', 'data', 'unprocessable', 'Body cannot be blank');
  if (!bodyFits(body)) {
    throw invalid('IssueComment', 'data', 'unprocessable', `Body is too long (maximum is ${MAX_BODY} characters)`);
  }
  return body;
}

async function list(call: RepoCall): Promise<Reply> {
  const issue = issueOf(call);
  const since = call.query.get('since');
  const found = [...call.repo.comments.values()].filter(
    (comment) => comment.issue === issue && (since === null || Date.parse(comment.updatedAt) >= Date.parse(since)),
  );
  return paged(call, found, (comment) => showComment(call, call.repo, comment));
}

async function create(call: RepoCall): Promise<Reply> {
  const issue = issueOf(call);
  const comment = addComment(call, call.repo, issue, { body: readText(call), user: call.user, app: call.app });
  const location = `${apiUrl(call)}/repos/${call.repo.fullName}/issues/comments/${comment.id}`;
  return { status: 201, body: showComment(call, call.repo, comment), headers: { location } };
}

async function update(call: RepoCall): Promise<Reply> {
  const comment = commentOf(call);
  editComment(call, call.repo, comment, readText(call), call.user);
  return { status: 200, body: showComment(call, call.repo, comment) };
}

/** 201 for a new reaction, 200 when this user reacted so before. */
async function react(call: RepoCall): Promise<Reply> {
  const comment = commentOf(call);
  const { content } = readBody(call, z.object({ content: z.enum(REACTIONS) }));
  const there = comment.reactions.find((one) => one.content === content && one.user === call.user);
  if (there !== undefined) return { status: 200, body: showReaction(call, there) };
  const reaction: Reaction = { id: call.state.nextId(), user: call.user, content, createdAt: call.state.time() };
  comment.reactions.push(reaction);
  return { status: 201, body: showReaction(call, reaction) };
}
