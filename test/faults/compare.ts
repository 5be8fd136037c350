import { expect } from 'vitest';
import type { End } from './end.ts';
import type { Call, Fault } from './faults.ts';
import type { Disturbance } from './machine.ts';
import { type Checkpoint, type PlayOptions, play } from './play.ts';
import { randomOf } from './random.ts';
import type { Story } from './stories.ts';

/** A story as it goes when nothing goes wrong. */
interface Undisturbed {
  readonly end: End;
  /** All that may go wrong: but those of the very last look, after which nobody looks. */
  readonly calls: readonly Call[];
  readonly moments: readonly Checkpoint[];
}

const known = new Map<Story, Promise<Undisturbed>>();

export function undisturbed(story: Story): Promise<Undisturbed> {
  const played = known.get(story) ?? playedAlone(story);
  known.set(story, played);
  return played;
}

async function playedAlone(story: Story): Promise<Undisturbed> {
  const moments: Checkpoint[] = [];
  const { end, calls } = await play(story, { pass: (moment) => moments.push(moment) });
  const last = moments.find(({ quiet }) => quiet === 1);
  return { end, calls: calls.slice(0, last?.calls), moments };
}

/** Plays a story disturbed, and expects the end that it has undisturbed. A failure says `what`. Answers the calls of ports. */
export async function expectSameEnd(story: Story, what: string, options: PlayOptions): Promise<readonly Call[]> {
  const loosely = story.loosely ?? ((end: End): End => end);
  const { end: wanted } = await undisturbed(story);
  const { end, calls } = await play(story, options).catch((cause: unknown) => {
    throw new Error(what, { cause });
  });
  expect(loosely(end), what).toEqual(loosely(wanted));
  return calls;
}

/**
 * Plays a story of which one call goes wrong, from the last moment before it: what lies before went as it does undisturbed.
 * What comes after goes as `random` says.
 */
export async function expectSameEndWith(
  fault: Fault,
  at: number,
  story: Story,
  random: () => number = randomOf(at),
): Promise<void> {
  const { calls, moments } = await undisturbed(story);
  const wanted = calls[at];
  const what = `${fault} at call ${at}, ${wanted?.edge}.${wanted?.name}`;
  let met = false;
  const faults = (call: Call, index: number): Fault | undefined => {
    if (index !== at) return undefined;
    if (call.edge !== wanted?.edge || call.name !== wanted.name) throw new Error(`call ${at} is another one: ${what}`);
    met = true;
    return fault;
  };
  const disturbance: Disturbance = { random: () => (met ? random() : 0.5), faults, repeats: 0, disorder: 0 };
  const from = moments.findLast((moment) => moment.calls <= at);
  await expectSameEnd(story, what, { disturbance, ...(from && { from }) });
  expect(met, what).toBe(true);
}
