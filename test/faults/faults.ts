import { Problem } from '../../src/spec/problem.ts';

/**
 * What goes wrong at one call of a port.
 *
 * - `killed before`, `killed after`: the function dies there, so that none of its calls reaches anything any more.
 * - `unacknowledged`: the call is done, but its answer never comes: a time-out, or a connection that drops.
 * - `refused`: 409, or a conditional write that does not hold; for calls that only look, as `failed`.
 * - `throttled`: 429 with Retry-After. `failed`: 500. `timed out`, `dropped`: no answer, and nothing was done.
 * - `stalled`, `stalled after`: the function sleeps there, before the call or after it, while everybody else goes on, and wakes up
 *   as if nothing had been.
 */
export type Fault =
  | 'killed before'
  | 'killed after'
  | 'unacknowledged'
  | 'refused'
  | 'throttled'
  | 'failed'
  | 'timed out'
  | 'dropped'
  | 'stalled'
  | 'stalled after';

export const KILLS: readonly Fault[] = ['killed before', 'killed after', 'unacknowledged'];

/** Errors that say that nothing was done. */
export const ERRORS: readonly Fault[] = ['refused', 'throttled', 'failed', 'timed out', 'dropped'];

export const STALLS: readonly Fault[] = ['stalled', 'stalled after'];

/** A call of a port. */
export interface Call {
  /** `cluster`, `store.operations`, `queue`, `forge`, … */
  readonly edge: string;
  readonly name: string;
  readonly writes: boolean;
}

/** Methods that change something. */
const WRITES: ReadonlySet<string> = new Set([
  ...[
    'apply',
    'create',
    'remove',
    'release',
    'send',
    'createDeployment',
    'setDeployment',
    'upsertComment',
    'check',
    'react',
  ],
  ...['save', 'take', 'release', 'append', 'once', 'forget'],
]);

export function callOf(edge: string, name: string): Call {
  return { edge, name, writes: WRITES.has(name) };
}

/** Saves that name a version, and appends that name a number: what may be refused because somebody was faster. */
const CONDITIONAL: ReadonlySet<string> = new Set(['store.operations save', 'store.histories append']);

/** Whether a refusal is an answer, and not an error: a lease that somebody else has. */
export function refusedAnswer(fault: Fault, { edge, name }: Call): false | undefined {
  return fault === 'refused' && edge === 'store.leases' && name === 'take' ? false : undefined;
}

/** What an edge throws for a call that did nothing. */
export function errorOf(fault: Fault, { edge, name, writes }: Call): Problem {
  const what = `${edge}.${name} (${fault})`;
  if (fault === 'refused' && ((edge === 'cluster' && writes) || CONDITIONAL.has(`${edge} ${name}`))) {
    return new Problem('conflict', what);
  }
  if (fault === 'throttled') return new Problem('rate-limited', what, { retryAfterSeconds: edge === 'forge' ? 60 : 5 });
  if ((fault === 'timed out' || fault === 'dropped') && edge === 'cluster') {
    return new Problem('cluster-unreachable', what);
  }
  return new Problem('unavailable', what, edge === 'cluster' ? {} : { retryAfterSeconds: 5 });
}

/** What an edge throws for a call that was done, and whose answer was lost. */
export function lossOf({ edge, name }: Call): Problem {
  return new Problem(edge === 'cluster' ? 'cluster-unreachable' : 'unavailable', `${edge}.${name} (answer lost)`);
}
