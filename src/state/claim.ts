import { type Condition, type Key, put, remove, seconds, type Table } from './table.ts';

/**
 * A claim on a name: it belongs to one holder until it runs out. Leases and `once` are both claims.
 *
 * ```text
 *            take by A, 60 s          A again: extended           runs out
 *  ──────────┬────────────────────────┬───────────────────────────┬──────────────────────▶ time
 *  nobody's  │ A's                    │ A's, 60 s from here       │ anybody's, item still there
 *            B: NOT_THERE  no         B: RAN_OUT  no              B: RAN_OUT  yes → B's
 * ```
 *
 * The time is the caller's, written and compared as milliseconds, because DynamoDB deletes expired items only within
 * days; machines differ by milliseconds, leases last for a minute. A holder that was asleep past its time may find
 * the claim taken: whatever it saves is guarded by the version that it loaded, too.
 */
export async function claim(table: Table, key: Key, holder: string, lasts: number): Promise<boolean> {
  const now = Date.parse(table.clock());
  const until = now + lasts * 1000;
  const item = { ...key, holder, until, expiresAt: seconds(until) };
  return (await put(table, item, isFree(now, holder))) === 'written';
}

/** Gives the claim back, if this holder has it; a claim that has passed to another is left alone. */
export async function unclaim(table: Table, key: Key, holder: string): Promise<void> {
  const IS_HOLDER = '#holder = :holder';
  await remove(table, key, {
    expression: IS_HOLDER,
    names: { '#holder': 'holder' },
    values: { ':holder': holder },
  });
}

function isFree(now: number, holder: string): Condition {
  const NOT_THERE = 'attribute_not_exists(pk)';
  const RAN_OUT = '#until <= :now';
  const IS_HOLDER = '#holder = :holder';
  return {
    expression: `${NOT_THERE} OR ${RAN_OUT} OR ${IS_HOLDER}`,
    names: { '#until': 'until', '#holder': 'holder' },
    values: { ':now': now, ':holder': holder },
  };
}
