import { type Deployment, type DeploymentStatus, nodeId, type Repository } from '../state.ts';
import { type Addresses, type Json, showApp, showUser } from './account.ts';
import { repoUrl } from './repository.ts';

/** Schema `deployment`. */
export function showDeployment(at: Addresses, repo: Repository, deployment: Deployment): Json {
  const url = `${repoUrl(at, repo)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: showUser(at, deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: repoUrl(at, repo),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.app === null ? null : showApp(at, deployment.app),
  };
}

/**
 * Schema `deployment-status`. GitHub answers empty texts for addresses that were not given, although the description
 * calls them URIs; the check in test/openapi knows.
 */
export function showDeploymentStatus(
  at: Addresses,
  repo: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
): Json {
  const url = `${repoUrl(at, repo)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: showUser(at, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: repoUrl(at, repo),
    performed_via_github_app: deployment.app === null ? null : showApp(at, deployment.app),
  };
}
