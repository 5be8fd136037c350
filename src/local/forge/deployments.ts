import type { Server } from './http.ts';
import { showDeployment, showDeploymentStatus } from './shapes/deployment.ts';
import type { App, Deployment, DeploymentStatus, Repository, User } from './state.ts';

/** Every state of a deployment status. */
export const DEPLOYMENT_STATES = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;

/** Records a deployment and tells so. */
export function addDeployment(
  server: Server,
  repo: Repository,
  wanted: Omit<Deployment, 'id' | 'createdAt' | 'updatedAt' | 'statuses'>,
): Deployment {
  const time = server.state.time();
  const deployment: Deployment = {
    ...wanted,
    id: server.state.nextId(),
    createdAt: time,
    updatedAt: time,
    statuses: [],
  };
  repo.deployments.push(deployment);
  const shown = { deployment: showDeployment(server, repo, deployment) };
  server.webhooks.emit(repo, 'deployment', 'created', shown, wanted.creator);
  return deployment;
}

/** What a deployment status says. */
export interface NewDeploymentStatus {
  readonly state: string;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly autoInactive: boolean;
  readonly creator: User;
  readonly app: App | null;
}

/**
 * Adds a status to a deployment. A success makes the earlier successful deployments to the same environment inactive,
 * unless it was asked not to, or they are transient.
 * https://docs.github.com/rest/deployments/statuses#create-a-deployment-status
 */
export function addDeploymentStatus(
  server: Server,
  repo: Repository,
  deployment: Deployment,
  wanted: NewDeploymentStatus,
): DeploymentStatus {
  const time = server.state.time();
  const { state, description, environment, environmentUrl, logUrl, creator } = wanted;
  const status: DeploymentStatus = {
    id: server.state.nextId(),
    creator,
    state,
    description,
    environment,
    environmentUrl,
    logUrl,
    createdAt: time,
  };
  deployment.statuses.push(status);
  deployment.updatedAt = time;
  const shown = {
    deployment: showDeployment(server, repo, deployment),
    deployment_status: showDeploymentStatus(server, repo, deployment, status),
  };
  server.webhooks.emit(repo, 'deployment_status', 'created', shown, creator);
  if (state === 'success' && wanted.autoInactive) {
    for (const older of repo.deployments) {
      const earlier = older.id < deployment.id && older.environment === environment && !older.transient;
      if (!earlier || older.statuses.at(-1)?.state !== 'success') continue;
      addDeploymentStatus(server, repo, older, { ...wanted, state: 'inactive', description: '', autoInactive: false });
    }
  }
  return status;
}
