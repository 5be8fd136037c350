import { describe, expect, it, vi } from 'vitest';
import { expectSameEnd, undisturbed } from './compare.ts';
import { disturbanceOf } from './disturbance.ts';
import type { Call, Fault } from './faults.ts';
import { STORIES } from './stories.ts';

vi.mock('../../src/catalog/read-catalogue.ts', async (original) => {
  const { readingOnce } = await import('./read-once.ts');
  return readingOnce(await original());
});

/**
 * Whole syncs while all goes wrong that can. A run that fails says its seed: `TRIMTAB_FAULT_SEED=4711 npx vitest run
 * test/faults` plays that one alone; `TRIMTAB_FAULT_RUNS` is how many there are, `npm run test:faults` plays more.
 */
const RUNS = Number(process.env['TRIMTAB_FAULT_RUNS'] ?? 1000);
const ONLY = process.env['TRIMTAB_FAULT_SEED'];

const named = STORIES.map((story, index) => [story.name, story, index] as const);

describe('when nothing goes wrong', () => {
  it.each(named)('%s', async (_name, story) => {
    const { end } = await undisturbed(story);
    expect(end.hooks).toEqual(story.hooks ?? {});
    expect(end.histories).toEqual(story.ends);
    expect(Object.values(end.objects).filter(({ metadata }) => metadata.finalizers !== undefined)).toEqual([]);
    expect(end.kept).toEqual(expect.arrayContaining(['/ConfigMap:shop/foreign', '/ConfigMap:shop/copied']));
  });
});

describe('when every message comes twice, copies make no copies', () => {
  it.each(named)('%s', async (name, story) => {
    const { calls } = await undisturbed(story);
    // Where a function dies, its lease holds up those that come after it, and their copies
    for (const dies of [undefined, 2, 4]) {
      let saves = 0;
      const faults = ({ edge, name: method }: Call): Fault | undefined =>
        edge === 'store.operations' && method === 'save' && ++saves === dies ? 'killed after' : undefined;
      const disturbance = { random: () => 0, faults, repeats: 0, disorder: 0, twice: true };
      const what = `killed after save ${dies} (${name})`;
      const made = await expectSameEnd(story, what, { disturbance });
      expect(made.length, what).toBeLessThan((dies === undefined ? 4 : 6) * calls.length);
    }
  });
});

describe(`when much goes wrong at once, the end is the same (${ONLY ?? RUNS} seeds)`, () => {
  const seeds = ONLY === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(ONLY)];
  it.each(named)(
    '%s',
    async (name, story, index) => {
      for (const seed of seeds.filter((one) => one % STORIES.length === index)) {
        const disturbance = disturbanceOf(seed);
        await expectSameEnd(story, `TRIMTAB_FAULT_SEED=${seed} (${name})`, { disturbance });
      }
    },
    3_600_000,
  );
});
