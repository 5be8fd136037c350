import type { Application } from '../spec/application.ts';
import { matchesGlob } from '../spec/glob.ts';
import { asProblem } from '../spec/problem.ts';
import type { SyncWindow } from '../spec/project.ts';
import { type ReadWindow, readWindow } from './active-window.ts';

export interface WindowsQuestion {
  /** Those of the application's project, with what global projects add; `windowsFor` picks the ones that concern it. */
  readonly windows: readonly SyncWindow[];
  /** RFC 3339. */
  readonly at: string;
  /** Somebody asked for the sync; it did not start by itself. */
  readonly manual: boolean;
  /** RFC 3339: when the sync began, for one that is under way. */
  readonly startedAt?: string;
}

/** Whether a sync may run; if not, which rule holds it back, and from when on it may (RFC 3339; absent: not in sight). */
export type WindowsVerdict =
  | { readonly allowed: true; readonly because: string }
  | { readonly allowed: false; readonly because: string; readonly until?: string };

/**
 * Whether sync windows let a sync run, in this order:
 *
 * | windows | sync |
 * | --- | --- |
 * | one can't be read | refused |
 * | a deny window is active | refused; a manual sync runs if all active ones have `manualSync`; one that began when it was allowed goes on if all active ones have `syncOverrun` |
 * | an allow window is active | runs |
 * | there are allow windows, none active | refused; a manual sync runs if all have `manualSync`; one that began when it was allowed goes on if all have `syncOverrun` |
 * | else | runs |
 *
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/
 */
export function windowsVerdict({ windows, at, manual, startedAt }: WindowsQuestion): WindowsVerdict {
  try {
    const asked = {
      windows: windows.map((window) => ({ window, times: readWindow(window) })),
      manual,
      startedAt: startedAt === undefined ? undefined : Date.parse(startedAt),
    };
    const verdict = verdictAt(asked, Date.parse(at));
    if (verdict.allowed) return verdict;
    const until = opening(asked, Date.parse(at));
    return until === undefined ? verdict : { ...verdict, until: new Date(until).toISOString() };
  } catch (thrown) {
    return { allowed: false, because: `invalid sync windows: ${asProblem(thrown).message}` };
  }
}

/**
 * Those windows that an application is subject to: one of their selectors fits, or each of those that are there with
 * `andOperator`. A window without selectors is for nobody.
 */
export function windowsFor(windows: readonly SyncWindow[], application: Application): readonly SyncWindow[] {
  return windows.filter((window) => concerns(window, application));
}

/** Whether a window is active at a moment: a time of its schedule lies less than its duration ago. Throws Problem. */
export function isActive(window: SyncWindow, at: string): boolean {
  return readWindow(window).isActive(Date.parse(at));
}

/** A window in a few words: `deny 0 22 * * * for 8h (Europe/Berlin)`. */
function windowText({ kind, schedule, duration, timeZone = 'UTC', description = '' }: SyncWindow): string {
  const zone = timeZone === '' ? 'UTC' : timeZone;
  return `${kind} ${schedule} for ${duration} (${zone}${description === '' ? '' : `: ${description}`})`;
}

interface Asked {
  readonly windows: readonly { readonly window: SyncWindow; readonly times: ReadWindow }[];
  readonly manual: boolean;
  readonly startedAt: number | undefined;
}

function verdictAt(asked: Asked, at: number): WindowsVerdict {
  const { manual, startedAt } = asked;
  const active = asked.windows.filter(({ times }) => times.isActive(at)).map(({ window }) => window);
  const wasAllowed = (): boolean =>
    startedAt !== undefined && verdictAt({ ...asked, startedAt: undefined }, startedAt).allowed;
  const passes = (holding: readonly SyncWindow[]): boolean =>
    (manual && holding.every((window) => window.manualSync === true)) ||
    (holding.every((window) => window.syncOverrun === true) && wasAllowed());
  const denies = active.filter((window) => window.kind === 'deny');
  if (denies.length > 0) {
    return passes(denies)
      ? { allowed: true, because: `it may run in spite of ${texts(denies)}` }
      : { allowed: false, because: `sync window active: ${texts(denies)}` };
  }
  const open = active.filter((window) => window.kind === 'allow');
  if (open.length > 0) return { allowed: true, because: `sync window active: ${texts(open)}` };
  const allows = asked.windows.map(({ window }) => window).filter((window) => window.kind === 'allow');
  if (allows.length === 0) return { allowed: true, because: 'no sync window holds it back' };
  return passes(allows)
    ? { allowed: true, because: `it may run outside of ${texts(allows)}` }
    : { allowed: false, because: `no sync window active: ${texts(allows)}` };
}

/** So many edges are looked at for the one at which a sync may run: months, for windows that come daily. */
const MOST_EDGES = 200;

function opening(asked: Asked, from: number): number | undefined {
  let at = from;
  for (let edges = 0; edges < MOST_EDGES; edges += 1) {
    const next = asked.windows.map(({ times }) => times.nextEdge(at)).filter((edge) => edge !== undefined);
    if (next.length === 0) return undefined;
    at = Math.min(...next);
    if (verdictAt(asked, at).allowed) return at;
  }
  return undefined;
}

function texts(windows: readonly SyncWindow[]): string {
  return windows.map(windowText).join('; ');
}

function concerns(window: SyncWindow, application: Application): boolean {
  const { applications = [], clusters = [], namespaces = [] } = window;
  const { name = '', server = '', namespace = '' } = application.spec.destination;
  const fits = [
    applications.length === 0 ? undefined : fitsAny(applications, [application.metadata.name]),
    clusters.length === 0
      ? undefined
      : fitsAny(
          clusters,
          [name, server].filter((text) => text !== ''),
        ),
    namespaces.length === 0 ? undefined : fitsAny(namespaces, [namespace]),
  ].filter((fit) => fit !== undefined);
  return window.andOperator === true ? fits.length > 0 && !fits.includes(false) : fits.includes(true);
}

function fitsAny(patterns: readonly string[], values: readonly string[]): boolean {
  return patterns.some((pattern) => values.some((value) => matchesGlob(pattern, value)));
}
