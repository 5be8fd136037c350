import { type Application, applicationName } from '../spec/application.ts';
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

/** Applications whose sources did not answer are looked at again soon: once, however many jobs find that out. */
export async function comeBack(
  wants: readonly Unanswered[],
  ports: { readonly store: Pick<Store, 'once'>; readonly queue: Queue },
): Promise<void> {
  if (wants.length === 0) return;
  const asked = wants.map(({ problem }) => problem?.retryAfterSeconds ?? SOURCE_SECONDS);
  const delaySeconds = Math.min(LONGEST_DELAY, Math.ceil(Math.max(...asked)));
  const all = wants.map(({ application }) => applicationName(application));
  const first = await Promise.all(all.map((name) => ports.store.once(`again:${name}`, delaySeconds)));
  const names = all.filter((_, index) => first[index]);
  if (names.length === 0) return;
  await ports.queue.send({ kind: 'refresh', scope: { of: 'applications', names } }, { delaySeconds });
}
