import { deploymentText } from '../../templates/answers.ts';
import { syncFailedText, syncMarker, syncSucceededText } from '../../templates/sync-comment.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { RepoName } from '../spec/event.ts';
import type { Operation } from '../spec/operation.ts';
import type { DeploymentState, Forge, Queue, Store } from '../spec/ports.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import { inventoryAfter } from '../sync/index.ts';
import { SUPERSEDED } from './start-operation.ts';

export interface FinishPorts {
  readonly forge: Pick<Forge, 'createDeployment' | 'setDeployment' | 'hasComment' | 'upsertComment'>;
  readonly store: Pick<Store, 'histories' | 'inventories' | 'once' | 'seen'>;
  readonly queue: Queue;
  readonly host: string;
}

/**
 * Shows an operation at GitHub, as a Deployment of the commit to an environment named like the application; repairs of
 * drift bring no new commit and are not shown. Answers the operation with its Deployment.
 */
export async function showOperation(
  operation: Operation,
  application: Application,
  ports: FinishPorts,
): Promise<Operation> {
  const [source] = sourcesOf(application);
  const repo: RepoName | undefined = source && repositoryOf(source.repoURL, ports.host);
  const sha = operation.revisions[0];
  if (operation.trigger.kind === 'self-heal' || operation.deployment !== undefined) return operation;
  if (repo === undefined || sha === undefined) return operation;
  const description = deploymentText({ ...operation, message: 'syncing' });
  const about = { operation: operation.id, sha, environment: operation.application, description };
  const id = await ports.forge.createDeployment(repo, about);
  return { ...operation, deployment: { repo, id } };
}

/** Says that a Deployment is under way: once its operation is saved, so that nobody says so who came too late. */
export async function showProgress({ deployment, ...operation }: Operation, ports: FinishPorts): Promise<void> {
  if (deployment === undefined) return;
  const description = deploymentText({ ...operation, message: 'syncing' });
  await ports.forge.setDeployment(deployment.repo, deployment.id, 'in_progress', description);
}

const STATES = {
  Running: 'in_progress',
  Terminating: 'in_progress',
  Succeeded: 'success',
  Failed: 'failure',
  Error: 'error',
} as const satisfies Record<Operation['phase'], DeploymentState>;

/**
 * What is left to do when an operation is over: the inventory without what was pruned, one history entry, the Deployment
 * and the merged pull request. It may be done any number of times.
 */
export async function finishOperation(operation: Operation, ports: FinishPorts): Promise<void> {
  const { application, finishedAt = operation.startedAt, tasks = [] } = operation;
  const inventory = await ports.store.inventories.load(application);
  if (inventory !== undefined) await ports.store.inventories.save(application, inventoryAfter(inventory, [], tasks));
  const { id, revisions, definition, trigger, phase, message, startedAt, historyLimit = 10, sources, only } = operation;
  await ports.store.histories.append(
    {
      operation: id,
      revisions,
      definition,
      trigger,
      phase,
      message,
      startedAt,
      finishedAt,
      tasks,
      ...(sources && { sources }),
      ...(only && { only }),
    },
    application,
    historyLimit,
  );
  if (operation.deployment !== undefined) {
    const { repo, id: deployment } = operation.deployment;
    await ports.forge.setDeployment(repo, deployment, STATES[phase], deploymentText(operation));
  }
  await tellPull(operation, ports.forge);
}

/** The merged pull request hears of a sync that failed, and of the one that mends it; success alone makes no noise. */
async function tellPull(operation: Operation, forge: FinishPorts['forge']): Promise<void> {
  const { pull } = operation.trigger;
  if (pull === undefined || operation.message === SUPERSEDED) return;
  const marker = syncMarker(operation.application);
  if (operation.phase !== 'Succeeded') {
    await forge.upsertComment(pull.repo, pull.number, marker, syncFailedText(operation));
  } else if (await forge.hasComment(pull.repo, pull.number, marker)) {
    await forge.upsertComment(pull.repo, pull.number, marker, syncSucceededText(operation));
  }
}
