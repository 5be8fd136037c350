import { z } from 'zod';
import { latestChecks } from '../checks.ts';
import { addDeployment, addDeploymentStatus, DEPLOYMENT_STATES } from '../deployments.ts';
import { invalid, notFound, paged, param, type Reply, type RepoCall, type Route, readBody, refusal } from '../http.ts';
import { isAncestor, mergeTree, writeCommit } from '../objects.ts';
import { pushBranch } from '../pushes.ts';
import { showDeployment, showDeploymentStatus } from '../shapes/deployment.ts';
import { signatureOf } from '../signature.ts';
import type { Deployment } from '../state.ts';

const MAX_DESCRIPTION = 140;

/** Deployments and their statuses. https://docs.github.com/rest/deployments */
export const deploymentRoutes: readonly Route[] = [
  {
    operation: 'POST /repos/{owner}/{repo}/deployments',
    by: 'repository',
    need: ['deployments', 'write'],
    handle: create,
  },
  { operation: 'GET /repos/{owner}/{repo}/deployments', by: 'repository', need: ['deployments', 'read'], handle: list },
  {
    operation: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}',
    by: 'repository',
    need: ['deployments', 'read'],
    handle: async (call) => ({ status: 200, body: showDeployment(call, call.repo, deploymentOf(call)) }),
  },
  {
    operation: 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    by: 'repository',
    need: ['deployments', 'write'],
    handle: createStatus,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    by: 'repository',
    need: ['deployments', 'read'],
    handle: async (call) => {
      const deployment = deploymentOf(call);
      const newestFirst = [...deployment.statuses].reverse();
      return paged(call, newestFirst, (status) => showDeploymentStatus(call, call.repo, deployment, status));
    },
  },
];

function deploymentOf(call: RepoCall): Deployment {
  const deployment = call.repo.deployments.find((one) => one.id === Number(param(call, 'deployment_id')));
  if (deployment === undefined) throw notFound();
  return deployment;
}

const NewDeployment = z.object({
  ref: z.string(),
  task: z.string().default('deploy'),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
  environment: z.string().default('production'),
  description: z.string().nullish(),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});

/**
 * Two defaults surprise: a branch that is behind the default branch is merged with it instead of being deployed (202),
 * and a commit with any status or check that is not a success is refused (409); `auto_merge: false` and
 * `required_contexts: []` switch them off.
 */
async function create(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const wanted = readBody(call, NewDeployment);
  const sha = await repo.git.resolve(wanted.ref);
  if (sha === undefined) throw refusal(422, `No ref found for: ${wanted.ref}`);
  if ((wanted.description?.length ?? 0) > MAX_DESCRIPTION) {
    throw invalid(
      'Deployment',
      'description',
      'custom',
      `description is too long (maximum is ${MAX_DESCRIPTION} characters)`,
    );
  }
  const merged = wanted.auto_merge ? await mergeDefaultBranch(call, wanted.ref, sha) : undefined;
  if (merged !== undefined) return { status: 202, body: { message: merged } };
  const failing = openContexts(call, sha, wanted.required_contexts);
  if (failing.length > 0) {
    throw refusal(409, `Conflict: Commit status checks failed for ${wanted.ref}.`, [
      { resource: 'Deployment', field: 'required_contexts', code: 'invalid', contexts: failing },
    ]);
  }
  const deployment = addDeployment(call, repo, {
    sha,
    ref: wanted.ref,
    task: wanted.task,
    payload: wanted.payload,
    environment: wanted.environment,
    description: wanted.description ?? null,
    transient: wanted.transient_environment,
    production: wanted.production_environment ?? wanted.environment === 'production',
    creator: call.user,
    app: call.app,
  });
  return { status: 201, body: showDeployment(call, repo, deployment) };
}

async function mergeDefaultBranch(call: RepoCall, ref: string, sha: string): Promise<string | undefined> {
  const { repo, state } = call;
  const isBranch = (await repo.git.resolve(`refs/heads/${ref}`)) === sha;
  const tip = await repo.git.resolve(repo.defaultBranch);
  if (!isBranch || tip === undefined || (await isAncestor(repo.git, tip, sha))) return undefined;
  const tree = await mergeTree(repo.git, sha, tip);
  if (tree === null) throw refusal(409, `Conflict merging ${repo.defaultBranch} into ${ref}.`);
  const by = signatureOf(state, call.user);
  const message = `Merge branch '${repo.defaultBranch}' into ${ref}`;
  const commit = await writeCommit(repo.git, { tree, parents: [sha, tip], message, author: by, committer: by });
  await pushBranch(call, repo, ref, commit, call.user);
  return `Auto-merged ${repo.defaultBranch} into ${ref} on deployment.`;
}

/** The statuses and checks of a commit that are not a success: all, or those that are named. */
function openContexts(call: RepoCall, sha: string, required: readonly string[] | undefined): string[] {
  const states = new Map<string, boolean>();
  for (const status of call.repo.statuses) {
    if (status.sha === sha) states.set(status.context, status.state === 'success');
  }
  for (const check of latestChecks(call.repo, sha)) {
    states.set(check.name, ['success', 'neutral', 'skipped'].includes(check.conclusion ?? ''));
  }
  return (required ?? [...states.keys()]).filter((context) => states.get(context) !== true);
}

async function list(call: RepoCall): Promise<Reply> {
  const matches = (deployment: Deployment) =>
    (['sha', 'ref', 'task', 'environment'] as const).every((field) => {
      const wanted = call.query.get(field);
      return wanted === null || wanted === '' || wanted === 'none' || wanted === deployment[field];
    });
  const newestFirst = call.repo.deployments.filter(matches).reverse();
  return paged(call, newestFirst, (deployment) => showDeployment(call, call.repo, deployment));
}

const NewStatus = z.object({
  state: z.enum(DEPLOYMENT_STATES),
  target_url: z.string().default(''),
  log_url: z.string().optional(),
  description: z.string().default(''),
  environment: z.string().optional(),
  environment_url: z.string().default(''),
  auto_inactive: z.boolean().default(true),
});

async function createStatus(call: RepoCall): Promise<Reply> {
  const deployment = deploymentOf(call);
  const wanted = readBody(call, NewStatus);
  if (wanted.description.length > MAX_DESCRIPTION) {
    throw invalid(
      'DeploymentStatus',
      'description',
      'custom',
      `description is too long (maximum is ${MAX_DESCRIPTION} characters)`,
    );
  }
  const status = addDeploymentStatus(call, call.repo, deployment, {
    state: wanted.state,
    description: wanted.description,
    environment: wanted.environment ?? deployment.statuses.at(-1)?.environment ?? deployment.environment,
    environmentUrl: wanted.environment_url,
    logUrl: wanted.log_url ?? wanted.target_url,
    autoInactive: wanted.auto_inactive,
    creator: call.user,
    app: call.app,
  });
  return { status: 201, body: showDeploymentStatus(call, call.repo, deployment, status) };
}
