import type { RetryPolicy } from '../spec/application.ts';
import type { Operation, Task } from '../spec/operation.ts';
import { Problem } from '../spec/problem.ts';
import { actionsOf, cleanups, type Indexed, isAsked, releases, terminations } from './act.ts';
import { retryAfter } from './retry.ts';
import { settle } from './settle.ts';
import { type Action, isOver, type Observed, type Step, type SyncRules } from './step.ts';
import { failureText, successText, waitingText } from './words.ts';

const DEFAULT_WAVE_DELAY = 2;

/** Looks at health come after 1, 2, 4, 8 and then every 15 seconds. */
const LONGEST_WAIT = 15;

/** Looks for a person's confirmation come every minute at last. */
const LONGEST_QUESTION = 60;

/** How long a terminated operation may take to delete its hooks before it ends all the same. */
const TERMINATION_SECONDS = 300;

/**
 * The next step of an operation: what it is now, what to do to the cluster, and when to look again. It decides from what
 * is seen alone and does nothing itself, so a step may be killed at any point and run again, by anybody, any number of
 * times. The operation must be planned (`needsPlan`).
 *
 * 1. Over, or not yet due: nothing.
 * 2. Past its deadline: terminated, with what it waited for.
 * 3. Terminating: the hooks that run are deleted; then Failed.
 * 4. Something failed: nothing new starts; hooks that run are waited for, SyncFail hooks run, then a retry or Failed.
 * 5. Else the first wave that is not done: what is Pending is done, what is Running is waited for.
 * 6. No wave left: hooks are deleted by their policies; then Succeeded.
 *
 * A hook whose result is known is let go of beside whatever else a step does.
 */
export function next(operation: Operation, observed: Observed, rules: SyncRules): Step {
  if (isOver(operation.phase)) return { operation, actions: [], wake: undefined };
  const late = secondsUntil(operation.deadline, observed.now) <= 0 && !isAsking(operation, observed);
  if (operation.phase === 'Running' && late) {
    const waited = waitingText(settle(operation, observed), operation.deletes);
    return next(
      terminate(operation, `the deadline ${operation.deadline} passed${waited === '' ? '' : ` while ${waited}`}`),
      observed,
      rules,
    );
  }
  if (operation.phase === 'Terminating') return terminating(operation, observed);
  const early = operation.notBefore === undefined ? 0 : secondsUntil(operation.notBefore, observed.now);
  if (early > 0) return { operation, actions: [], wake: early };
  if (operation.tasks === undefined) {
    throw new Problem('internal', `operation ${operation.id} has no tasks yet: plan it before its next step`);
  }
  const tasks = settle(operation, observed);
  const failed = tasks.some((task) => task.status === 'Failed' && task.phase !== 'SyncFail');
  const step = (failed ? failing : running)(operation, tasks, observed, rules);
  const freed = releases(operation, tasks, observed);
  if (freed.length === 0) return step;
  // Nothing ends, and nothing is tried anew, while a hook is still held
  const goesOn = step.wake !== undefined && step.operation.tasks !== undefined;
  return goesOn ? { ...step, actions: [...freed, ...step.actions] } : acting(updated(operation, tasks), freed);
}

/** True while a person is asked to confirm a prune: people may take longer than any deadline. */
function isAsking(operation: Operation, observed: Observed): boolean {
  const tasks = operation.phase === 'Running' ? settle(operation, observed) : [];
  return isAsked(firstWave(tasks, false), { ...operation, tasks });
}

/** True when an operation wants its tasks planned: at its start, and at the start of each attempt, once it is due. */
export function needsPlan(operation: Operation, now: string): boolean {
  const due = operation.notBefore === undefined || secondsUntil(operation.notBefore, now) <= 0;
  const inTime = secondsUntil(operation.deadline, now) > 0;
  return operation.phase === 'Running' && operation.tasks === undefined && due && inTime;
}

/** An operation that is to end early: its next steps delete the hooks that run and end it as Failed, saying why. */
export function terminate(operation: Operation, because = 'terminated'): Operation {
  return isOver(operation.phase) ? operation : { ...operation, phase: 'Terminating', message: because };
}

/** An operation that is over. For what happens outside of a step, too: a source that does not render, a refused plan. */
export function end(
  operation: Operation,
  phase: 'Succeeded' | 'Failed' | 'Error',
  message: string,
  now: string,
): Operation {
  const { notBefore: _notBefore, waits: _waits, ...rest } = operation;
  return { ...rest, phase, message, finishedAt: now };
}

function running(operation: Operation, tasks: readonly Task[], observed: Observed, rules: SyncRules): Step {
  const group = firstWave(tasks, false);
  if (group.length === 0) return finishing(operation, tasks, observed, rules, true);
  const [before] = firstWave(operation.tasks ?? [], false);
  const delay = rules.waveDelay ?? DEFAULT_WAVE_DELAY;
  if (before !== undefined && !sameWave(before, group[0]) && delay > 0) {
    const notBefore = new Date(Date.parse(observed.now) + delay * 1000).toISOString();
    return {
      operation: { ...updated(operation, tasks), notBefore, message: waitingText(tasks, operation.deletes) },
      actions: [],
      wake: delay,
    };
  }
  return working(operation, tasks, group, observed, rules);
}

/** Does what the wave has to do; where there is nothing to do, waits a little longer each time. */
function working(
  operation: Operation,
  tasks: readonly Task[],
  group: readonly Indexed[],
  observed: Observed,
  rules: SyncRules,
): Step {
  const now = { ...updated(operation, tasks), message: waitingText(tasks, operation.deletes) };
  const actions = actionsOf(group, now, observed, rules);
  const waits = now.waits ?? 0;
  // Right after an action comes a look: most kinds are done at once. But an action that keeps failing waits, too
  const longest = isAsked(group, now) ? LONGEST_QUESTION : LONGEST_WAIT;
  const wake = actions.length > 0 && waits === 0 ? 0 : Math.min(longest, 2 ** waits);
  return { operation: { ...now, waits: Math.min(waits + 1, 10) }, actions, wake };
}

function failing(operation: Operation, tasks: readonly Task[], observed: Observed, rules: SyncRules): Step {
  const stopped = tasks.map((task) =>
    task.status === 'Pending' && task.phase !== 'SyncFail'
      ? ({ ...task, status: 'Skipped', message: 'not run: something before it failed' } as const)
      : task,
  );
  const hooks = indexed(stopped).filter(({ task }) => task.action === 'hook' && task.phase !== 'SyncFail');
  const left = hooks.filter(({ task }) => task.status === 'Running');
  const group = left.length > 0 ? left : firstWave(stopped, true);
  if (group.length > 0) return working(operation, stopped, group, observed, rules);
  return finishing(operation, stopped, observed, rules, false);
}

function finishing(
  operation: Operation,
  tasks: readonly Task[],
  observed: Observed,
  rules: SyncRules,
  succeeded: boolean,
): Step {
  const now = updated(operation, tasks);
  const actions = cleanups(operation, tasks, observed, succeeded);
  if (actions.length > 0) return acting(now, actions);
  if (succeeded) return over(end(now, 'Succeeded', successText(now), observed.now));
  return endAttempt(now, 'Failed', failureText(now, tasks), observed.now, rules.retry);
}

/** An attempt that failed, or could not go on: another one is waited for where the policy grants it, or the operation ends. */
export function endAttempt(
  operation: Operation,
  phase: 'Failed' | 'Error',
  message: string,
  now: string,
  retry: RetryPolicy | undefined,
): Step {
  const wait = retryAfter(retry, operation.trigger.kind, operation.attempt);
  if (wait === undefined || secondsUntil(operation.deadline, now) <= wait) {
    const tried = operation.attempt === 0 ? '' : ` (tried ${operation.attempt + 1} times)`;
    return over(end(operation, phase, `${message}${tried}`, now));
  }
  const notBefore = new Date(Date.parse(now) + wait * 1000).toISOString();
  const { tasks: _tasks, waits: _waits, ...rest } = operation;
  const attempt = operation.attempt + 1;
  return {
    operation: { ...rest, attempt, notBefore, message: `${message}. Retrying attempt #${attempt} at ${notBefore}` },
    actions: [],
    wake: wait,
  };
}

function terminating(operation: Operation, observed: Observed): Step {
  const tasks = settle(operation, observed);
  const actions = terminations(operation, tasks, observed);
  const deadline = Date.parse(operation.deadline) + TERMINATION_SECONDS * 1000;
  if (actions.length > 0 && Date.parse(observed.now) < deadline) return acting(updated(operation, tasks), actions);
  const stopped = tasks.map((task) =>
    task.status === 'Pending' || (task.status === 'Running' && task.action === 'hook')
      ? ({ ...task, status: task.status === 'Pending' ? 'Skipped' : 'Failed', message: operation.message } as const)
      : task,
  );
  const ended = operation.tasks === undefined ? operation : { ...operation, tasks: stopped };
  return over(end(ended, 'Failed', operation.message, observed.now));
}

/** Actions, with a look right after them; where they have to be repeated, a little later each time. */
function acting(operation: Operation, actions: readonly Action[]): Step {
  const waits = operation.waits ?? 0;
  const wake = waits === 0 ? 0 : Math.min(LONGEST_WAIT, 2 ** waits);
  return { operation: { ...operation, waits: Math.min(waits + 1, 10) }, actions, wake };
}

function over(operation: Operation): Step {
  return { operation, actions: [], wake: undefined };
}

/** The operation with its settled tasks; a change among them starts the waiting anew. */
function updated(operation: Operation, tasks: readonly Task[]): Operation {
  const { waits, notBefore: _notBefore, ...rest } = operation;
  const changed = tasks.some((task, index) => task.status !== operation.tasks?.[index]?.status);
  return { ...rest, tasks, ...(changed || waits === undefined ? {} : { waits }) };
}

/** The tasks of the first phase and wave that is not done. */
function firstWave(tasks: readonly Task[], ofFailure: boolean): readonly Indexed[] {
  const open = indexed(tasks).filter(
    ({ task }) => (task.phase === 'SyncFail') === ofFailure && (task.status === 'Pending' || task.status === 'Running'),
  );
  return open.filter((entry) => sameWave(entry, open[0]));
}

function indexed(tasks: readonly Task[]): readonly Indexed[] {
  return tasks.map((task, index) => ({ task, index }));
}

function sameWave(a: Indexed, b: Indexed | undefined): boolean {
  return a.task.phase === b?.task.phase && a.task.wave === b.task.wave;
}

function secondsUntil(time: string, now: string): number {
  return (Date.parse(time) - Date.parse(now)) / 1000;
}
