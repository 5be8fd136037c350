import { styleText } from 'node:util';
import { asProblem, type Problem, whereText } from '../spec/problem.ts';

/** What the process ends with. https://tldp.org/LDP/abs/html/exitcodes.html */
export const EXIT = { fine: 0, problem: 1, usage: 2 } as const;

/** Says on stderr what is odd but stops nothing. */
export function say(text: string): void {
  process.stderr.write(`${styleText('yellow', 'note:', { stream: process.stderr })} ${text}\n`);
}

/** A problem that is odd but bearable, such as an unknown field. */
export function warn(problem: Problem): void {
  process.stderr.write(`${styleText('yellow', 'warning:', { stream: process.stderr })} ${problemLines(problem)}\n`);
}

/**
 * The one place where the CLI shows what went wrong: what, where, and what to do. Never a stack; a fault of trimtab's
 * own says that it is one.
 */
export function showProblem(thrown: unknown): void {
  const problem = asProblem(thrown);
  const own = problem.code === 'internal' && problem !== thrown ? 'this is a fault of trimtab: ' : '';
  const text = `${styleText('red', 'error:', { stream: process.stderr })} ${own}${problemLines(problem)}\n`;
  process.stderr.write(text);
}

function problemLines(problem: Problem): string {
  const { application } = problem.where;
  const where = [application === undefined ? '' : `application ${application}`, whereText(problem.where)]
    .filter((part) => part !== '')
    .join(', ');
  const lines = [problem.message.trim(), where === '' ? '' : `where: ${where}`, fixLine(problem)];
  return lines.filter((line) => line !== '').join('\n  ');
}

function fixLine(problem: Problem): string {
  return problem.fix === undefined || problem.fix === '' ? '' : `fix:   ${problem.fix}`;
}
