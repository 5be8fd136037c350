import { setTimeout as wait } from 'node:timers/promises';
import { onInterrupt } from './on-interrupt.ts';

/**
 * Does the work every so many seconds until Ctrl-C (or SIGTERM), and resolves then, so that everything can be closed. The
 * first time comes after the first pause. Another Ctrl-C, later, ends the process at once.
 */
export async function untilInterrupted(seconds: number, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  while (!stop.signal.aborted) {
    await wait(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
    if (!stop.signal.aborted) await work();
  }
}
