import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import { type Asking, ask, type GeneratorContext } from './context.ts';

/** A pattern, where it stands below a filter, and the texts of which one must match. */
export interface Condition {
  readonly field: string;
  readonly pattern: string | undefined;
  readonly texts: readonly string[];
}

/** Go's regular expressions, which never run away, in the sandbox of the engines. */
const MATCHES = '{{ mustRegexMatch .pattern .text }}';

/**
 * The items that one of the filters takes: every pattern of a filter must match. No filter takes everything. Throws
 * Problem with the line of a pattern that can't be read.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-SCM-Provider/#filters
 */
export function* keepMatching<T, F>(
  items: readonly T[],
  filters: readonly F[],
  conditionsOf: (item: T, filter: F) => readonly Condition[],
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly T[]> {
  if (filters.length === 0 || items.length === 0) return items;
  const keyOf = (pattern: string, text: string): string => JSON.stringify([pattern, text]);
  const wanted = new Map<string, { readonly pattern: string; readonly text: string; readonly at: FieldPath }>();
  for (const item of items) {
    for (const [index, filter] of filters.entries()) {
      for (const { field, pattern, texts } of conditionsOf(item, filter)) {
        if (pattern === undefined) continue;
        for (const text of texts) wanted.set(keyOf(pattern, text), { pattern, text, at: [...path, index, field] });
      }
    }
  }
  const asked = [...wanted.values()];
  const outcomes =
    asked.length === 0
      ? []
      : yield* ask({
          kind: 'templates',
          items: asked.map(({ pattern, text }) => ({ template: MATCHES, data: { pattern, text }, options: [] })),
        });
  const matches = new Set<string>();
  for (const [index, { pattern, text, at }] of asked.entries()) {
    const outcome = outcomes[index];
    if (outcome?.ok !== true) throw unreadable(pattern, at, context);
    if (outcome.value === 'true') matches.add(keyOf(pattern, text));
  }
  return items.filter((item) =>
    filters.some((filter) =>
      conditionsOf(item, filter).every(
        ({ pattern, texts }) => pattern === undefined || texts.some((text) => matches.has(keyOf(pattern, text))),
      ),
    ),
  );
}

function unreadable(pattern: string, path: FieldPath, { set }: GeneratorContext): Problem {
  return new Problem('invalid-manifest', `${JSON.stringify(pattern)} is not a regular expression as Go has them`, {
    where: set.locate(path),
    fix: 'See https://pkg.go.dev/regexp/syntax; look-ahead and back-references are not among them.',
  });
}
