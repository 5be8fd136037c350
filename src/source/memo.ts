/** Answers that were asked for already. */
export interface Memo<T> {
  /** The kept answer, or the one that `ask` gives, which is then kept. Failures are not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

export interface MemoOptions {
  /** How many answers are kept; what was not used for longest goes first. */
  readonly size: number;
  /** How long an answer holds. Default: for ever. */
  readonly forMilliseconds?: number;
}

/** Keeps answers in memory; two that ask at once share one question. */
export function createMemo<T>(options: MemoOptions): Memo<T> {
  const kept = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();
  return {
    get: (key, ask) => {
      const found = kept.get(key);
      kept.delete(key);
      if (found !== undefined && found.until > performance.now()) {
        kept.set(key, found);
        return found.answer;
      }
      const answer = ask();
      const entry = { answer, until: performance.now() + (options.forMilliseconds ?? Number.POSITIVE_INFINITY) };
      kept.set(key, entry);
      answer.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      const [oldest] = kept.keys();
      if (kept.size > options.size && oldest !== undefined) kept.delete(oldest);
      return answer;
    },
  };
}
