import { ANNOTATION } from '../spec/annotations.ts';
import type { Application } from '../spec/application.ts';
import { isHook, waveOf } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import type { InventoryItem } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { isSelected, type ResourcePattern } from '../spec/resource-pattern.ts';
import type { Tracking } from '../spec/tracking.ts';
import { runsOnDeletion } from './deletion.ts';
import { fateOf } from './fate.ts';
import { belongs } from './inventory.ts';
import type { SyncOptions } from './options.ts';
import { isTracked } from './tracking.ts';

export interface PruneInput {
  readonly operation: Pick<Operation, 'application' | 'prune' | 'deletes'>;
  readonly desired: readonly Manifest[];
  /** Live objects by `keyText`. */
  readonly live: ReadonlyMap<string, Manifest>;
  readonly inventory: readonly InventoryItem[];
  /** Hooks whose objects may be there still: they go with their application. Default none. */
  readonly left?: readonly InventoryItem[];
  readonly options: SyncOptions;
  /** What other applications desire or have in their inventories, as `keyText`. */
  readonly claimed?: ReadonlySet<string>;
  /** Those of them of which it is only not known whether another application desires them, with why. */
  readonly unknown?: ReadonlyMap<string, string>;
  /** `syncPolicy.automated.allowEmpty`: an application may lose all of its resources. Default false. */
  readonly allowEmpty?: boolean;
  /** A selective sync: nothing else goes. */
  readonly only?: readonly ResourcePattern[];
  /** Somebody looked at it and said yes: the brake does not hold. Default false. */
  readonly allowDelete?: boolean;
  /** The share of the application (0 to 1) that may go unasked: see `pruneLimit`. Default one half. */
  readonly pruneLimit?: number;
  /** How `argocd-cm` has resources tracked. Default by annotation. */
  readonly tracking?: Tracking;
}

/** So many may always go, whatever share of the application they are. */
const FEW = 3;

const HALF = 0.5;

/**
 * The annotation `trimtab.dev/prune-limit` of an Application, as a share: `80%` is 0.8, `0%` stops each prune of more than
 * three, `100%` none but that of everything. Throws Problem invalid-manifest for what is no percentage.
 */
export function pruneLimit(application: Application): number {
  const text = application.metadata.annotations?.[ANNOTATION.pruneLimit];
  if (text === undefined) return HALF;
  const percent = /^(\d{1,3})%$/.exec(text.trim())?.[1];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  throw new Problem('invalid-manifest', `a percentage such as 50% is expected, not "${text}"`, {
    where: { application: application.metadata.name, field: `metadata.annotations["${ANNOTATION.pruneLimit}"]` },
    fix: 'Write 0% to 100%, or leave the annotation out for 50%.',
  });
}

/**
 * One task for each object that the application had and no longer desires, and that still says that it belongs to it.
 * Those that stay, though they are not desired, are `Skipped` and say why: pruning is off (`Prune=false`, prune not
 * asked for, Helm's resource policy), claimed by another application, or no longer tracked. Hooks are never pruned, as in
 * Argo CD, but go with their application.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources
 *
 * What needs a confirmation is Pending with `confirm`.
 *
 * Throws Problem limit-exceeded, before anything is deleted, where an application would lose more than the limit (and
 * more than three) of its resources, or all of them: so looks a render that lost its manifests by mistake.
 */
export function pruneTasks(input: PruneInput): readonly Task[] {
  const { deletes } = input.operation;
  const desired = new Set(deletes === true ? [] : input.desired.map((manifest) => keyText(keyOf(manifest))));
  const tasks = input.inventory.flatMap((item) => {
    const live = input.live.get(keyText(item.key));
    if (desired.has(keyText(item.key)) || live === undefined || isHook(live)) return [];
    if (input.only !== undefined && !isSelected(item.key, input.only)) return [];
    return [pruneTask(item, live, input)];
  });
  if (deletes === true) tasks.push(...leftTasks(input));
  brake(
    tasks.filter((task) => task.status === 'Pending'),
    input,
  );
  return reversedWaves(tasks);
}

/** What hooks of syncs left; a hook that the deletion itself runs makes room for it by its policy. */
function leftTasks(input: PruneInput): readonly Task[] {
  const runs = new Set(input.desired.filter(runsOnDeletion).map((manifest) => keyText(keyOf(manifest))));
  const known = new Set(input.inventory.map((item) => keyText(item.key)));
  return (input.left ?? []).flatMap((item) => {
    const text = keyText(item.key);
    const live = input.live.get(text);
    if (live === undefined || runs.has(text) || (known.has(text) && !isHook(live))) return [];
    return [pruneTask(item, live, input)];
  });
}

function pruneTask(item: InventoryItem, live: Manifest, input: PruneInput): Task {
  const kept = whyKept(live, input);
  const asks = fateOf(live, input.options, input.operation.deletes === true).fate === 'asks';
  return {
    key: item.key,
    apiVersion: item.apiVersion,
    phase: 'Sync',
    wave: waveOf(live),
    action: 'prune',
    status: kept === undefined ? 'Pending' : 'Skipped',
    message: kept ?? '',
    hookDeletePolicies: [],
    ...(kept === undefined && asks ? { confirm: true } : {}),
  };
}

function whyKept(live: Manifest, input: PruneInput): string | undefined {
  const { application, prune, deletes } = input.operation;
  if (!isTracked(live, application, input.tracking))
    return 'left alone: it no longer carries the tracking id of this application';
  const unknown = input.unknown?.get(keyText(keyOf(live)));
  if (unknown !== undefined) return `left alone for now: ${unknown}`;
  if (isClaimed(live, input.claimed ?? new Set())) return 'left alone: another application has it, too';
  const own = fateOf(live, input.options, deletes === true);
  if (own.fate === 'stays') return deletes === true ? `left alone (${own.because})` : 'ignored (no prune)';
  if (!prune && deletes !== true) return 'ignored (requires pruning)';
  return undefined;
}

/** A Namespace is also claimed by whatever another application has in it: it would go down with the namespace. */
function isClaimed(live: Manifest, claimed: ReadonlySet<string>): boolean {
  const key = keyOf(live);
  if (claimed.has(keyText(key))) return true;
  if (key.kind !== 'Namespace' || key.group !== '') return false;
  return [...claimed].some((text) => text.includes(`:${key.name}/`));
}

/** Whether a sync that deletes so many of the resources that an application has stops, and asks. */
export function isUnusual(going: number, held: number, limit: number = HALF): boolean {
  return going > FEW && going > held * limit;
}

function brake(going: readonly Task[], input: PruneInput): void {
  if (going.length === 0 || input.allowDelete === true) return;
  const { application } = input.operation;
  const empty = !input.desired.some(belongs);
  if (empty && input.allowEmpty !== true) {
    const all = going.length === 1 ? 'the one resource' : `all ${going.length} resources`;
    throw new Problem(
      'limit-exceeded',
      `the source renders to no resource, so the sync would delete ${all} of the application`,
      {
        where: { application },
        fix: `If that is meant, set syncPolicy.automated.allowEmpty: true, say \`/sync ${application} --prune\`, or delete the Application.`,
      },
    );
  }
  const held = input.inventory.filter((item) => input.live.has(keyText(item.key))).length;
  if (empty || !isUnusual(going.length, held, input.pruneLimit)) return;
  const names = going.slice(0, 5).map((task) => resourceText(task.key));
  const more = going.length > names.length ? `, and ${going.length - names.length} more` : '';
  throw new Problem(
    'limit-exceeded',
    `the sync would delete ${going.length} of the ${held} resources that the application has: ${names.join(', ')}${more}`,
    {
      where: { application },
      fix: `If that is meant, say \`/sync ${application} --prune\`; the label trimtab/allow-prune on a pull request says so before the merge.`,
    },
  );
}

/** What was created first goes last: the waves of the prune tasks are mirrored among themselves. */
function reversedWaves(tasks: readonly Task[]): readonly Task[] {
  const waves = [...new Set(tasks.map((task) => task.wave))].sort((a, b) => a - b);
  const mirrored = new Map(waves.map((wave, index) => [wave, waves.at(-1 - index) ?? wave]));
  return tasks.map((task) => ({ ...task, wave: mirrored.get(task.wave) ?? task.wave }));
}
