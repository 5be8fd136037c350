import { ANNOTATION, FINALIZER } from '../spec/annotations.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import { carriesMark, hookMark, isHeld, withHookMark } from './hooks.ts';
import { applyOptions, recreatable, resourceOptions } from './options.ts';
import { isFoundation } from './order.ts';
import type { Action, Observed, SyncRules } from './step.ts';
import { isTracked } from './tracking.ts';

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
  if (isAsked(group, operation)) return [];
  const foundations = group.filter(({ task }) => isFoundation(task));
  const chosen = foundations.length > 0 ? foundations : group;
  const actions = chosen
    .filter(({ task }) => task.status === 'Pending')
    .flatMap((entry) => actionOf(entry, operation, observed, rules));
  return inOrder(actions);
}

/** What holds an object is taken off before it is deleted; what is deleted goes before what is applied. */
function inOrder(actions: readonly Action[]): readonly Action[] {
  const rank = ({ kind }: Action): number => (kind === 'release' ? 0 : kind === 'remove' ? 1 : 2);
  return [...actions].sort((a, b) => rank(a) - rank(b));
}

/**
 * True while a wave waits for somebody's confirmation. As in Argo CD nothing of a wave starts while a prune in it waits; and
 * nothing at all of an application that is deleted goes, in whatever wave, after its PreDelete hooks.
 */
export function isAsked(group: readonly Indexed[], { deletes, tasks = [] }: Operation): boolean {
  const goes = deletes === true && group.some(({ task }) => task.action === 'prune');
  return goes ? tasks.some(awaitsApproval) : group.some(({ task }) => awaitsApproval(task));
}

/** True for a prune that somebody has to confirm first. */
function awaitsApproval(task: Task): boolean {
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
  if (task.action === 'prune') {
    const held = live !== undefined && isHeld(live) ? [release(task, index, live)] : [];
    return [...held, remove('prune')];
  }
  const manifest = observed.desired.get(keyText(task.key));
  if (manifest === undefined) return [];
  if (task.action === 'hook') {
    if (live === undefined) {
      return [{ kind: 'create', task: index, manifest: withHookMark(manifest, hookMark(operation, task.phase)) }];
    }
    const held = isHeld(live) && task.held !== true ? [release(task, index, live)] : [];
    return going ? held : [...held, remove('before')];
  }
  if (task.replaces !== undefined && live?.metadata.uid === task.replaces) return going ? [] : [remove('replace')];
  const options = resourceOptions(manifest, rules.options);
  const recreates = recreatable(manifest, live, options);
  const may = recreates === undefined ? {} : { recreates };
  return [{ kind: 'apply', task: index, manifest, options: applyOptions(options), ...may }];
}

/**
 * Hooks of this attempt to delete now that it is over: those with HookSucceeded after a sync that succeeded, those with
 * HookFailed after one that failed, as Argo CD does it. After a deletion its PreDelete hooks go, too, as all that the
 * application had; those of PostDelete go by their policies alone.
 */
export function cleanups(
  operation: Operation,
  tasks: readonly Task[],
  observed: Observed,
  succeeded: boolean,
): readonly Action[] {
  const policy = succeeded ? 'HookSucceeded' : 'HookFailed';
  return ownHooks(operation, tasks, observed).flatMap(({ task, index, live }) => {
    const isOfDeleted = succeeded && operation.deletes === true && task.phase === 'PreDelete';
    const goes = isOfDeleted || task.hookDeletePolicies.includes(policy);
    return goes && isOver(task) && isThere(task, live) ? [removal(task, index, live.metadata.uid, 'after')] : [];
  });
}

/**
 * Hooks to let go of when the operation is terminated: those that run at this moment are deleted. As in Argo CD none is held
 * any longer: whoever deletes its namespace next would wait for ever.
 */
export function terminations(operation: Operation, tasks: readonly Task[], observed: Observed): readonly Action[] {
  const hooks = ownHooks(operation, tasks, observed);
  return [
    ...hooks.flatMap(({ task, index, live }) =>
      isHeld(live) && task.held !== true ? [release(task, index, live)] : [],
    ),
    ...hooks.flatMap(({ task, index, live }) =>
      task.status === 'Running' && isThere(task, live) ? [removal(task, index, live.metadata.uid, 'after')] : [],
    ),
  ];
}

/**
 * Hooks whose result is known, and that are held still. Their result is saved before this is done, so they may go now:
 * by their policies, their `ttlSecondsAfterFinished`, or by hand.
 */
export function releases(operation: Operation, tasks: readonly Task[], observed: Observed): readonly Action[] {
  return ownHooks(operation, tasks, observed).flatMap(({ task, index, live }) =>
    isOver(task) && isHeld(live) && task.held !== true ? [release(task, index, live)] : [],
  );
}

/**
 * Hooks of an earlier operation, of trimtab or of Argo CD, that nobody will let go of any more, since that operation was
 * lost with its store or its cluster: those that go, or are over. They are no task's; `task` names none.
 */
export function strays(
  operation: Operation,
  { live, health, tracking }: Pick<Observed, 'live' | 'health' | 'tracking'>,
): readonly Action[] {
  return [...live.values()].flatMap((object) => {
    const isOwn = object.metadata.annotations?.[ANNOTATION.operation]?.startsWith(`${operation.id}-`) === true;
    if (!isHook(object) || !isHeld(object) || isOwn) return [];
    if (!isTracked(object, operation.application, tracking)) return [];
    const status = health.get(keyText(keyOf(object)))?.status;
    if (status === 'Progressing' && object.metadata.deletionTimestamp === undefined) return [];
    return [release({ key: keyOf(object), apiVersion: object.apiVersion }, -1, object)];
  });
}

function isOver({ status }: Task): boolean {
  return status === 'Succeeded' || status === 'Failed';
}

function isThere({ cleaned }: Task, live: Manifest): boolean {
  return cleaned !== true && live.metadata.deletionTimestamp === undefined;
}

function ownHooks(
  operation: Operation,
  tasks: readonly Task[],
  observed: Observed,
): readonly (Indexed & { readonly live: Manifest })[] {
  return tasks.flatMap((task, index) => {
    const live = observed.live.get(keyText(task.key));
    if (task.action !== 'hook' || !carriesMark(live, hookMark(operation, task.phase))) return [];
    return [{ task, index, live }];
  });
}

function release(
  { apiVersion, key }: Pick<Task, 'apiVersion' | 'key'>,
  index: number,
  { metadata: { uid } }: Manifest,
): Action {
  const which = uid === undefined ? {} : { uid };
  return { kind: 'release', task: index, apiVersion, key, ...which, finalizer: FINALIZER.hook };
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
