import { type Application, applicationName } from '../spec/application.ts';
import type { Push } from '../spec/event.ts';
import type { Queue, Store } from '../spec/ports.ts';
import type { Problem } from '../spec/problem.ts';

/** GitHub or a chart repository did not answer: that says nothing of the application, whose status stays as it is. */
export function isPassing(problem: Problem | undefined): boolean {
  return problem?.code === 'unavailable' || problem?.code === 'rate-limited';
}

/** A source that nobody said when to ask again is asked after so long. */
const SOURCE_SECONDS = 20;

/** The queue holds a message back for so long at most. */
const LONGEST_DELAY = 900;

/** An application whose source did not answer. */
export interface Unanswered {
  readonly application: Application;
  readonly problem?: Problem | undefined;
}

/**
 * Applications whose sources did not answer are looked at again soon: once for each push, however many jobs find that out.
 * The push goes along: whoever merged it is told then what would have been told now, and what was allowed still is.
 */
export async function comeBack(
  wants: readonly Unanswered[],
  push: Push | undefined,
  ports: { readonly store: Pick<Store, 'once' | 'seen'>; readonly queue: Queue },
): Promise<void> {
  if (wants.length === 0) return;
  const asked = wants.map(({ problem }) => problem?.retryAfterSeconds ?? SOURCE_SECONDS);
  const delaySeconds = Math.min(LONGEST_DELAY, Math.ceil(Math.max(...asked)));
  const all = wants.map(({ application }) => applicationName(application));
  const mark = (name: string): string => `again:${name}${push === undefined ? '' : `:${push.sha}`}`;
  const seen = await Promise.all(all.map((name) => ports.store.seen(mark(name))));
  const names = all.filter((_, index) => seen[index] === false);
  if (names.length === 0) return;
  const scope = { of: 'applications', names, ...(push === undefined ? {} : { push }) } as const;
  await ports.queue.send({ kind: 'refresh', scope }, { delaySeconds });
  await Promise.all(names.map((name) => ports.store.once(mark(name), delaySeconds)));
}
