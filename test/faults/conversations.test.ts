import { describe, expect, it, vi } from 'vitest';
import { expectSameEnd, expectSameEndWith, undisturbed } from './compare.ts';
import { CONVERSATIONS } from './conversations.ts';
import { disturbanceOf } from './disturbance.ts';
import { ERRORS, KILLS } from './faults.ts';

vi.mock('../../src/catalog/read-catalogue.ts', async (original) => {
  const { readingOnce } = await import('./read-once.ts');
  return readingOnce(await original());
});

/** Fewer than of syncs: there is less that could go wrong. */
const SEEDS = process.env['TRIMTAB_FAULT_CALLS'] === 'all' ? 300 : 40;

/** However slow the machine is. */
const ENOUGH = 3_600_000;

const named = CONVERSATIONS.map((story) => [story.name, story] as const);

describe('what is said at GitHub', () => {
  it.each(named)('is said, and done, once: %s', async (_name, story) => {
    const { end } = await undisturbed(story);
    expect(end.histories).toEqual(story.ends);
    expect(end.hooks).toEqual(story.hooks ?? {});
    expect(end.said.length).toBeGreaterThan(0);
  });

  it.each(named)(
    'is the same, whichever call goes wrong: %s',
    async (_name, story) => {
      const { calls } = await undisturbed(story);
      for (const [at, call] of calls.entries()) {
        for (const fault of call.writes ? KILLS : ERRORS.slice(at % ERRORS.length).slice(0, 1)) {
          await expectSameEndWith(fault, at, story);
        }
      }
    },
    ENOUGH,
  );

  it.each(named)(
    'is the same, when much goes wrong at once: %s',
    async (name, story) => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        // One that sleeps right before it says that its try failed may say so when another try went well by then
        await expectSameEnd(story, `seed ${seed} (${name})`, { disturbance: disturbanceOf(seed, { awake: true }) });
      }
    },
    ENOUGH,
  );
});
