/** Answers that were asked for already. */
export interface Memo<T> {
  /** The kept answer, or the one that `ask` gives, which is then kept. Failures are not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

export interface MemoOptions {
  /** How many answers are kept; what was not used for longest goes first. */
  readonly size: number;
}

/** Keeps answers in memory; two that ask at once share one question. */
export function createMemo<T>(options: MemoOptions): Memo<T> {
  const kept = new Map<string, Promise<T>>();
  return {
    get: (key, ask) => {
      const found = kept.get(key);
      kept.delete(key);
      if (found !== undefined) {
        kept.set(key, found);
        return found;
      }
      const answer = ask();
      kept.set(key, answer);
      answer.catch(() => {
        if (kept.get(key) === answer) kept.delete(key);
      });
      const [oldest] = kept.keys();
      if (kept.size > options.size && oldest !== undefined) kept.delete(oldest);
      return answer;
    },
  };
}
