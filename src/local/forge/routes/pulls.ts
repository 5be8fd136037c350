import { z } from 'zod';
import type { ChangedFile } from '../files.ts';
import { invalid, notFound, paged, param, type Reply, type RepoCall, type Route, readBody, refusal } from '../http.ts';
import { bodyFits } from '../issues.ts';
import { mergePull } from '../merging.ts';
import { addLabels, editPull, openPull, pullFigures, pullFiles, setPullState } from '../pulls.ts';
import { showFile } from '../shapes/commit.ts';
import { showFullPull, showLabel, showPull } from '../shapes/pull.ts';
import { type Issue, isPull, type PullRequest, pullsOf } from '../state.ts';

/** A pull request lists at most so many files. https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
const MAX_FILES = 3000;

/** Pull requests and labels. https://docs.github.com/rest/pulls */
export const pullRoutes: readonly Route[] = [
  { operation: 'GET /repos/{owner}/{repo}/pulls', by: 'repository', need: ['pull_requests', 'read'], handle: list },
  { operation: 'POST /repos/{owner}/{repo}/pulls', by: 'repository', need: ['pull_requests', 'write'], handle: create },
  {
    operation: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    by: 'repository',
    need: ['pull_requests', 'read'],
    handle: get,
  },
  {
    operation: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
    by: 'repository',
    need: ['pull_requests', 'write'],
    handle: update,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files',
    by: 'repository',
    need: ['pull_requests', 'read'],
    handle: files,
  },
  {
    operation: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
    by: 'repository',
    need: ['contents', 'write'],
    handle: merge,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/issues/{issue_number}/labels',
    by: 'repository',
    need: ['issues|pull_requests', 'read'],
    handle: async (call) => {
      const issue = issueOf(call);
      return paged(call, issue.labels, (label) => showLabel(call, call.repo, label));
    },
  },
  {
    operation: 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: label,
  },
  {
    operation: 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    by: 'repository',
    need: ['issues|pull_requests', 'write'],
    handle: unlabel,
  },
];

/** The issue or pull request of the path; throws 404. */
export function issueOf(call: RepoCall): Issue {
  const issue = call.repo.issues.get(Number(param(call, 'issue_number')));
  if (issue === undefined) throw notFound();
  return issue;
}

function pullOf(call: RepoCall): PullRequest {
  const issue = call.repo.issues.get(Number(param(call, 'pull_number')));
  if (issue === undefined || !isPull(issue)) throw notFound();
  return issue;
}

async function list(call: RepoCall): Promise<Reply> {
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head');
  const base = call.query.get('base');
  const found = pullsOf(call.repo).filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      (head === null || head === '' || head === `${call.repo.owner.login}:${issue.pull.head}`) &&
      (base === null || base === '' || base === issue.pull.base),
  );
  const key = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = (call.query.get('direction') ?? 'desc') === 'asc' ? 1 : -1;
  found.sort((a, b) => sign * (a[key].localeCompare(b[key]) || a.number - b.number));
  return paged(call, found, (issue) =>
    showPull(call, call.repo, issue, issue.pull.mergeCommit ?? issue.pull.trial?.commit ?? null),
  );
}

const NewPull = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});

async function create(call: RepoCall): Promise<Reply> {
  const wanted = readBody(call, NewPull);
  if (!bodyFits(wanted.body ?? ''))
    throw invalid('Issue', 'body', 'custom', 'body is too long (maximum is 65536 characters)');
  const issue = await openPull(call, call.repo, {
    title: wanted.title,
    body: wanted.body ?? null,
    head: wanted.head.replace(`${call.repo.owner.login}:`, ''),
    base: wanted.base,
    draft: wanted.draft,
    user: call.user,
  });
  if ('refused' in issue) {
    throw issue.field === undefined
      ? refusal(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message: issue.refused }])
      : invalid('PullRequest', issue.field, 'invalid');
  }
  return { status: 201, body: showFullPull(call, call.repo, issue, await pullFigures(call, call.repo, issue)) };
}

async function get(call: RepoCall): Promise<Reply> {
  const issue = pullOf(call);
  if (call.accept.includes('diff')) {
    const shown = await pullFiles(call.repo, issue);
    const raw = shown.map((file) => diffText(file)).join('');
    return { status: 200, raw, headers: { 'content-type': 'application/vnd.github.diff; charset=utf-8' } };
  }
  return { status: 200, body: showFullPull(call, call.repo, issue, await pullFigures(call, call.repo, issue)) };
}

function diffText(file: ChangedFile): string {
  const from = file.previousPath ?? file.path;
  const header = `diff --git a/${from} b/${file.path}\n`;
  const old = file.status === 'added' ? '/dev/null' : `a/${from}`;
  const now = file.status === 'removed' ? '/dev/null' : `b/${file.path}`;
  return file.patch === undefined ? header : `${header}--- ${old}\n+++ ${now}\n${file.patch}\n`;
}

const PullUpdate = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});

async function update(call: RepoCall): Promise<Reply> {
  const issue = pullOf(call);
  const wanted = readBody(call, PullUpdate);
  if (!bodyFits(wanted.body ?? ''))
    throw invalid('Issue', 'body', 'custom', 'body is too long (maximum is 65536 characters)');
  if (wanted.base !== undefined && (await call.repo.git.resolve(`refs/heads/${wanted.base}`)) === undefined) {
    throw invalid('PullRequest', 'base', 'invalid');
  }
  if (wanted.state === 'open' && issue.pull.merged) {
    throw invalid('PullRequest', 'state', 'custom', 'state cannot be changed. The pull request is merged.');
  }
  await editPull(call, call.repo, issue, wanted, call.user);
  if (wanted.state !== undefined && !issue.pull.merged)
    await setPullState(call, call.repo, issue, wanted.state, call.user);
  return { status: 200, body: showFullPull(call, call.repo, issue, await pullFigures(call, call.repo, issue)) };
}

async function files(call: RepoCall): Promise<Reply> {
  const issue = pullOf(call);
  const changed = await pullFiles(call.repo, issue);
  return paged(call, changed.slice(0, MAX_FILES), (file) => showFile(call, call.repo, issue.pull.headSha, file));
}

const Merge = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

async function merge(call: RepoCall): Promise<Reply> {
  const issue = pullOf(call);
  const wanted = readBody(call, Merge);
  if (wanted.merge_method === 'rebase') throw refusal(405, 'Rebase merges are not allowed on this repository.');
  if (wanted.sha !== undefined && wanted.sha !== issue.pull.headSha) {
    throw refusal(409, 'Head branch was modified. Review and try the merge again.');
  }
  const { commit_title: title, commit_message: message } = wanted;
  const outcome = await mergePull(call, call.repo, issue, call.user, { method: wanted.merge_method, title, message });
  if ('refused' in outcome) {
    throw refusal(405, outcome.refused === 'draft' ? 'Pull Request is still a draft' : 'Pull Request is not mergeable');
  }
  return { status: 200, body: { sha: outcome.merged, merged: true, message: 'Pull Request successfully merged' } };
}

async function label(call: RepoCall): Promise<Reply> {
  const issue = issueOf(call);
  const Names = z.array(z.string());
  const wanted = readBody(
    call,
    z.union([z.object({ labels: Names.default([]) }), Names.transform((labels) => ({ labels }))]),
  );
  if (isPull(issue)) await addLabels(call, call.repo, issue, wanted.labels, call.user);
  return { status: 200, body: issue.labels.map((one) => showLabel(call, call.repo, one)) };
}

async function unlabel(call: RepoCall): Promise<Reply> {
  const issue = issueOf(call);
  const at = issue.labels.findIndex((one) => one.name === param(call, 'name'));
  if (at < 0) throw refusal(404, 'Label does not exist');
  issue.labels.splice(at, 1);
  return { status: 200, body: issue.labels.map((one) => showLabel(call, call.repo, one)) };
}
