import { FIELD_MANAGER } from '../spec/annotations.ts';
import { type ResourceKey, resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus, Drifted, Operation } from '../spec/operation.ts';
import { LASTED_SECONDS, MOST_ROUNDS, presentDrift } from './drifted.ts';

/** Argo CD's defaults of `controller.self.heal.backoff.timeout.seconds`, `.factor` and `.cap.seconds`. */
const FIRST_SECONDS = 2;
const FACTOR = 3;
const MOST_SECONDS = 300;

export interface SelfHealInput {
  /** What the refresh has just found. */
  readonly status: Pick<ApplicationStatus, 'resources' | 'drifted' | 'observedAt'>;
  /** The newest operation. */
  readonly last: Pick<Operation, 'phase' | 'heal' | 'startedAt' | 'finishedAt'> | undefined;
  /** RFC 3339. */
  readonly now: string;
}

/** Whether drift is repaired now: `only` these resources, by an operation that is the `heal`-th repair in a row. */
export type SelfHealDecision =
  | { readonly act: 'start'; readonly heal: number; readonly only: readonly ResourceKey[] }
  | { readonly act: 'wait'; readonly seconds: number }
  | { readonly act: 'leave' };

/**
 * What to do about drift of an application that heals itself. The first repair comes at once, the next ones 2, 6, 18, …
 * seconds after the end of the one before, at most 300; any other sync, or 330 seconds without one, begin that anew. A
 * repair is a selective sync, as in Argo CD: what is in sync is left alone, and no hook runs; so is a resource that
 * somebody changes again after each repair (`driftedAfter`).
 * https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing and
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cmd-params-cm-yaml/ (`controller.self.heal.backoff.*`)
 */
export function selfHeal({ status, last, now }: SelfHealInput): SelfHealDecision {
  const left = new Set(leftAlone(status).map(({ resource }) => resource));
  const differing = status.resources.filter(({ sync, key }) => sync === 'OutOfSync' && !left.has(resourceText(key)));
  if (differing.length === 0) return { act: 'leave' };
  const passed = last === undefined ? 0 : (Date.parse(now) - Date.parse(last.finishedAt ?? last.startedAt)) / 1000;
  const healed = passed < LASTED_SECONDS ? (last?.heal ?? 0) : 0;
  const seconds = healed === 0 ? 0 : Math.min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** (healed - 1)) - passed;
  if (seconds > 0) return { act: 'wait', seconds: Math.ceil(seconds) };
  return { act: 'start', heal: healed + 1, only: differing.map(({ key }) => key) };
}

/** What self-heal leaves as it is, with whom, and how to end that; undefined where there is nothing. */
export function fight(status: Pick<ApplicationStatus, 'drifted' | 'observedAt'>): string | undefined {
  const [first, ...more] = leftAlone(status);
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : ` (and so with ${more.length} more)`;
  return (
    `self-heal leaves ${first.resource} as it is: ${done(first)} again after each of ${MOST_ROUNDS} repairs${others}. ` +
    `${remedy(first)}; a sync by hand, or another value in Git, starts self-heal again`
  );
}

function done({ resource, is, path, manager }: Drifted): string {
  if (is === 'gone') return `somebody deleted ${resource}`;
  if (is === 'extra') return `somebody made ${resource}`;
  if (manager === FIELD_MANAGER)
    return `something on the way to the cluster, a webhook say, changed ${path} of ${resource}`;
  return `${manager ?? 'somebody'} changed ${path} of ${resource}`;
}

function remedy({ is, manager }: Drifted): string {
  if (is === 'gone') return 'Take it out of Git, or stop whoever deletes it';
  if (is === 'extra') return 'Put it into Git, or stop whoever makes it';
  const who = manager === undefined || manager === FIELD_MANAGER ? 'whoever changes it' : manager;
  return `Take the field out of Git, ignore it (ignoreDifferences), or stop ${who}`;
}

function leftAlone(status: Pick<ApplicationStatus, 'drifted' | 'observedAt'>): readonly Drifted[] {
  return presentDrift(status).filter(({ left }) => left === true);
}
