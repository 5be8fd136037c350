import { expect } from 'vitest';
import type { End } from './end.ts';
import type { Disturbance } from './machine.ts';
import { play, type StoreOf } from './play.ts';
import type { Story } from './stories.ts';

const known = new Map<Story, ReturnType<typeof play>>();

/** The story as it goes when nothing goes wrong. */
export function undisturbed(story: Story): ReturnType<typeof play> {
  const played = known.get(story) ?? play(story);
  known.set(story, played);
  return played;
}

/** Plays a story disturbed, and expects the end that it has undisturbed. A failure says `what`. */
export async function expectSameEnd(
  story: Story,
  disturbance: Disturbance,
  what: string,
  storeOf?: StoreOf,
): Promise<void> {
  const loosely = story.loosely ?? ((end: End): End => end);
  const { end: wanted } = await undisturbed(story);
  const { end } = await play(story, disturbance, storeOf).catch((cause: unknown) => {
    throw new Error(what, { cause });
  });
  expect(loosely(end), what).toEqual(loosely(wanted));
}
