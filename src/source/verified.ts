import { createHash } from 'node:crypto';
import { Problem } from '../spec/problem.ts';

/** The bytes as they come; Problem `unavailable` at their end when they are not those that were promised. */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  sha256: string | undefined,
  what: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (sha256 !== undefined && hash.digest('hex') !== sha256) {
    throw new Problem(
      'unavailable',
      `The archive of ${what} is not the one that its repository lists: its digest differs.`,
    );
  }
}
