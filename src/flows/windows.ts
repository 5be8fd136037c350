import { projectOf } from '../catalog/project-of.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Push } from '../spec/event.ts';
import type { Operation } from '../spec/operation.ts';
import type { Queue, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { type WindowsVerdict, windowsFor, windowsVerdict } from '../sync/index.ts';

/** A sync that is to begin, or that is under way. */
export interface WindowsMoment {
  /** RFC 3339. */
  readonly at: string;
  /** Somebody asked for it. */
  readonly manual: boolean;
  /** RFC 3339: when it began. */
  readonly startedAt?: string;
}

/**
 * Whether the sync windows of its project let an application sync: every road to a sync asks here. A project that does
 * not exist holds nothing back here; it forbids everything by itself.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/
 */
export function windowsOf(
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  moment: WindowsMoment,
): WindowsVerdict {
  try {
    const windows = projectOf(application.spec.project, catalogue)?.spec.syncWindows ?? [];
    return windowsVerdict({ windows: windowsFor(windows, application), ...moment });
  } catch (thrown) {
    return { allowed: false, because: asProblem(thrown).message };
  }
}

/** Throws Problem `forbidden` for a sync that somebody asks for while a window holds it back; it says until when. */
export function checkWindows(
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  at: string,
): void {
  const verdict = windowsOf(application, catalogue, { at, manual: true });
  if (verdict.allowed) return;
  throw new Problem('forbidden', `it may not sync now: ${verdict.because}`, {
    where: { application: applicationName(application) },
    fix:
      verdict.until === undefined
        ? `See syncWindows of project ${application.spec.project}: manualSync lets a sync by hand through.`
        : `Ask again after ${verdict.until}. manualSync of a window lets a sync by hand through.`,
  });
}

/** A message waits no longer than this: what is further away, the scheduled looks come to first. */
const LONGEST_DELAY = 900;

/**
 * Has an application looked at in the moment when its windows let it sync; `heals` says that drift is to be repaired
 * then. Asked again and again while it is held back, it sends one job.
 */
export async function lookWhenOpen(
  {
    application,
    heals,
    push,
  }: { readonly application: string; readonly heals: boolean; readonly push: Push | undefined },
  { until }: Extract<WindowsVerdict, { allowed: false }>,
  at: string,
  ports: { readonly queue: Queue; readonly store: Pick<Store, 'once' | 'seen'> },
): Promise<void> {
  if (until === undefined) return;
  const delaySeconds = Math.max(0, Math.ceil((Date.parse(until) - Date.parse(at)) / 1000));
  if (delaySeconds > LONGEST_DELAY) return;
  const mark = `window:${application}:${until}${heals ? ':heals' : ''}${push === undefined ? '' : `:${push.sha}`}`;
  if (await ports.store.seen(mark)) return;
  const more = { ...(heals ? { heals } : {}), ...(push === undefined ? {} : { push }) };
  const scope = { of: 'applications', names: [application], ...more } as const;
  await ports.queue.send({ kind: 'refresh', scope }, { delaySeconds });
  await ports.store.once(mark, LONGEST_DELAY * 2);
}

/** An operation gets so long for the rest when the windows let it go on. */
const REST_HOURS = 2;

/**
 * An operation that a window holds back, and the seconds until it may go on; undefined where nothing holds it. What is
 * deleted with its Application, or is being terminated, waits for no window.
 */
export function heldBack(
  operation: Operation,
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  at: string,
): { readonly operation: Operation; readonly wake: number } | undefined {
  if (operation.deletes === true || operation.phase !== 'Running') return undefined;
  const { kind } = operation.trigger;
  const manual = kind === 'command' || kind === 'cli';
  const verdict = windowsOf(application, catalogue, { at, manual, startedAt: operation.startedAt });
  if (verdict.allowed) return undefined;
  const { until = at } = verdict;
  const rest = new Date(Date.parse(until) + REST_HOURS * 3_600_000).toISOString();
  const deadline = verdict.until === undefined || rest < operation.deadline ? operation.deadline : rest;
  const message = `Sync operation blocked by sync window: ${verdict.because}`;
  const seconds = verdict.until === undefined ? LONGEST_DELAY : (Date.parse(until) - Date.parse(at)) / 1000;
  return { operation: { ...operation, message, deadline }, wake: Math.min(LONGEST_DELAY, Math.max(1, seconds)) };
}
