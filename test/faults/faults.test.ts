import { describe, expect, it, vi } from 'vitest';
import { expectSameEnd, undisturbed } from './compare.ts';
import { disturbanceOf } from './disturbance.ts';
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
