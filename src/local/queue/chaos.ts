/** What a standard queue may do, done often and on purpose. The same seed plays the same tricks. */
export interface Chaos {
  /** How probable it is that a message which was handled is handled once more, 0 … 1. */
  readonly duplicate?: number;
  /** Hand messages over in any order. */
  readonly shuffle?: boolean;
  readonly seed: number;
}

/** Numbers from 0 to below 1 that follow from the seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same items in an order that the random numbers decide. */
export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
