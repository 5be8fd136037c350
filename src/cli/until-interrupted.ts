import { setTimeout as wait } from 'node:timers/promises';

/**
 * Does the work every so many seconds until Ctrl-C (or SIGTERM), and resolves then. The first time comes after the
 * first pause. A second Ctrl-C ends the process at once, as it does without us.
 */
export async function untilInterrupted(seconds: number, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    while (!stop.signal.aborted) {
      await wait(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) await work();
    }
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}
