import { describe, expect, it } from 'vitest';
import { asProblem } from '../../src/spec/problem.ts';
import type { Disturbance, Fault } from './machine.ts';
import { type End, happen, play, prepare } from './play.ts';
import { randomOf } from './random.ts';
import { STORIES, type Story } from './stories.ts';

/**
 * Whole syncs while all goes wrong that can. A run that fails says its seed: `TRIMTAB_FAULT_SEED=4711 npx vitest run
 * test/faults` plays that one alone, `TRIMTAB_FAULT_RUNS=100000` plays more of them.
 */
const RUNS = Number(process.env['TRIMTAB_FAULT_RUNS'] ?? 600);
const ONLY = process.env['TRIMTAB_FAULT_SEED'];

const FAULTS: readonly Fault[] = ['dies before', 'dies after', 'refused', 'answer lost'];

/** From rare to frequent; and so many faults at most, since a message that fails five times is lost by design. */
const RATES = [0.01, 0.03, 0.1, 0.3];
const MOST_FAULTS = 10;

function disturbanceOf(seed: number): Disturbance {
  const random = randomOf(seed);
  const rate = RATES[Math.floor(random() * RATES.length)] ?? 0;
  let left = 1 + Math.floor(random() * MOST_FAULTS);
  return {
    random,
    repeats: random() < 0.5 ? 0 : random() * 0.6,
    disorder: random() < 0.5 ? 0 : random() * 20,
    unleased: random() < 0.25,
    faults: () => {
      if (left === 0 || random() >= rate) return undefined;
      left -= 1;
      return FAULTS[Math.floor(random() * FAULTS.length)];
    },
  };
}

const known = new Map<Story, Promise<{ readonly end: End; readonly calls: number }>>();

/** The story as it goes when nothing goes wrong. */
function undisturbed(story: Story): Promise<{ readonly end: End; readonly calls: number }> {
  const played = known.get(story) ?? play(story);
  known.set(story, played);
  return played;
}

async function endOf(story: Story, disturbance: Disturbance, what: string): Promise<End> {
  try {
    return (await play(story, disturbance)).end;
  } catch (cause) {
    throw new Error(what, { cause });
  }
}

describe('when nothing goes wrong', () => {
  it.each(STORIES.map((story) => [story.name, story] as const))('%s', async (_name, story) => {
    const { end } = await undisturbed(story);
    expect(end.hooks).toEqual(story.hooks ?? {});
    expect(end.histories).toEqual(story.ends);
    expect(Object.values(end.objects).filter(({ metadata }) => metadata.finalizers !== undefined)).toEqual([]);
    expect(end.kept).toEqual(expect.arrayContaining(['/ConfigMap:shop/foreign', '/ConfigMap:shop/copied']));
  });
});

describe('when one call that changes something goes wrong, whichever it is', () => {
  it.each(STORIES.map((story, index) => [story.name, story, index] as const))(
    'the end is the same: %s',
    async (_name, story, index) => {
      const { end, calls } = await undisturbed(story);
      for (let at = 0; at < calls; at += 1) {
        // Each call meets one of the four; the seeds below bring the others.
        const fault = FAULTS[(at + index) % FAULTS.length];
        const faults = (write: number | undefined): Fault | undefined => (write === at ? fault : undefined);
        const what = `${fault} at call ${at}`;
        expect(await endOf(story, { random: randomOf(at), faults, repeats: 0, disorder: 0 }, what), what).toEqual(end);
      }
    },
    300_000,
  );
});

describe('when much goes wrong at once', () => {
  it(`the end is the same (${ONLY === undefined ? `${RUNS} seeds` : `seed ${ONLY}`})`, async () => {
    const seeds = ONLY === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(ONLY)];
    for (const seed of seeds) {
      const story = STORIES[seed % STORIES.length] as Story;
      const { end } = await undisturbed(story);
      const what = `TRIMTAB_FAULT_SEED=${seed} (${story.name})`;
      expect(await endOf(story, disturbanceOf(seed), what), what).toEqual(end);
    }
  }, 3_600_000);
});

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
          outcomes.every((thrown) => asProblem(thrown).code === 'conflict'),
          `seed ${seed}`,
        ).toBe(true);
        expect(outcomes.length, `seed ${seed}`).toBeLessThanOrEqual(1);
        expect(saved?.value.looks, `seed ${seed}`).toBe(1);
      }
    },
  );
});
