/** A signal may come twice for one Ctrl-C: from the terminal, and from the launcher. In milliseconds. */
const ONE_PRESS = 1000;

/** Calls back at the first Ctrl-C (or SIGTERM), so that all can be ended in order. Another one, later, ends the process at once. */
export function onInterrupt(end: () => void): void {
  let pressed: number | undefined;
  const press = (): void => {
    if (pressed !== undefined && performance.now() - pressed > ONE_PRESS) process.exit(130);
    if (pressed !== undefined) return;
    pressed = performance.now();
    end();
  };
  process.on('SIGINT', press).on('SIGTERM', press);
}
