/** Runs at most `size` tasks at once; the others wait in the order in which they came. */
export interface Slots {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Makes a fixed number of places for programs, so that a hundred renders do not start a hundred processes. */
export function createSlots(size: number): Slots {
  const waiting: (() => void)[] = [];
  let free = Math.max(1, size);
  const take = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const give = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    run: async (task) => {
      await take();
      try {
        return await task();
      } finally {
        give();
      }
    },
  };
}
