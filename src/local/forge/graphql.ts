import { buildSchema, GraphQLError, graphql } from 'graphql';
import { z } from 'zod';
import { admit, repositoriesOf } from './auth.ts';
import type { Call, Need, Server } from './http.ts';
import { revertPull } from './merging.ts';
import { markReady } from './pulls.ts';
import { issuePage } from './shapes/issue.ts';
import {
  type Comment,
  isPull,
  nodeId,
  type PullRequest,
  pullsOf,
  type Repository,
  type Token,
  type User,
} from './state.ts';

/** The part of GitHub's public schema that trimtab uses. https://docs.github.com/graphql/reference */
const schema = buildSchema(`
  scalar URI
  scalar GitObjectID
  interface Node { id: ID! }
  type Query {
    repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
    viewer: User!
  }
  type User { login: String! }
  type Repository implements Node {
    id: ID!
    nameWithOwner: String!
    pullRequest(number: Int!): PullRequest
  }
  type Commit implements Node { id: ID! oid: GitObjectID! }
  enum PullRequestState { CLOSED MERGED OPEN }
  type PullRequest implements Node {
    id: ID!
    number: Int!
    title: String!
    body: String!
    url: URI!
    state: PullRequestState!
    merged: Boolean!
    isDraft: Boolean!
    headRefName: String!
    baseRefName: String!
    headRefOid: GitObjectID!
    mergeCommit: Commit
  }
  interface Minimizable { isMinimized: Boolean! minimizedReason: String }
  type IssueComment implements Node & Minimizable {
    id: ID!
    body: String!
    isMinimized: Boolean!
    minimizedReason: String
  }
  enum ReportedContentClassifiers { ABUSE DUPLICATE OFF_TOPIC OUTDATED RESOLVED SPAM }
  input RevertPullRequestInput {
    pullRequestId: ID!
    title: String
    body: String
    draft: Boolean = false
    clientMutationId: String
  }
  type RevertPullRequestPayload { clientMutationId: String pullRequest: PullRequest revertPullRequest: PullRequest }
  input MinimizeCommentInput { subjectId: ID! classifier: ReportedContentClassifiers! clientMutationId: String }
  type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
  input MarkPullRequestReadyForReviewInput { pullRequestId: ID! clientMutationId: String }
  type MarkPullRequestReadyForReviewPayload { clientMutationId: String pullRequest: PullRequest }
  type Mutation {
    revertPullRequest(input: RevertPullRequestInput!): RevertPullRequestPayload
    minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
    markPullRequestReadyForReview(input: MarkPullRequestReadyForReviewInput!): MarkPullRequestReadyForReviewPayload
  }
`);

const Request = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** GitHub's own word for what kind of error it is; stands beside the message, not under `extensions`. */
type ErrorType = 'NOT_FOUND' | 'FORBIDDEN' | 'UNPROCESSABLE';

function failure(type: ErrorType, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** Who asks, and with which token. */
interface Asker extends Server {
  readonly token: Token;
  readonly user: User;
}

/**
 * Executes a GraphQL request over the schema above. As with GitHub, everything that goes wrong inside comes with
 * status 200 and `errors`.
 */
export async function answerGraphql(call: Call & Asker): Promise<Record<string, unknown>> {
  const request = Request.safeParse(call.body);
  if (!request.success) return { message: 'A query attribute must be specified and must be a string.' };
  const { query, variables, operationName } = request.data;
  const result = await graphql({
    schema,
    source: query,
    rootValue: resolvers(call),
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    typeResolver: () => 'IssueComment',
  });
  const errors = result.errors?.map((error) => ({
    ...(typeof error.extensions['type'] === 'string' ? { type: error.extensions['type'] } : {}),
    path: error.path,
    locations: error.locations,
    message: error.message,
  }));
  return { ...(result.data === undefined ? {} : { data: result.data }), ...(errors === undefined ? {} : { errors }) };
}

interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string | null };
}

function resolvers(asker: Asker): Record<string, unknown> {
  return {
    viewer: () => ({ login: asker.user.login }),
    repository({ owner, name }: { owner: string; name: string }) {
      const repo = asker.state.repositories.get(`${owner}/${name}`.toLowerCase());
      if (repo === undefined || !sees(asker, repo)) {
        throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      }
      return {
        id: nodeId('R', repo.id),
        nameWithOwner: repo.fullName,
        pullRequest({ number }: { number: number }) {
          const issue = repo.issues.get(number);
          if (issue === undefined || !isPull(issue)) {
            throw failure('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${number}.`);
          }
          return showPull(asker, repo, issue);
        },
      };
    },
    async revertPullRequest({
      input,
    }: Input<{ pullRequestId: string; title?: string | null; body?: string | null; draft?: boolean | null }>) {
      const { repo, issue } = findPull(asker, input.pullRequestId);
      demand(asker, repo, ['contents', 'write']);
      demand(asker, repo, ['pull_requests', 'write']);
      const { mergeCommit } = issue.pull;
      if (mergeCommit === null) throw failure('UNPROCESSABLE', 'Only merged pull requests can be reverted.');
      const merged = { ...issue, pull: { ...issue.pull, mergeCommit } };
      const words = { title: input.title ?? undefined, body: input.body ?? undefined, draft: input.draft ?? undefined };
      const reverted = await revertPull(asker, repo, merged, asker.user, words);
      if (reverted === null || 'refused' in reverted) {
        throw failure(
          'UNPROCESSABLE',
          'Sorry, this pull request couldn’t be reverted automatically. It may have already been reverted, or the content may have changed since it was merged.',
        );
      }
      return {
        clientMutationId: input.clientMutationId ?? null,
        pullRequest: showPull(asker, repo, issue),
        revertPullRequest: showPull(asker, repo, reverted),
      };
    },
    minimizeComment({ input }: Input<{ subjectId: string; classifier: string }>) {
      const { repo, comment } = findComment(asker, input.subjectId);
      demand(asker, repo, ['issues|pull_requests', 'write']);
      comment.minimized = input.classifier.toLowerCase().replace('_', '-');
      return {
        clientMutationId: input.clientMutationId ?? null,
        minimizedComment: {
          id: nodeId('IC', comment.id),
          body: comment.body,
          isMinimized: true,
          minimizedReason: comment.minimized,
        },
      };
    },
    async markPullRequestReadyForReview({ input }: Input<{ pullRequestId: string }>) {
      const { repo, issue } = findPull(asker, input.pullRequestId);
      demand(asker, repo, ['pull_requests', 'write']);
      await markReady(asker, repo, issue, asker.user);
      return { clientMutationId: input.clientMutationId ?? null, pullRequest: showPull(asker, repo, issue) };
    },
  };
}

function sees(asker: Asker, repo: Repository): boolean {
  return repo.visibility === 'public' || repositoriesOf(asker.token).includes(repo);
}

function demand(asker: Asker, repo: Repository, need: Need): void {
  try {
    admit(asker.token, repo, need);
  } catch {
    throw failure('FORBIDDEN', 'Resource not accessible by integration');
  }
}

function findPull(asker: Asker, id: string): { repo: Repository; issue: PullRequest } {
  for (const repo of asker.state.repositories.values()) {
    const issue = sees(asker, repo) ? pullsOf(repo).find((one) => nodeId('PR', one.pull.id) === id) : undefined;
    if (issue !== undefined) return { repo, issue };
  }
  throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function findComment(asker: Asker, id: string): { repo: Repository; comment: Comment } {
  for (const repo of asker.state.repositories.values()) {
    const comment = sees(asker, repo)
      ? [...repo.comments.values()].find((one) => nodeId('IC', one.id) === id)
      : undefined;
    if (comment !== undefined) return { repo, comment };
  }
  throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function showPull(asker: Asker, repo: Repository, issue: PullRequest): Record<string, unknown> {
  const { pull } = issue;
  return {
    id: nodeId('PR', pull.id),
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    url: issuePage(asker, repo, issue),
    state: pull.merged ? 'MERGED' : issue.state === 'open' ? 'OPEN' : 'CLOSED',
    merged: pull.merged,
    isDraft: pull.draft,
    headRefName: pull.head,
    baseRefName: pull.base,
    headRefOid: pull.headSha,
    mergeCommit: pull.mergeCommit === null ? null : { id: nodeId('C', pull.mergeCommit), oid: pull.mergeCommit },
  };
}
