import type { Catalogue } from '../spec/catalogue.ts';
import { isPassing } from './come-back.ts';

/**
 * The catalogue, if whatever its sets and its applications of applications read did answer. What hides behind one that
 * did not is known soon: until then nothing follows from it that can't be taken back. Throws its Problem (unavailable,
 * rate-limited).
 */
export function allAnswered(catalogue: Catalogue): Catalogue {
  const hides = catalogue.problems.filter(
    ({ where }) => where.parent !== undefined || where.applicationSet !== undefined,
  );
  const unanswered = hides.find(isPassing);
  if (unanswered !== undefined) throw unanswered;
  return catalogue;
}
