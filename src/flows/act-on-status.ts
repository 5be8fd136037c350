import { waitingText } from '../../templates/answers.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RefreshJob, RepoName } from '../spec/event.ts';
import type { ApplicationStatus, Operation, Trigger } from '../spec/operation.ts';
import type { Clock, Clusters, Engines, Forge, Pull, Queue, Renderer, Source, Store } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { automated, isOver, terminate } from '../sync/index.ts';
import { type Pin, revisionsOf } from './desired.ts';
import { tell } from './notify.ts';
import { repoURL } from './preview.ts';
import { sameContent, startOperation } from './start-operation.ts';

export interface RefreshPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly clusters: Clusters;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
  readonly markKey: string;
}

/** What every look of one job has in common. */
export interface Control {
  readonly revision: string;
  readonly catalogue: Catalogue;
  readonly pin: Pin | undefined;
  /** The source of this job: asks where a branch is once, so that all applications see the same commit. */
  readonly source: Source;
}

/** By this line the note on a merged pull request is found again. */
const WAITING_MARKER = '<!-- trimtab:waiting -->';

/**
 * What follows from a look at an application: it is told, saved, and synced if it is to sync by itself. A running
 * operation goes on; one that brings what Git no longer says is ended first, and the look after its end starts the next.
 * Drift is repaired by the scheduled looks only: the one right after a sync must not start another.
 */
export async function actOn(
  application: Application,
  status: ApplicationStatus,
  job: RefreshJob,
  control: Control,
  ports: RefreshPorts,
): Promise<void> {
  const name = applicationName(application);
  const loaded = await ports.store.operations.load(name);
  const last = loaded?.value;
  const wanted = { revisions: status.revisions, definition: control.revision };
  const attempted =
    last === undefined ? {} : { lastAttempt: { revisions: last.revisions, definition: last.definition } };
  const known = { ...status, ...attempted };
  await ports.store.statuses.save(known);
  await tell(application, known, last, control.catalogue, ports);
  if (loaded !== undefined && !isOver(loaded.value.phase)) {
    await attend(loaded.value, loaded.version, sameContent(loaded.value, wanted) || !isAutomated(application), ports);
  } else {
    await startIfDue(application, known, last, job, control, ports);
  }
  await lookAgain(known, job, ports);
}

/** Looks at an application that becomes healthy come after 5, 10, 20, … seconds; then the schedule does. */
const FIRST_LOOK_SECONDS = 5;
const MOST_LOOKS = 6;

/**
 * After a sync, its controllers are still at work: the application is looked at again until it is no longer Progressing,
 * so that it is told promptly that it is Healthy, or not.
 */
async function lookAgain(status: ApplicationStatus, job: RefreshJob, ports: RefreshPorts): Promise<void> {
  if (job.scope.of !== 'applications' || status.health.status !== 'Progressing') return;
  const again = (job.scope.again ?? 0) + 1;
  if (again > MOST_LOOKS) return;
  await ports.queue.send(
    { kind: 'refresh', scope: { of: 'applications', names: [status.application], again } },
    { delaySeconds: FIRST_LOOK_SECONDS * 2 ** (again - 1) },
  );
}

function isAutomated(application: Application): boolean {
  const settings = application.spec.syncPolicy?.automated;
  return settings !== undefined && settings.enabled !== false;
}

/** Makes sure that the next step of a running operation is on its way: its job may have been lost for good. */
async function attend(running: Operation, version: number, goesOn: boolean, ports: RefreshPorts): Promise<void> {
  const operation = goesOn ? running : terminate(running, 'a newer revision is there');
  if (!goesOn) await ports.store.operations.save(operation, version);
  const { application, id, looks } = operation;
  await ports.queue.send({ kind: 'sync', application, operation: id, look: looks });
}

async function startIfDue(
  application: Application,
  status: ApplicationStatus,
  last: Operation | undefined,
  job: RefreshJob,
  control: Control,
  ports: RefreshPorts,
): Promise<void> {
  const decision = automated({
    policy: application.spec.syncPolicy,
    status,
    revisions: status.revisions,
    definition: control.revision,
    lastPhase: last?.phase,
  });
  if (!decision.start) return await tellMergedPull(application, status, job, ports);
  const scheduled = job.scope.of === 'cluster' || job.scope.of === 'all';
  if (decision.trigger === 'self-heal' && !scheduled) return;
  if (await movedOn(application, status, control, ports)) {
    await ports.queue.send({ kind: 'refresh', scope: { of: 'applications', names: [applicationName(application)] } });
    return;
  }
  const trigger = await triggerOf(decision.trigger, job, ports);
  const prune = application.spec.syncPolicy?.automated?.prune === true;
  try {
    await startOperation(
      { application, revisions: status.revisions, definition: control.revision, trigger, prune },
      ports,
    );
  } catch (thrown) {
    // Another look began an operation in the same moment: that one will do.
    if (asProblem(thrown).code !== 'conflict') throw thrown;
  }
}

/** A look takes its time: when Git has moved on since, what it saw is not started, and looked at again. */
async function movedOn(
  application: Application,
  status: ApplicationStatus,
  control: Control,
  ports: RefreshPorts,
): Promise<boolean> {
  const definition = await ports.source.resolve(repoURL(ports.host, ports.controlRepository), undefined);
  const revisions = await revisionsOf(application, ports.source);
  return !sameContent({ revisions, definition }, { revisions: status.revisions, definition: control.revision });
}

async function triggerOf(kind: 'schedule' | 'self-heal', job: RefreshJob, ports: RefreshPorts): Promise<Trigger> {
  if (kind === 'self-heal' || job.scope.of !== 'branch') return { kind };
  const pull = await mergedPull(job, ports);
  return pull === undefined ? { kind: 'push' } : { kind: 'push', pull: { repo: pull.repo, number: pull.number } };
}

async function mergedPull(job: RefreshJob, ports: RefreshPorts): Promise<Pull | undefined> {
  if (job.scope.of !== 'branch') return undefined;
  const pulls = await ports.forge.pullsOf(job.scope.repo, job.scope.sha);
  return pulls.find((pull) => pull.merged);
}

/** An application that does not sync by itself waits for a person: the merged pull request says how. */
async function tellMergedPull(
  application: Application,
  status: ApplicationStatus,
  job: RefreshJob,
  ports: RefreshPorts,
): Promise<void> {
  if (job.scope.of !== 'branch' || status.sync !== 'OutOfSync' || isAutomated(application)) return;
  const pull = await mergedPull(job, ports);
  if (pull === undefined) return;
  const waiting = (await ports.store.statuses.all()).filter(
    (one) => one.sync === 'OutOfSync' && one.application === status.application,
  );
  const text = waitingText(waiting.map((one) => one.application));
  await ports.forge.upsertComment(pull.repo, pull.number, WAITING_MARKER, `${WAITING_MARKER}\n${text}\n`);
}
