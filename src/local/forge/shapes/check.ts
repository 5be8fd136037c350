import { type CheckRun, type CommitStatus, nodeId, pullsOf, type Repository } from '../state.ts';
import { type Addresses, type Json, showApp, showUser } from './account.ts';
import { showMinimalPull } from './pull.ts';
import { repoPage, repoUrl } from './repository.ts';

/** Schema `check-run`. */
export function showCheck(at: Addresses, repo: Repository, check: CheckRun): Json {
  const url = `${repoUrl(at, repo)}/check-runs/${check.id}`;
  const page = `${repoPage(at, repo)}/runs/${check.id}`;
  const pulls = pullsOf(repo).filter((issue) => issue.state === 'open' && issue.pull.headSha === check.headSha);
  return {
    id: check.id,
    node_id: nodeId('CR', check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: page,
    details_url: check.detailsUrl ?? at.url,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: check.name,
    check_suite: { id: check.suite },
    app: showApp(at, check.app),
    pull_requests: pulls.map((issue) => showMinimalPull(at, repo, issue)),
  };
}

/** Schema `status`. */
export function showStatus(at: Addresses, repo: Repository, status: CommitStatus): Json {
  return {
    id: status.id,
    node_id: nodeId('SC', status.id),
    url: `${repoUrl(at, repo)}/statuses/${status.sha}`,
    avatar_url: null,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: showUser(at, status.creator),
  };
}
