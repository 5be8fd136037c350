import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalStore, type LocalStore } from '../../src/local/store/index.ts';
import { expectSameEnd, expectSameEndWith, undisturbed } from './compare.ts';
import { inDynamo } from './dynamo.ts';
import type { Call, Fault } from './faults.ts';
import type { Machine } from './machine.ts';
import { happen, prepare } from './play.ts';
import { randomOf } from './random.ts';
import { STORIES, type Story } from './stories.ts';

/** Each call of a story with `npm run test:faults`, else some of them. */
const EACH = process.env['TRIMTAB_FAULT_CALLS'] === 'all' ? 1 : 16;

let dynamo: LocalStore;

beforeAll(async () => {
  dynamo = await createLocalStore();
});
afterAll(() => dynamo.close());

/** Both get the first job of a story's sync, and both believe that the lease is theirs. */
async function duel(story: Story, machine: Machine, seed: number): Promise<void> {
  happen(story, machine);
  const [job] = await machine.takeSyncJobs();
  if (job === undefined) throw new Error('nothing is synced');
  const outcomes = await machine.duel(job, randomOf(seed));
  const saved = await machine.store.operations.load(job.application);
  const codes = outcomes.map((thrown) => thrown.code);
  // Who came to save second was refused, or found that all was done; what it had loaded before is worth nothing
  expect(['', 'conflict'], `seed ${seed}`).toContain(codes.join());
  expect(saved?.value.looks, `seed ${seed}`).toBe(1);
}

const named = STORIES.map((story) => [story.name, story] as const);

describe('two workers on one application at once, by force: one wins, the other does nothing', () => {
  it.each(named)('%s', async (_name, story) => {
    for (let seed = 1; seed <= 20; seed += 1) await duel(story, await prepare(story), seed);
  });

  it.each(named.slice(0, 6))('in DynamoDB: %s', async (_name, story) => {
    for (let seed = 1; seed <= 4; seed += 1) {
      await duel(story, await prepare(story, (world) => inDynamo(world, dynamo)), seed);
    }
  });
});

describe('a worker that sleeps past its lease while another goes on: when it wakes up, it does nothing', () => {
  /** The last of the naps: 700 seconds. */
  const random = (): number => 0.99;

  it.each(named)(
    'wherever it fell asleep: %s',
    async (_name, story) => {
      const { calls } = await undisturbed(story);
      for (let at = 0; at < calls.length; at += EACH) {
        await expectSameEndWith('stalled', at, story, random);
        await expectSameEndWith('stalled after', at, story, random);
      }
    },
    3_600_000,
  );

  it('in DynamoDB, where its save meets the newer version', async () => {
    const [, story] = STORIES;
    if (story === undefined) throw new Error('no story');
    const { calls } = await undisturbed(story);
    const saves = calls.flatMap(({ edge, name }, index) =>
      edge === 'store.operations' && name === 'save' ? [index] : [],
    );
    for (const at of saves.slice(1, 6)) {
      const faults = (_: Call, index: number): Fault | undefined => (index === at ? 'stalled' : undefined);
      const disturbance = { random, faults, repeats: 0, disorder: 0 };
      await expectSameEnd(story, `asleep at save ${at}`, { disturbance, storeOf: (world) => inDynamo(world, dynamo) });
    }
  });
});
