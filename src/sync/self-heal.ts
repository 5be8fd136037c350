import { FIELD_MANAGER } from '../spec/annotations.ts';
import { resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus, FoughtField, HealRounds, Operation } from '../spec/operation.ts';

/** Argo CD's defaults of `controller.self.heal.backoff.timeout.seconds`, `.factor` and `.cap.seconds`. */
const FIRST_SECONDS = 2;
const FACTOR = 3;
const MOST_SECONDS = 300;

/** A repair that a look finds in place after this long has lasted: what drifts later is a new drift. */
const LASTED_SECONDS = 330;

/** Two managers that want different values are let go after so many repairs of the same field. */
const MOST_ROUNDS = 5;

export interface SelfHealInput {
  /** What the refresh has just found. */
  readonly status: Pick<ApplicationStatus, 'sync' | 'drift' | 'lastedHeal'>;
  /** The newest operation. Any but a repair (Git's revisions changed, somebody synced by hand) begins the count anew. */
  readonly last: Pick<Operation, 'id' | 'heal' | 'startedAt' | 'finishedAt'> | undefined;
  /** RFC 3339. */
  readonly now: string;
}

/** Whether drift is repaired now; `heal` goes into the operation that repairs it. */
export type SelfHealDecision =
  | { readonly act: 'start'; readonly heal: HealRounds }
  | { readonly act: 'wait'; readonly seconds: number }
  | { readonly act: 'leave'; readonly because: string };

/**
 * What to do about drift of an application that heals itself. The first repair of a revision comes at once, the next
 * ones 2, 6, 18, … seconds after the end of the one before, at most 300. A field that another manager wrote again after
 * each of five repairs in a row is fought over: the application is left as it is, until that field no longer differs.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing and
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cmd-params-cm-yaml/ (`controller.self.heal.backoff.*`)
 */
export function selfHeal(input: SelfHealInput): SelfHealDecision {
  const { status, last, now } = input;
  const because = fight(input);
  if (because !== undefined) return { act: 'leave', because };
  const fields = foreignFields(status.drift);
  const before = roundsBefore(input);
  if (before === undefined) return { act: 'start', heal: { attempts: 1, rounds: 1, fields } };
  const seconds = Math.min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** (before.attempts - 1)) - secondsSince(last, now);
  if (seconds > 0) return { act: 'wait', seconds: Math.ceil(seconds) };
  const again = common(before.fields, fields);
  const heal = again.length > 0 ? { rounds: before.rounds + 1, fields: again } : { rounds: 1, fields };
  return { act: 'start', heal: { attempts: before.attempts + 1, ...heal } };
}

/**
 * Why an application is left alone: the field that is fought over, and with whom; undefined when there is no fight. A
 * look that could not compare says nothing of it, and changes nothing.
 */
export function fight(input: SelfHealInput): string | undefined {
  const before = roundsBefore(input);
  if (before === undefined || before.rounds < MOST_ROUNDS || input.status.sync === 'Synced') return undefined;
  if (input.last?.finishedAt === undefined) return undefined;
  const still =
    input.status.sync === 'Unknown' ? before.fields : common(before.fields, foreignFields(input.status.drift));
  const [first, ...more] = still;
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : `, and ${more.length} more ${more.length === 1 ? 'field' : 'fields'}`;
  return (
    `self-heal stopped: ${first.manager} changed ${first.path} of ${first.resource}${others} again after each of ` +
    `${MOST_ROUNDS} repairs. Take the field out of Git, ignore it (ignoreDifferences), or stop ${first.manager}; a ` +
    'sync by hand or a new revision starts self-heal again'
  );
}

/**
 * The repair that has lasted, as a status remembers it: the id of the newest operation, once a look finds its repair in
 * place long after it.
 */
export function lastedHeal({ status, last, now }: SelfHealInput): string | undefined {
  if (last?.heal === undefined) return undefined;
  const lasted = status.sync === 'Synced' && secondsSince(last, now) >= LASTED_SECONDS;
  return lasted || status.lastedHeal === last.id ? last.id : undefined;
}

function roundsBefore({ status, last }: SelfHealInput): HealRounds | undefined {
  return last === undefined || status.lastedHeal === last.id ? undefined : last.heal;
}

/** What somebody else than trimtab wrote. Values do not count: an autoscaler writes another number each time. */
function foreignFields(drift: ApplicationStatus['drift']): readonly FoughtField[] {
  return drift.flatMap(({ key, fields }) =>
    fields.flatMap(({ path, manager }) =>
      manager === undefined || manager === FIELD_MANAGER ? [] : [{ resource: resourceText(key), path, manager }],
    ),
  );
}

function common(before: readonly FoughtField[], now: readonly FoughtField[]): readonly FoughtField[] {
  return before.filter((one) =>
    now.some(
      ({ resource, path, manager }) => resource === one.resource && path === one.path && manager === one.manager,
    ),
  );
}

function secondsSince(last: SelfHealInput['last'], now: string): number {
  return last === undefined ? 0 : (Date.parse(now) - Date.parse(last.finishedAt ?? last.startedAt)) / 1000;
}
