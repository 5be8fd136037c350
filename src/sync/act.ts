import { keyText } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import { carriesMark, hookMark, withHookMark } from './hooks.ts';
import { applyOptions, resourceOptions } from './options.ts';
import { isFoundation } from './order.ts';
import type { Action, Observed, SyncRules } from './step.ts';

/** A task with its place in the operation. */
export interface Indexed {
  readonly task: Task;
  readonly index: number;
}

/**
 * What is to be done for a wave now: objects that go first (prune, the last run of a hook), then what is applied, in
 * the order of the tasks. Namespaces and CustomResourceDefinitions come alone, and are waited for: the API server
 * knows the kinds and namespaces of the others only after. Nothing for tasks that wait for something to be gone.
 */
export function actionsOf(
  group: readonly Indexed[],
  operation: Operation,
  observed: Observed,
  rules: SyncRules,
): readonly Action[] {
  // As in Argo CD: nothing of a wave starts while a prune in it waits to be confirmed
  if (group.some(({ task }) => awaitsApproval(task))) return [];
  const foundations = group.filter(({ task }) => isFoundation(task));
  const chosen = foundations.length > 0 ? foundations : group;
  const actions = chosen
    .filter(({ task }) => task.status === 'Pending')
    .flatMap((entry) => actionOf(entry, operation, observed, rules));
  return [
    ...actions.filter((action) => action.kind === 'remove'),
    ...actions.filter((action) => action.kind !== 'remove'),
  ];
}

/** True for a prune that somebody has to confirm first. */
export function awaitsApproval(task: Task): boolean {
  return task.status === 'Pending' && task.confirm === true;
}

function actionOf(
  { task, index }: Indexed,
  operation: Operation,
  observed: Observed,
  rules: SyncRules,
): readonly Action[] {
  const live = observed.live.get(keyText(task.key));
  const going = live?.metadata.deletionTimestamp !== undefined;
  const remove = (because: 'prune' | 'replace' | 'before'): Action => ({
    ...removal(task, index, live?.metadata.uid, because),
    // What a hook left behind is waited for with its pods: two migrations at once are worse than a pause
    propagation: because === 'before' ? 'Foreground' : rules.options.propagation,
  });
  if (task.action === 'prune') return [remove('prune')];
  const manifest = observed.desired.get(keyText(task.key));
  if (manifest === undefined) return [];
  if (task.action === 'hook') {
    if (live === undefined) {
      return [{ kind: 'create', task: index, manifest: withHookMark(manifest, hookMark(operation, task.phase)) }];
    }
    return going ? [] : [remove('before')];
  }
  if (task.replaces !== undefined && live?.metadata.uid === task.replaces) return going ? [] : [remove('replace')];
  return [{ kind: 'apply', task: index, manifest, options: applyOptions(resourceOptions(manifest, rules.options)) }];
}

/**
 * Hooks of this attempt to delete now that it is over: those with HookSucceeded after a sync that succeeded, those with
 * HookFailed after one that failed, as Argo CD does it.
 */
export function cleanups(
  operation: Operation,
  tasks: readonly Task[],
  observed: Observed,
  succeeded: boolean,
): readonly Action[] {
  const policy = succeeded ? 'HookSucceeded' : 'HookFailed';
  return ownHooks(operation, tasks, observed).flatMap(({ task, index, uid }) => {
    const over = task.status === 'Succeeded' || task.status === 'Failed';
    return over && task.hookDeletePolicies.includes(policy) ? [removal(task, index, uid, 'after')] : [];
  });
}

/** Hooks that run at this moment, to delete when the operation is terminated. */
export function terminations(operation: Operation, tasks: readonly Task[], observed: Observed): readonly Action[] {
  return ownHooks(operation, tasks, observed).flatMap(({ task, index, uid }) =>
    task.status === 'Running' ? [removal(task, index, uid, 'after')] : [],
  );
}

function ownHooks(
  operation: Operation,
  tasks: readonly Task[],
  observed: Observed,
): readonly (Indexed & { readonly uid: string | undefined })[] {
  return tasks.flatMap((task, index) => {
    if (task.action !== 'hook' || task.cleaned === true) return [];
    const live = observed.live.get(keyText(task.key));
    if (!carriesMark(live, hookMark(operation, task.phase)) || live.metadata.deletionTimestamp !== undefined) return [];
    return [{ task, index, uid: live.metadata.uid }];
  });
}

function removal(
  task: Task,
  index: number,
  uid: string | undefined,
  because: 'prune' | 'replace' | 'before' | 'after',
): Extract<Action, { kind: 'remove' }> {
  return {
    kind: 'remove',
    task: index,
    apiVersion: task.apiVersion,
    key: task.key,
    ...(uid === undefined ? {} : { uid }),
    propagation: 'Foreground',
    because,
  };
}
