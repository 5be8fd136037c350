/**
 * What to do about a difference: the operation of a sync, as a plan and a state machine without any I/O.
 *
 * **Phases, waves, hooks.** A sync runs in phases: PreSync, Sync, PostSync; and SyncFail when one of them failed.
 * Resources belong to Sync. A manifest with the annotation `argocd.argoproj.io/hook` (or Helm's) is a hook: it is
 * created anew in its phase, run, and not compared. Within a phase, what has the lower `argocd.argoproj.io/sync-wave`
 * comes first (default 0; Helm's hook weight counts, too), then goes the kind (Namespace first, custom kinds last),
 * then the name. A Namespace or CustomResourceDefinition that stands behind its first user moves before it.
 * A wave starts when the one before is done: resources Healthy, hooks finished, pruned objects gone. Progressing waits;
 * Degraded, a failed hook or a refusal of the API server fails the attempt. Kinds without health are done when applied.
 * The last wave, if no hook is in it, is over when it is applied, as in Argo CD: the health of the application tells the rest.
 *
 * **Hook deletion.** BeforeHookCreation (the default): the last object goes before the new one comes. HookSucceeded:
 * deleted when the sync has succeeded. HookFailed: deleted when it has failed. A finalizer (Argo CD's own) holds a hook
 * until its result is saved, so that a Job which its TTL takes away has not ended unseen; whoever terminates or ends an
 * operation lets go of all that it holds (`strays` finds those of operations that were lost). A hook that somebody
 * deletes while it runs has failed.
 *
 * **Pruning.** What the application had (its inventory) and no longer desires is deleted, in reverse waves, only while
 * it still carries the tracking id and no other application has it. An application that would lose all, or more than
 * half (`pruneLimit`), of its resources stops before anything is deleted. `Prune=confirm` holds its wave until the
 * Application says `argocd.argoproj.io/deletion-approved`.
 *
 * **Rehearsal.** Before the first write the API server is asked for a dry run of the whole plan (`rehearsals`); what it
 * refuses fails the attempt (`refused`) while nothing has changed.
 *
 * **Deletion.** An operation with `deletes` runs PreDelete hooks, prunes everything with what hooks of syncs left, and runs
 * PostDelete hooks; `Delete=false`, Helm's `keep` and CustomResourceDefinitions stay. Each sync records what its deletion
 * takes (`deletionHooks`, `leftHooks`), for the day on which nothing renders any more.
 *
 * **How a flow uses it.** One step, run again and again until `wake` is undefined:
 *
 *     const options = readSyncOptions(policy.syncOptions ?? []);
 *     const desired = ready({ rendered, operation, options, namespace });       // the same in each step
 *     if (needsPlan(operation, now)) {
 *       inventories.save(application, inventoryBefore(inventory, desired));     // recorded before it is applied
 *       operation = { ...operation, tasks: plan({ operation, desired, live, inventory, options, claimed }) };
 *     }
 *     const step = next(operation, { now, desired, live, health }, { options, retry: policy.retry });
 *     // save step.operation, do step.actions in their order (stop at the first failure if you like), then:
 *     operation = record(step.operation, outcomes);
 *     // save; look again in step.wake seconds; when it is undefined: inventoryAfter, history, notify
 *
 * Every step may be killed anywhere and be run again: `next` decides from the cluster, not from what it remembers. Live
 * objects must be read after the operation was loaded, and hold every key that a task names. A hook carries the
 * annotation `trimtab.dev/operation` (operation, attempt, phase), so a step that is run again knows its own hook.
 *
 * `terminate` stops an operation, `end` closes one that cannot run, `automated` says whether one starts by itself.
 */

export { strays } from './act.ts';
export { type AutomatedInput, automated, healsItself } from './automated.ts';
export { deletionHooks, isRecordOf, leftHooks, leftHooksFromLive, runsOnDeletion } from './deletion.ts';
export { digest } from './digest.ts';
export { driftedAfter, isFight } from './drifted.ts';
export { fateOf } from './fate.ts';
export { handedOver, inventoryAfter, inventoryBefore, inventoryFromLive, vanished } from './inventory.ts';
export { end, endAttempt, needsPlan, next, terminate } from './next.ts';
export {
  applyOptions,
  isClientSide,
  readSyncOptions,
  resourceOptions,
  type SyncOptions,
  unknownResourceOptions,
  unknownSyncOptions,
} from './options.ts';
export { type PlanInput, plan } from './plan.ts';
export { isUnusual, pruneLimit } from './prune.ts';
export { ready } from './ready.ts';
export { record } from './record.ts';
export { doubted, recreating, refused, rehearsals } from './rehearsal.ts';
export { respecting } from './respect.ts';
export { fight, selfHeal } from './self-heal.ts';
export { type Action, isOver, type Outcome, type SyncRules } from './step.ts';
export { isTracked, trackedBy, withoutTracking } from './tracking.ts';
export { isActive, type WindowsVerdict, windowsFor, windowsVerdict } from './windows.ts';
