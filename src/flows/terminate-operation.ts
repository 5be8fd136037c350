import type { Queue, Store } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { isOver, terminate } from '../sync/index.ts';

export interface TerminatePorts {
  readonly store: Pick<Store, 'operations'>;
  readonly queue: Queue;
}

/** How often it is tried while a step of the operation saves in between. */
const TRIES = 5;

/**
 * Ends the running operation of an application early: its next step deletes the hooks that run, and it is Failed, naming
 * who asked. One that is ending already ends for the reason that was given first. Answers false when none runs. Throws Problem `conflict` when its steps are faster every time.
 */
export async function terminateOperation(application: string, by: string, ports: TerminatePorts): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const loaded = await ports.store.operations.load(application);
    if (loaded === undefined || isOver(loaded.value.phase)) return false;
    const isEnding = loaded.value.phase === 'Terminating';
    const ending = isEnding ? loaded.value : terminate(loaded.value, `terminated by ${by}`);
    try {
      if (!isEnding) await ports.store.operations.save(ending, loaded.version);
    } catch (thrown) {
      if (asProblem(thrown).code !== 'conflict' || tries === TRIES) throw thrown;
      continue;
    }
    await ports.queue.send({ kind: 'sync', application, operation: ending.id, look: ending.looks });
    return true;
  }
}
