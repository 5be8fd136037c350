import { FINALIZER } from '../spec/annotations.ts';
import type { Operation, Task } from '../spec/operation.ts';
import type { Problem, ProblemCode } from '../spec/problem.ts';
import type { Outcome } from './step.ts';

/** The API server could not be asked now; the task stays as it is, and the next step tries again, until the deadline. */
const PASSING: ReadonlySet<ProblemCode> = new Set(['unavailable', 'rate-limited', 'cluster-unreachable']);

/**
 * What may be over by the next look but counts as a refusal when it stays: somebody else writes the object, or its webhook
 * does not answer, perhaps since this very sync brought it.
 */
const BRIEF: ReadonlySet<ProblemCode> = new Set(['conflict', 'webhook-failed']);

/** So many looks in a row that may be. */
const BRIEF_LOOKS = 4;

/** Codes whose message cannot hold a piece of the object that was refused. */
const HARMLESS: ReadonlySet<ProblemCode> = new Set([
  ...PASSING,
  ...(['forbidden', 'unauthorized', 'not-found', 'webhook-failed'] as const),
]);

/**
 * The operation with what became of its actions. Give the outcomes of those that were done; one that was not done, or
 * whose outcome was lost, is decided anew by the next step.
 */
export function record(operation: Operation, outcomes: readonly Outcome[]): Operation {
  const { waits, ...rest } = operation;
  const tasks = [...(operation.tasks ?? [])];
  for (const outcome of outcomes) {
    const task = tasks[outcome.action.task];
    if (task !== undefined) tasks[outcome.action.task] = recorded(task, outcome, waits ?? 0);
  }
  const progress = outcomes.some((outcome) => outcome.result.ok);
  return { ...rest, tasks, ...(progress || waits === undefined ? {} : { waits }) };
}

function recorded(task: Task, { action, result }: Outcome, waits: number): Task {
  if (!result.ok) return failed(task, action, result.problem, waits);
  const uid = result.uid === undefined ? {} : { uid: result.uid };
  if (action.kind === 'release') return task;
  const warnings = (result.warnings ?? []).map((warning) => ` (warning: ${warning})`).join('');
  if (action.kind !== 'remove') {
    const did = `${result.did}${warnings}`;
    return { ...task, ...uid, status: 'Running', message: did, did };
  }
  switch (action.because) {
    case 'prune': {
      if (result.did === 'gone') return { ...task, status: 'Succeeded', message: 'pruned (it was gone already)' };
      const removed = action.uid === undefined ? {} : { uid: action.uid };
      return { ...task, ...removed, status: 'Running', message: 'deletion asked for' };
    }
    case 'after':
      return { ...task, cleaned: true };
    case 'before':
    case 'replace':
      return { ...task, message: 'waits until the object before it is gone' };
  }
}

function failed(task: Task, action: Outcome['action'], problem: Problem, waits: number): Task {
  const message = textOf(task, problem);
  if (action.kind === 'release') return unreleased(task, problem, waits);
  if (PASSING.has(problem.code)) return { ...task, message };
  if (BRIEF.has(problem.code) && waits <= BRIEF_LOOKS) return { ...task, message };
  if (problem.code === 'immutable-field' && action.kind === 'apply' && action.recreates !== undefined) {
    return recreated(task, action.recreates);
  }
  // Somebody else took the name, perhaps a lost step of ours: the next look tells
  if (action.kind === 'create' && problem.code === 'conflict') return { ...task, message };
  // A hook that cannot be deleted must not keep the operation from ending
  if (action.kind === 'remove' && action.because === 'after') {
    return { ...task, cleaned: true, message: `${task.message} (could not be deleted: ${message})` };
  }
  return { ...task, status: 'Failed', message };
}

/** A task whose object is deleted, and created anew: `Force=true`. */
export function recreated(task: Task, uid: string): Task {
  return {
    ...task,
    replaces: uid,
    message: 'a field of it cannot change: it is deleted, and created anew (Force=true)',
  };
}

/** A hook that stays held is told loudly: nobody can delete it, nor its namespace. */
function unreleased(task: Task, problem: Problem, waits: number): Task {
  if (PASSING.has(problem.code) || (BRIEF.has(problem.code) && waits <= BRIEF_LOOKS)) return task;
  const was = task.message === '' ? '' : `${task.message}; `;
  const message = `${was}its finalizer ${FINALIZER.hook} could not be removed: ${textOf(task, problem)}`;
  return { ...task, held: true, status: 'Failed', message };
}

/**
 * The words of a refusal. The API server quotes what it refuses, so for a Secret they are kept back
 * (https://github.com/argoproj/argo-cd/security/advisories/GHSA-47g2-qmh2-749v).
 */
export function textOf(task: Task, problem: Problem): string {
  const hint = problem.code === 'immutable-field' && problem.fix !== undefined ? ` ${problem.fix}` : '';
  if (task.key.kind !== 'Secret' || HARMLESS.has(problem.code)) {
    return hint === '' ? problem.message : `${problem.message.replace(/[^.!?]$/, '$&.')}${hint}`;
  }
  return `the API server refused it (${problem.code}); its answer is not shown, because it may quote values of the Secret${hint === '' ? '' : `.${hint}`}`;
}
