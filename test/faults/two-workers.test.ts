import { describe, expect, it } from 'vitest';
import { happen, prepare } from './play.ts';
import { randomOf } from './random.ts';
import { STORIES } from './stories.ts';

describe('two workers on one application at once, by force', () => {
  it.each(STORIES.map((story) => [story.name, story] as const))(
    'one wins, the other does nothing: %s',
    async (_name, story) => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const machine = await prepare(story);
        happen(story, machine);
        const [job] = await machine.takeSyncJobs();
        if (job === undefined) throw new Error('nothing is synced');
        const outcomes = await machine.duel(job, randomOf(seed));
        const saved = await machine.store.operations.load(job.application);
        // Who came to save second was refused; what it had loaded before is worth nothing.
        expect(
          outcomes.every((thrown) => thrown.code === 'conflict'),
          `seed ${seed}`,
        ).toBe(true);
        expect(outcomes.length, `seed ${seed}`).toBeLessThanOrEqual(1);
        expect(saved?.value.looks, `seed ${seed}`).toBe(1);
      }
    },
  );
});
