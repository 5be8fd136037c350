import { FIELD_MANAGER } from '../spec/annotations.ts';
import type { Change } from '../spec/change.ts';
import { keyText, type ResourceKey, resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus, Drifted, Operation } from '../spec/operation.ts';
import { isSelected } from '../spec/resource-pattern.ts';
import { digest } from './digest.ts';
import { isOver } from './step.ts';

/** What is found as Git wants it this long after the last repair is settled: what comes later is another drift. */
export const LASTED_SECONDS = 330;

/** Something that comes again after so many repairs in a row is left to whoever makes it. */
export const MOST_ROUNDS = 5;

/** More are not remembered of one application: whoever changes that much is found by any part of it. */
const MOST_DRIFTS = 100;

type Looked = Pick<
  ApplicationStatus,
  'sync' | 'drift' | 'resources' | 'revisions' | 'definition' | 'observedAt' | 'drifted'
>;

export interface DriftedInput {
  /** The last look, and this one, each with the commit of the control repository that it was at. */
  readonly before: Looked | undefined;
  readonly status: Looked;
  /** The newest operation, as it was when the look began. */
  readonly last:
    | Pick<Operation, 'id' | 'phase' | 'trigger' | 'revisions' | 'definition' | 'finishedAt' | 'only' | 'tasks'>
    | undefined;
  /** Whether drift is repaired by itself. */
  readonly selfHeal: boolean;
}

/**
 * The drift that is to be remembered after a look. What Git alone changed is none: a difference is somebody's work when
 * managedFields name somebody else than trimtab, or when the resource was as Git wants it before: at the last look at the
 * same commits, or by the newest sync of them. What a commit does not change goes on through it. A sync that put it right
 * and after which it is back is counted; one that a person asked for begins the count anew. A look that could not
 * compare, or that came while a sync ran, changes nothing.
 */
export function driftedAfter(input: DriftedInput): readonly Drifted[] {
  const { before, status, last, selfHeal } = input;
  const known = before?.drifted ?? [];
  if (status.sync === 'Unknown' || (last !== undefined && !isOver(last.phase))) return known;
  const present = status.drift.flatMap((change) =>
    itemsOf(change).flatMap((item): readonly Drifted[] => {
      const earlier = known.find((one) => isSame(one, item));
      if (earlier === undefined && !isSomebodys(change, item, input)) return [];
      const drifted = { ...item, ...countOf(earlier, change.key, input), seenAt: status.observedAt };
      return [selfHeal && drifted.undone >= MOST_ROUNDS ? { ...drifted, left: true } : drifted];
    }),
  );
  const quiet = known.filter(
    (one) => !present.some((item) => isSame(one, item) || isReplaced(one, item)) && !hasLasted(one, input),
  );
  return [...present, ...quiet].sort((a, b) => b.undone - a.undone).slice(0, MOST_DRIFTS);
}

/** Of the drift that is remembered, what the last look found. */
export function presentDrift({
  drifted = [],
  observedAt,
}: Pick<ApplicationStatus, 'drifted' | 'observedAt'>): readonly Drifted[] {
  return drifted.filter(({ seenAt }) => seenAt === observedAt);
}

/**
 * Whether all that differs is somebody's work, and some of it is left alone. Then no commit is a reason to sync the whole:
 * Git asks for nothing that was not there.
 */
export function isFight(status: Pick<ApplicationStatus, 'drift' | 'drifted' | 'observedAt'>): boolean {
  const present = presentDrift(status);
  if (!present.some(({ left }) => left === true)) return false;
  return status.drift.flatMap(itemsOf).every((item) => present.some((one) => isSame(one, item)));
}

type Item = Pick<Drifted, 'resource' | 'is' | 'path' | 'manager' | 'desired'>;

/** Values that are there do not count: an autoscaler writes another number each time. */
function itemsOf({ key, action, fields }: Change): readonly Item[] {
  const resource = resourceText(key);
  if (action !== 'update') return [{ resource, is: action === 'create' ? 'gone' : 'extra', desired: '' }];
  return fields.map(({ path, to, manager }) => ({
    resource,
    is: 'changed',
    path,
    desired: digest(to),
    ...(manager === undefined ? {} : { manager }),
  }));
}

function isSame(one: Item, other: Item): boolean {
  return isPlaceOf(one, other) && one.manager === other.manager && one.desired === other.desired;
}

/** Whether Git wants something else there by now. */
function isReplaced(one: Item, other: Item): boolean {
  return isPlaceOf(one, other) && one.desired !== other.desired;
}

function isPlaceOf(one: Item, other: Item): boolean {
  return one.resource === other.resource && one.is === other.is && one.path === other.path;
}

function isSomebodys({ key, action }: Change, item: Item, { before, status, last }: DriftedInput): boolean {
  if (item.manager !== undefined && item.manager !== FIELD_MANAGER) return true;
  if (isSynced(key, action === 'delete' ? 'prune' : 'apply', status, last)) return true;
  const earlier = before?.resources.find((one) => keyText(one.key) === keyText(key));
  // A resource that was there is gone, whatever Git says of it now
  if (action === 'create') return earlier?.health !== undefined && earlier.health.status !== 'Missing';
  if (before === undefined || !isSameCommit(before, status)) return false;
  return action === 'delete' ? earlier === undefined : earlier?.sync === 'Synced';
}

/** Whether the newest operation brought what Git says now of a resource. */
function isSynced(key: ResourceKey, action: 'apply' | 'prune', status: Looked, last: DriftedInput['last']): boolean {
  if (last?.phase !== 'Succeeded' || !isSameCommit(last, status)) return false;
  return (last.tasks ?? []).some(
    (task) => task.action === action && task.status === 'Succeeded' && keyText(task.key) === keyText(key),
  );
}

function isSameCommit(
  one: Pick<Looked, 'revisions' | 'definition'>,
  other: Pick<Looked, 'revisions' | 'definition'>,
): boolean {
  return one.definition === other.definition && one.revisions.join() === other.revisions.join();
}

function countOf(
  earlier: Drifted | undefined,
  key: ResourceKey,
  { status, last }: DriftedInput,
): Pick<Drifted, 'since' | 'undone' | 'after'> {
  const after = last === undefined ? {} : { after: last.id };
  if (earlier === undefined) return { since: status.observedAt, undone: 0, ...after };
  const { since, undone } = earlier;
  if (last === undefined || last.id === earlier.after || !putRight(last, key)) {
    return { since, undone, ...(earlier.after === undefined ? {} : { after: earlier.after }) };
  }
  const byHand = last.trigger.kind === 'command' || last.trigger.kind === 'cli';
  return byHand ? { since: status.observedAt, undone: 0, ...after } : { since, undone: undone + 1, ...after };
}

function putRight({ phase, only }: NonNullable<DriftedInput['last']>, key: ResourceKey): boolean {
  return phase === 'Succeeded' && (only === undefined || isSelected(key, only));
}

function hasLasted({ seenAt }: Drifted, { status, last }: DriftedInput): boolean {
  const until = Math.max(Date.parse(seenAt), Date.parse(last?.finishedAt ?? seenAt));
  return Date.parse(status.observedAt) - until >= LASTED_SECONDS * 1000;
}
