/**
 * Answers by name, each asked for once: whoever asks for it later, or in the meantime, gets the same. A failure is an answer,
 * too.
 */
export function askedOnce<T>(): (name: string, ask: () => T) => T {
  const known = new Map<string, T>();
  return (name, ask) => {
    const answer = known.get(name) ?? ask();
    known.set(name, answer);
    return answer;
  };
}
