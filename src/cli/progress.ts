import { keyText, resourceText } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import { isOver } from '../sync/index.ts';
import { say } from './show-problem.ts';

export interface Progress {
  /** Prints what has changed since the last look. */
  show(operation: Operation): void;
  /** Says something odd that stops nothing, on a line of its own. */
  note(text: string): void;
  /** Takes the line away that says what is waited for. */
  end(): void;
}

/** A task in a line: where it stands in the order, what it does, and what has come of it. */
export function taskLine({ phase, wave, action, key }: Task, outcome: string): string {
  return `${phase} ${wave}  ${action.padEnd(5)}  ${resourceText(key)}  ${outcome}`;
}

/**
 * Shows an operation while it runs, on stderr: a line for each task whose status changes, and one that says what is waited
 * for: the last line of a terminal, elsewhere a line of its own as often as it changes. How it ended is not said here. Quiet:
 * nothing.
 */
export function createProgress(quiet: boolean): Progress {
  const known = new Map<string, string>();
  const { stderr } = process;
  let waiting = '';
  let said = '';
  const clear = (): void => {
    if (waiting !== '') stderr.write('\r\x1b[2K');
    waiting = '';
  };
  return {
    show: ({ tasks = [], message, attempt, phase }) => {
      if (quiet) return;
      const changed = tasks.filter((task) => {
        const name = `${attempt} ${task.phase} ${task.action} ${keyText(task.key)}`;
        const before = known.get(name) ?? 'Pending';
        known.set(name, task.status);
        return before !== task.status;
      });
      clear();
      for (const task of changed) stderr.write(`${taskLine(task, [task.status, task.message].join('  ').trimEnd())}\n`);
      if (message === '' || message === said || isOver(phase)) return;
      if (!stderr.isTTY) {
        stderr.write(`${message}\n`);
        said = message;
        return;
      }
      waiting = message.slice(0, Math.max(20, stderr.columns - 1));
      stderr.write(waiting);
    },
    note: (text) => {
      clear();
      say(text);
    },
    end: clear,
  };
}
