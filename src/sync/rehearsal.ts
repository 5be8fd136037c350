import { apiVersionOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import type { ApiKind, ApplyOptions } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { applyOptions, recreatable, resourceOptions } from './options.ts';
import { recreated, textOf } from './record.ts';
import type { SyncRules } from './step.ts';

/** What the API server is asked before anything is applied: would it take this? */
export interface Rehearsal {
  readonly task: number;
  readonly manifest: Manifest;
  readonly options: ApplyOptions;
  /** `Force=true`: the object that may be deleted for a new one where a field of it can't change. */
  readonly recreates?: string;
}

export interface RehearsalInput {
  readonly operation: Operation;
  readonly desired: ReadonlyMap<string, Manifest>;
  readonly live: ReadonlyMap<string, Manifest>;
  /** What the API server serves now. */
  readonly kinds: readonly ApiKind[];
}

/**
 * What to rehearse of a planned operation, and which tasks can't work because nobody serves their kind. As in Argo CD
 * the whole sync is rehearsed before its first write, so that what a later wave would be refused fails it while nothing is
 * changed yet. Left out is what can't be known yet: resources in a namespace or of a kind that this sync brings (or,
 * with `SkipDryRunOnMissingResource=true`, that somebody else will), and what goes before it comes anew.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#skip-dry-run-for-new-custom-resources-types
 */
export function rehearsals(
  { operation, desired, live, kinds }: RehearsalInput,
  { options }: SyncRules,
): { readonly rehearse: readonly Rehearsal[]; readonly unserved: ReadonlyMap<number, Problem> } {
  const rehearse: Rehearsal[] = [];
  const unserved = new Map<number, Problem>();
  const brought = new Set([...desired.values()].flatMap(definedKind));
  for (const [index, task] of (operation.tasks ?? []).entries()) {
    const manifest = desired.get(keyText(task.key));
    if (manifest === undefined || task.action === 'prune' || brought.has(kindText(task))) continue;
    const own = resourceOptions(manifest, options);
    if (!isServed(task, kinds)) {
      if (!own.skipDryRunOnMissingResource) unserved.set(index, nobodyServes(task));
    } else if (!isNew(task.key.namespace, desired, live) && !goesBefore(task, live)) {
      const recreates = task.action === 'apply' ? recreatable(manifest, live.get(keyText(task.key)), own) : undefined;
      const may = recreates === undefined ? {} : { recreates };
      rehearse.push({ task: index, manifest, options: applyOptions(own), ...may });
    }
  }
  return { rehearse, unserved };
}

/**
 * A planned operation of which some tasks were refused in the rehearsal: it fails, and nothing of it is run, not even its
 * SyncFail hooks.
 */
export function refused(operation: Operation, refusals: ReadonlyMap<number, Problem>): Operation {
  if (refusals.size === 0) return operation;
  const tasks = (operation.tasks ?? []).map((task, index): Task => {
    const problem = refusals.get(index);
    if (problem !== undefined) return { ...task, status: 'Failed', message: `${textOf(task, problem)} (dry run)` };
    return task.status === 'Pending'
      ? { ...task, status: 'Skipped', message: 'not run: the dry run before the sync failed' }
      : task;
  });
  return { ...operation, tasks };
}

/** A planned operation of which some tasks did not pass their dry run, for a reason that may be gone when their turn comes. */
export function doubted(operation: Operation, doubts: ReadonlyMap<number, Problem>): Operation {
  const tasks = (operation.tasks ?? []).map((task, index) => {
    const problem = doubts.get(index);
    return problem === undefined ? task : { ...task, message: `the dry run says: ${textOf(task, problem)}` };
  });
  return { ...operation, tasks };
}

/** A planned operation of which some objects are to be deleted, and created anew, because a field of theirs can't change. */
export function recreating(operation: Operation, uids: ReadonlyMap<number, string>): Operation {
  const tasks = (operation.tasks ?? []).map((task, index) => {
    const uid = uids.get(index);
    return uid === undefined ? task : recreated(task, uid);
  });
  return { ...operation, tasks };
}

/** `group/Kind` that a CustomResourceDefinition defines: also one that is there may be about to change. */
function definedKind(manifest: Manifest): readonly string[] {
  if (manifest.kind !== 'CustomResourceDefinition') return [];
  const spec = manifest['spec'] as { readonly group?: string; readonly names?: { readonly kind?: string } } | undefined;
  return [`${spec?.group ?? ''}/${spec?.names?.kind ?? ''}`];
}

function kindText({ key }: Task): string {
  return `${key.group}/${key.kind}`;
}

function isServed({ apiVersion, key }: Task, kinds: readonly ApiKind[]): boolean {
  return kinds.some((served) => served.kind === key.kind && apiVersionOf(served) === apiVersion);
}

function nobodyServes({ apiVersion, key }: Task): Problem {
  return new Problem('not-found', `the cluster serves no ${key.kind} in ${apiVersion}`, {
    fix: 'Sync its CustomResourceDefinition with it, or say SkipDryRunOnMissingResource=true.',
  });
}

/** Whether a namespace comes with this sync. */
function isNew(
  namespace: string,
  desired: ReadonlyMap<string, Manifest>,
  live: ReadonlyMap<string, Manifest>,
): boolean {
  const key = keyText({ group: '', kind: 'Namespace', namespace: '', name: namespace });
  return namespace !== '' && desired.has(key) && !live.has(key);
}

/** A hook's last run, or what is replaced by force: the new one would be held against it. */
function goesBefore(task: Task, live: ReadonlyMap<string, Manifest>): boolean {
  return task.replaces !== undefined || (task.action === 'hook' && live.has(keyText(task.key)));
}
