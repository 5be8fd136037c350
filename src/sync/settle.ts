import { ANNOTATION } from '../spec/annotations.ts';
import { isHook } from '../spec/hook.ts';
import { keyText, type Manifest } from '../spec/manifest.ts';
import type { Health, Operation, Task } from '../spec/operation.ts';
import type { Tracking } from '../spec/tracking.ts';
import { carriesMark, hookMark } from './hooks.ts';
import { isFoundation } from './order.ts';
import type { Observed } from './step.ts';
import { isTracked } from './tracking.ts';

/**
 * The tasks of an operation as the cluster shows them now. Everything here follows from what is seen, so it comes out
 * the same however often a step is run, and whatever of the last one was not saved.
 */
export function settle(operation: Operation, observed: Observed): readonly Task[] {
  const tasks = operation.tasks ?? [];
  const waits = awaitsHealth(tasks);
  return tasks.map((task) => {
    if (task.status !== 'Pending' && task.status !== 'Running') return task;
    const text = keyText(task.key);
    const seen = { live: observed.live.get(text), health: observed.health.get(text) };
    if (task.action === 'prune')
      return settlePrune(confirmed(task, operation, observed), seen.live, operation.application, observed.tracking);
    // What is terminated starts nothing any more, and may not even render
    if (task.status === 'Pending' && operation.phase !== 'Terminating' && !observed.desired.has(text)) {
      return { ...task, status: 'Failed', message: 'the source does not render it any more' };
    }
    return task.action === 'hook'
      ? settleHook(task, seen, operation)
      : settleApply(task, seen, waits(task) || isFoundation(task));
  });
}

interface Seen {
  readonly live: Manifest | undefined;
  readonly health: Health | undefined;
}

/**
 * Which resources are waited for until they are healthy: those that something comes after, as in Argo CD. The last wave of
 * a sync is over when all of it is applied, and the health of the application tells the rest: else a Deployment that
 * crashes after all is in place would fail the sync, and a retry would run its migrations again. A hook in that wave is
 * waited for, and what is applied beside it, where other waves came before.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
function awaitsHealth(all: readonly Task[]): (task: Task) => boolean {
  const tasks = all.filter((task) => task.phase !== 'SyncFail' && task.status !== 'Skipped');
  const last = tasks.at(-1);
  const isLast = (task: Task): boolean => task.phase === last?.phase && task.wave === last.wave;
  const hasStages = !tasks.every(isLast);
  const endsWithHook = tasks.some((task) => task.action === 'hook' && isLast(task));
  return (task) => hasStages && (endsWithHook || !isLast(task));
}

/** A task of `Prune=confirm`, as soon as a time after the start of the sync approves it. */
function confirmed(task: Task, { startedAt }: Operation, { deletionApproved }: Observed): Task {
  const { confirm, ...rest } = task;
  if (confirm !== true) return task;
  const approved = deletionApproved !== undefined && Date.parse(deletionApproved) >= Date.parse(startedAt);
  return approved ? { ...rest, message: '' } : { ...task, message: AWAITS };
}

const AWAITS = `it waits for the annotation ${ANNOTATION.deletionApproved} on the Application, with a time after the start of the sync`;

function settlePrune(task: Task, live: Manifest | undefined, application: string, tracking?: Tracking): Task {
  if (live === undefined || (task.uid !== undefined && task.uid !== live.metadata.uid)) {
    return {
      ...task,
      status: 'Succeeded',
      message: task.status === 'Running' ? 'pruned' : 'pruned (it was gone already)',
    };
  }
  if (task.status === 'Pending' && !isTracked(live, application, tracking)) {
    return {
      ...task,
      status: 'Skipped',
      message: 'left alone: it no longer carries the tracking id of this application',
    };
  }
  return task;
}

function settleApply(task: Task, { live, health }: Seen, waits: boolean): Task {
  if (task.status === 'Pending') return task;
  // Somebody deleted it after we applied it: once more
  if (live === undefined) return { ...task, status: 'Pending', message: '' };
  if (live.metadata.deletionTimestamp !== undefined && waits) return { ...task, message: 'it is being deleted' };
  const done = { ...task, status: 'Succeeded', message: task.did ?? task.message } as const;
  if (!waits || health === undefined) return done;
  switch (health.status) {
    case 'Healthy':
      return health.message === '' ? done : { ...done, message: health.message };
    case 'Degraded':
      return { ...task, status: 'Failed', message: health.message === '' ? 'it is Degraded' : health.message };
    default:
      return { ...task, message: health.message === '' ? `it is ${health.status}` : health.message };
  }
}

function settleHook(task: Task, { live, health }: Seen, operation: Operation): Task {
  if (!carriesMark(live, hookMark(operation, task.phase))) {
    if (task.status === 'Pending') return pendingHook(task, live);
    // Nothing takes away what has a finalizer, but somebody who removes that
    return { ...task, status: 'Failed', message: 'it was created, and is gone before anybody saw how it ended' };
  }
  const { uid } = live.metadata;
  const running: Task = { ...task, status: 'Running', ...(uid === undefined ? {} : { uid }) };
  if (health === undefined) return { ...running, status: 'Succeeded', message: 'created' };
  const message = health.message;
  switch (health.status) {
    case 'Healthy':
      return { ...running, status: 'Succeeded', message };
    case 'Degraded':
    case 'Unknown':
      return { ...running, status: 'Failed', message: message === '' ? `it is ${health.status}` : message };
    default:
      return live.metadata.deletionTimestamp === undefined || operation.phase === 'Terminating'
        ? { ...running, message }
        : // The finalizer holds it, and its controller does nothing for it any more: it would be waited for in vain
          { ...running, status: 'Failed', message: 'somebody deleted it before it was over' };
  }
}

function pendingHook(task: Task, live: Manifest | undefined): Task {
  if (live === undefined || mayReplace(task, live)) return task;
  return {
    ...task,
    status: 'Failed',
    message:
      'an object of that name is there already, and is no hook; a hook-delete-policy of BeforeHookCreation would delete it',
  };
}

/**
 * True when what has the name of a hook may go for it: by policy, or because it is an earlier run of the hook. (A hook
 * whose policy keeps the earlier object could never run again: so the earlier one goes in any case.)
 */
function mayReplace(task: Task, live: Manifest): boolean {
  return task.hookDeletePolicies.includes('BeforeHookCreation') || isHook(live);
}
