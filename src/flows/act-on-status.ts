import { policyOf } from '../catalog/rolling-sync.ts';
import type { RefreshJob } from '../spec/event.ts';
import type { ApplicationStatus, Operation } from '../spec/operation.ts';
import { isOver, terminate } from '../sync/index.ts';
import type { Gate } from './gate.ts';
import { isOutdated } from './is-outdated.ts';
import { movedOn } from './moved-on.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import type { Remembered } from './remember.ts';
import { startIfDue } from './start-if-due.ts';
import { SUPERSEDED, sendStep } from './start-operation.ts';

/**
 * What follows from a look at an application: it is synced if it is to sync by itself, and it is its turn. A running
 * operation goes on; one that brings what Git no longer says is ended first, and the look after its end starts the next.
 * Drift is repaired by the scheduled looks, and those that a repair was put off to: the one right after a sync must not
 * start another. Answers whether the application waits for somebody to sync it.
 */
export async function actOn(
  { look, status: known, from }: Remembered,
  job: RefreshJob,
  control: Control,
  gate: Gate,
  ports: RefreshPorts,
): Promise<boolean> {
  const { application, loaded } = look;
  const policy = from === undefined ? application.spec.syncPolicy : policyOf(from, control.catalogue);
  const isAutomated = policy?.automated !== undefined && policy.automated.enabled !== false;
  if (loaded !== undefined && !isOver(loaded.value.phase)) {
    // What Git said when a slow look began may be older than what runs by now
    const outdated =
      isAutomated &&
      (await isOutdated(look, loaded.value, control, ports)) &&
      !(await movedOn(application, known, control, ports));
    await attend(loaded.value, loaded.version, outdated, ports);
  } else if (loaded?.value.finished === false) {
    // Its last step died
    await sendStep(loaded.value, ports.queue);
  } else {
    await startIfDue({ application, from, policy, status: known, loaded, gate }, job, control, ports);
  }
  await lookAgain(known, job, ports);
  return known.sync === 'OutOfSync' && !isAutomated;
}

/** Looks at an application that becomes healthy come after 5, 10, 20, … seconds; then the schedule does. */
const FIRST_LOOK_SECONDS = 5;
const MOST_LOOKS = 6;

/**
 * After a sync, its controllers are still at work: the application is looked at again until it is no longer Progressing,
 * so that it is told promptly that it is Healthy, or not: once each time, however many copies of a look find that out.
 */
async function lookAgain(status: ApplicationStatus, job: RefreshJob, ports: RefreshPorts): Promise<void> {
  if (job.scope.of !== 'applications' || status.health.status !== 'Progressing') return;
  const again = (job.scope.again ?? 0) + 1;
  if (again > MOST_LOOKS) return;
  const delaySeconds = FIRST_LOOK_SECONDS * 2 ** (again - 1);
  if (!(await ports.store.once(`look:${status.application}:${again}`, delaySeconds))) return;
  await ports.queue.send(
    { kind: 'refresh', scope: { of: 'applications', names: [status.application], again } },
    { delaySeconds },
  );
}

/** Makes sure that the next step of a running operation is on its way: its job may have been lost for good. */
async function attend(running: Operation, version: number, outdated: boolean, ports: RefreshPorts): Promise<void> {
  const operation = outdated ? terminate(running, SUPERSEDED) : running;
  if (outdated) await ports.store.operations.save(operation, version);
  const { application, id, looks } = operation;
  await ports.queue.send({ kind: 'sync', application, operation: id, look: looks });
}
