import type { Problem } from '../spec/problem.ts';

/** After the first failure; each further one doubles it. */
const FIRST_SECONDS = 10;

/** The longest that a job waits which nobody said when to try again. */
const MOST_SECONDS = 900;

/** SQS hides a message for twelve hours at most, counted from when it was received. */
const LIMIT_SECONDS = 11 * 3600;

/**
 * Whole seconds until a job that failed comes again: as long as the problem says (a rate limit), else 10, 20, 40, … up to
 * 900. `receiveCount` is how often the message was given out, this time included.
 */
export function retryDelay(problem: Pick<Problem, 'retryAfterSeconds'>, receiveCount: number): number {
  const times = Math.max(1, Math.floor(receiveCount) || 1);
  const seconds = problem.retryAfterSeconds ?? Math.min(MOST_SECONDS, FIRST_SECONDS * 2 ** (times - 1));
  return Math.min(LIMIT_SECONDS, Math.max(1, Math.ceil(seconds) || 1));
}
