import { hookTypes, waveOf } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest, type ResourceKey, resourceText } from '../spec/manifest.ts';
import { SYNC_PHASES, type SyncPhase, type Task } from '../spec/operation.ts';
import { Problem } from '../spec/problem.ts';
import { isSelected, type ResourcePattern } from '../spec/resource-pattern.ts';
import { hookDeletePolicies } from './hooks.ts';
import { holdsOthers, isCreatedNamespace, resourceOptions } from './options.ts';
import { ordered } from './order.ts';
import { type PruneInput, pruneTasks } from './prune.ts';
import { ownerOf } from './tracking.ts';

export interface PlanInput extends PruneInput {
  /** `keyText` of what is out of sync, for `ApplyOutOfSyncOnly=true`; absent when it is not known. */
  readonly outOfSync?: ReadonlySet<string>;
  /** The destination's namespace: cluster-scoped resources come after it. Default none. */
  readonly namespace?: string;
}

/**
 * The tasks of an attempt, in the order in which they run. `desired` is what `ready` gave. The same input gives the
 * same tasks, in whatever order the manifests come.
 * Throws Problem: limit-exceeded (see `pruneTasks`), forbidden (`FailOnSharedResource=true`).
 */
export function plan(input: PlanInput): readonly Task[] {
  refuseShared(input);
  const chosen = input.only;
  const tasks = input.desired.flatMap((manifest) => tasksOf(manifest, input));
  const prunes = lastOnes(pruneTasks(input), tasks, input);
  const all = [...tasks, ...prunes].filter((task) => chosen === undefined || isChosen(task, chosen));
  return ordered(withNamespace(all, tasks), {
    definitions: definitionsOf(input.desired),
    namespace: input.namespace ?? '',
  });
}

/**
 * A selective sync brings the namespace of `CreateNamespace=true`, too, where something of it needs it.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#create-namespace
 */
function withNamespace(chosen: readonly Task[], tasks: readonly Task[]): readonly Task[] {
  const applied = new Set(chosen.filter(({ action }) => action === 'apply').map(({ key }) => key.namespace));
  const needed = tasks.filter((task) => !chosen.includes(task) && isOfNamespace(task) && applied.has(task.key.name));
  return [...needed, ...chosen];
}

/** Of resources, only the namespace of `CreateNamespace=true` is applied before the others. */
function isOfNamespace({ action, phase, key }: Task): boolean {
  return action === 'apply' && phase === 'PreSync' && key.kind === 'Namespace';
}

function isChosen(task: Task, chosen: readonly ResourcePattern[]): boolean {
  return task.action !== 'hook' && isSelected(task.key, chosen);
}

function tasksOf(manifest: Manifest, input: PlanInput): readonly Task[] {
  const common = { key: keyOf(manifest), apiVersion: manifest.apiVersion, wave: waveOf(manifest), message: '' };
  const types = hookTypes(manifest);
  if (types !== undefined) {
    const phases = SYNC_PHASES.filter(
      (phase) => types.includes(phase) && isOfDeletion(phase) === (input.operation.deletes === true),
    );
    const hookPolicies = hookDeletePolicies(manifest);
    return phases.map((phase) => ({
      ...common,
      phase,
      action: 'hook',
      status: 'Pending',
      hookDeletePolicies: hookPolicies,
    }));
  }
  if (input.operation.deletes === true || !isNeeded(manifest, input)) return [];
  const options = resourceOptions(manifest, input.options);
  const uid = input.live.get(keyText(common.key))?.metadata.uid;
  const replaces = options.replace && options.force && uid !== undefined && !holdsOthers(manifest);
  return [
    {
      ...common,
      // The namespace of CreateNamespace=true comes before everything, as in Argo CD
      phase: isCreatedNamespace(manifest) ? 'PreSync' : 'Sync',
      action: 'apply',
      status: 'Pending',
      hookDeletePolicies: [],
      ...(replaces ? { replaces: uid } : {}),
    },
  ];
}

function isOfDeletion(phase: SyncPhase): boolean {
  return phase === 'PreDelete' || phase === 'PostDelete';
}

function isNeeded(manifest: Manifest, input: PlanInput): boolean {
  const key = keyText(keyOf(manifest));
  const live = input.live.get(key);
  if (isCreatedNamespace(manifest) && live !== undefined) return !hasMetadata(live, manifest);
  const { outOfSync } = input;
  return outOfSync === undefined || outOfSync.has(key) || !resourceOptions(manifest, input.options).applyOutOfSyncOnly;
}

/** Whether a live object carries all labels and annotations of a manifest. */
function hasMetadata({ metadata }: Manifest, wanted: Manifest): boolean {
  return (['labels', 'annotations'] as const).every((field) =>
    Object.entries(wanted.metadata[field] ?? {}).every(([name, value]) => metadata[field]?.[name] === value),
  );
}

/** `PruneLast=true`: after the last wave of the Sync phase. */
function lastOnes(prunes: readonly Task[], tasks: readonly Task[], input: PlanInput): readonly Task[] {
  const waves = [...tasks, ...prunes].filter((task) => task.phase === 'Sync').map((task) => task.wave);
  const last = Math.max(0, ...waves) + 1;
  return prunes.map((task) => {
    const live = input.live.get(keyText(task.key));
    const options = live === undefined ? input.options : resourceOptions(live, input.options);
    return options.pruneLast ? { ...task, wave: last } : task;
  });
}

function refuseShared(input: PlanInput): void {
  if (!input.options.failOnSharedResource) return;
  const shared = input.desired.map(keyOf).filter((key) => isShared(key, input));
  if (shared.length === 0) return;
  const names = shared.map(resourceText).join(', ');
  throw new Problem('forbidden', `another application has ${names}, too, and FailOnSharedResource=true forbids it`, {
    where: { application: input.operation.application },
    fix: 'Let only one application define it.',
  });
}

/** Another application claims it, or applied it last: the live object carries its tracking id. */
function isShared(key: ResourceKey, { claimed, live, operation, tracking }: PlanInput): boolean {
  const object = live.get(keyText(key));
  const owner = object === undefined ? undefined : ownerOf(object, tracking);
  return (owner !== undefined && owner !== operation.application) || claimed?.has(keyText(key)) === true;
}

function definitionsOf(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  const definitions = manifests.filter((manifest) => manifest.kind === 'CustomResourceDefinition');
  return new Map(definitions.map((manifest) => [manifest.metadata.name ?? '', manifest]));
}
