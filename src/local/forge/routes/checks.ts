import { z } from 'zod';
import { addCheck, changeCheck, latestChecks, MAX_ANNOTATIONS, MAX_OUTPUT } from '../checks.ts';
import { invalid, notFound, paged, param, type Reply, type RepoCall, type Route, readBody, refusal } from '../http.ts';
import { objectType } from '../objects.ts';
import { showCheck, showStatus } from '../shapes/check.ts';
import type { CheckRun, CommitStatus } from '../state.ts';

/** Check runs and commit statuses. https://docs.github.com/rest/checks */
export const checkRoutes: readonly Route[] = [
  { operation: 'POST /repos/{owner}/{repo}/check-runs', by: 'repository', need: ['checks', 'write'], handle: create },
  {
    operation: 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}',
    by: 'repository',
    need: ['checks', 'read'],
    handle: async (call) => ({ status: 200, body: showCheck(call, call.repo, checkOf(call)) }),
  },
  {
    operation: 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
    by: 'repository',
    need: ['checks', 'write'],
    handle: update,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    by: 'repository',
    need: ['checks', 'read'],
    handle: list,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/statuses/{sha}',
    by: 'repository',
    need: ['statuses', 'write'],
    handle: createStatus,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/commits/{ref}/statuses',
    by: 'repository',
    need: ['statuses', 'read'],
    handle: listStatuses,
  },
];

const CONCLUSIONS = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
] as const;

const Annotation = z.object({
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().optional(),
});

const Change = z.object({
  name: z.string().optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending']).optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(Annotation).optional(),
    })
    .optional(),
});

function checkOf(call: RepoCall): CheckRun {
  const check = call.repo.checks.find((one) => one.id === Number(param(call, 'check_run_id')));
  if (check === undefined) throw notFound();
  return check;
}

/** Throws 422 in GitHub's words for what the schema cannot say: lengths, counts, a completed run that concludes nothing. */
function checkLimits(change: z.infer<typeof Change>): void {
  for (const text of [change.output?.summary ?? '', change.output?.text ?? '']) {
    if (text.length > MAX_OUTPUT) {
      throw refusal(
        422,
        `Invalid request.\n\nOnly ${MAX_OUTPUT} characters are allowed; ${text.length} were supplied.`,
      );
    }
  }
  const annotations = change.output?.annotations?.length ?? 0;
  if (annotations > MAX_ANNOTATIONS) {
    throw refusal(
      422,
      `Invalid request.\n\nNo more than ${MAX_ANNOTATIONS} items are allowed; ${annotations} were supplied.`,
    );
  }
  if (change.status === 'completed' && change.conclusion === undefined) {
    throw refusal(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
}

async function create(call: RepoCall): Promise<Reply> {
  const wanted = readBody(call, Change.extend({ name: z.string(), head_sha: z.string() }));
  checkLimits(wanted);
  if ((await objectType(call.repo.git, wanted.head_sha)) !== 'commit') {
    throw refusal(422, `No commit found for SHA: ${wanted.head_sha}`);
  }
  const check = addCheck(call, call.repo, call.app, wanted.head_sha, wanted.name);
  changeCheck(call, check, wanted);
  return { status: 201, body: showCheck(call, call.repo, check) };
}

async function update(call: RepoCall): Promise<Reply> {
  const check = checkOf(call);
  if (check.app !== call.app)
    throw refusal(
      403,
      'Invalid app_id `' +
        String(call.app.id) +
        '` - check run can only be modified by the GitHub App that created it.',
    );
  const wanted = readBody(call, Change);
  checkLimits(wanted);
  changeCheck(call, check, wanted);
  return { status: 200, body: showCheck(call, call.repo, check) };
}

async function list(call: RepoCall): Promise<Reply> {
  const sha = await commitOf(call);
  const name = call.query.get('check_name');
  const status = call.query.get('status');
  const app = call.query.get('app_id');
  const all =
    call.query.get('filter') === 'all'
      ? call.repo.checks.filter((one) => one.headSha === sha)
      : latestChecks(call.repo, sha);
  const found = all.filter(
    (one) =>
      (name === null || one.name === name) &&
      (status === null || one.status === status) &&
      (app === null || one.app.id === Number(app)),
  );
  return paged(
    call,
    found,
    (check) => showCheck(call, call.repo, check),
    (shown, total) => ({ total_count: total, check_runs: shown }),
  );
}

async function commitOf(call: RepoCall): Promise<string> {
  const ref = param(call, 'ref');
  const sha = await call.repo.git.resolve(ref);
  if (sha === undefined) throw refusal(422, `No commit found for SHA: ${ref}`);
  return sha;
}

const NewStatus = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
  context: z.string().default('default'),
});

async function createStatus(call: RepoCall): Promise<Reply> {
  const sha = param(call, 'sha');
  const wanted = readBody(call, NewStatus);
  if ((wanted.description?.length ?? 0) > 140) {
    throw invalid('Status', 'description', 'custom', 'description is too long (maximum is 140 characters)');
  }
  if ((await objectType(call.repo.git, sha)) !== 'commit') throw refusal(422, `No commit found for SHA: ${sha}`);
  const status: CommitStatus = {
    id: call.state.nextId(),
    sha,
    creator: call.user,
    state: wanted.state,
    context: wanted.context,
    description: wanted.description ?? null,
    targetUrl: wanted.target_url ?? null,
    createdAt: call.state.time(),
  };
  call.repo.statuses.push(status);
  return { status: 201, body: showStatus(call, call.repo, status) };
}

async function listStatuses(call: RepoCall): Promise<Reply> {
  const sha = await commitOf(call);
  const found = call.repo.statuses.filter((status) => status.sha === sha).reverse();
  return paged(call, found, (status) => showStatus(call, call.repo, status));
}
