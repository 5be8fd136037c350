import { Problem, type Where } from '../spec/problem.ts';
import { LIMITS, type Ran } from './run.ts';

/** The Problem `limit-exceeded` of a run that was ended at a limit; undefined for one that ended by itself. */
export function limitProblem(tool: string, ran: Ran, where: Where): Problem | undefined {
  if (ran.reason === 'exited') return undefined;
  return new Problem('limit-exceeded', `${tool} ${OVER[ran.reason]}.`, {
    where,
    fix: 'Look for a loop or a very large list in the templates and values.',
  });
}

const OVER: Readonly<Record<Exclude<Ran['reason'], 'exited'>, string>> = {
  time: `took longer than ${LIMITS.seconds} seconds and was ended`,
  memory: `wanted more memory than a render may have (${Math.round(LIMITS.addressSpaceKiB / 1000)} MB of address space)`,
  output: `printed more than ${LIMITS.outputBytes / 1024 / 1024} MiB and was ended`,
  killed: 'was ended by the system',
};
