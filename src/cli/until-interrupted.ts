import { setTimeout as wait } from 'node:timers/promises';

/** A signal may come twice for one Ctrl-C: from the terminal, and from the launcher. In milliseconds. */
const ONE_PRESS = 1000;

/**
 * Does the work every so many seconds until Ctrl-C (or SIGTERM), and resolves then, so that everything can be closed. The
 * first time comes after the first pause. Another Ctrl-C, later, ends the process at once.
 */
export async function untilInterrupted(seconds: number, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  let pressed: number | undefined;
  const press = (): void => {
    if (pressed !== undefined && performance.now() - pressed > ONE_PRESS) process.exit(130);
    pressed ??= performance.now();
    stop.abort();
  };
  process.on('SIGINT', press).on('SIGTERM', press);
  while (!stop.signal.aborted) {
    await wait(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
    if (!stop.signal.aborted) await work();
  }
}
