import { describe, expect, it, vi } from 'vitest';
import { expectSameEndWith, undisturbed } from './compare.ts';
import { type Call, ERRORS, type Fault, KILLS } from './faults.ts';
import { STORIES } from './stories.ts';

vi.mock('../../src/catalog/read-catalogue.ts', async (original) => {
  const { readingOnce } = await import('./read-once.ts');
  return readingOnce(await original());
});

/**
 * Every boundary where a function touches the world. `TRIMTAB_FAULT_CALLS=all` (`npm run test:faults`) lets each write
 * meet each of the three ways to die and a long sleep after it, and each call whatsoever each error and a long sleep; else
 * each write meets one way to die, and each tenth call one of the others.
 */
const ALL = process.env['TRIMTAB_FAULT_CALLS'] === 'all';

const OTHERS: readonly Fault[] = [...ERRORS, 'stalled'];

/** To die before or after a call that only looks is to die at the write before it; to sleep after it, before the next one. */
function faultsAt({ writes }: Call, at: number): readonly Fault[] {
  if (ALL) return writes ? [...KILLS, 'stalled after', ...OTHERS] : OTHERS;
  const kill = writes ? KILLS.slice(at % KILLS.length).slice(0, 1) : [];
  return at % 10 === 0 ? [...kill, ...OTHERS.slice((at / 10) % OTHERS.length).slice(0, 1)] : kill;
}

describe('whichever call it is that goes wrong, the end is the same', () => {
  it.each(STORIES.map((story) => [story.name, story] as const))(
    '%s',
    async (_name, story) => {
      const { calls } = await undisturbed(story);
      expect(calls.some(({ writes }) => writes)).toBe(true);
      for (const [at, call] of calls.entries()) {
        for (const fault of faultsAt(call, at)) {
          await expectSameEndWith(fault, at, story);
        }
      }
    },
    3_600_000,
  );
});
