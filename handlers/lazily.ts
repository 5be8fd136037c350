import type { Variables } from '../src/spec/environment.ts';

/**
 * A handler that is made from the process's environment at its first event and kept for as long as the function is warm. What
 * could not be made is forgotten: a secret that could not be read once must not fail every event after it.
 */
export function lazily<Event, Answer>(
  create: (variables: Variables) => Promise<(event: Event) => Promise<Answer>>,
): (event: Event) => Promise<Answer> {
  let ready: ReturnType<typeof create> | undefined;
  return async (event) => {
    ready ??= create(process.env).catch((thrown) => {
      ready = undefined;
      throw thrown;
    });
    return (await ready)(event);
  };
}
