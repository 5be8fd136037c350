import { GENERATORS, type SetGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { clusterElements } from './clusters.ts';
import type { Asking, GeneratorContext, Params } from './context.ts';
import { flatten } from './flatten.ts';
import { gitElements } from './git.ts';
import { listElements } from './list.ts';
import { matrixElements } from './matrix.ts';
import { mergeElements } from './merge.ts';
import { pullRequestElements } from './pull-request.ts';
import { scmProviderElements } from './scm-provider.ts';
import { matchesSelector, selectsAll } from './selector.ts';
import { unsupportedGenerator } from './unsupported.ts';

export type { Answers, Asking, GeneratorContext, Need, Params } from './context.ts';
export { fill } from './fill.ts';
export { isMap, mergeMaps } from './merge-maps.ts';

/**
 * The elements of one entry of `generators`: those that its selector takes, by their parameters as flat texts. Throws
 * Problem with file and line: a set that can't be read to its end has not got fewer elements.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Post-Selector/
 */
export function* generate(
  entry: SetGenerator,
  path: FieldPath,
  context: Omit<GeneratorContext, 'child'>,
): Asking<readonly Params[]> {
  const elements = yield* elementsOf(entry, path, { ...context, child: (inner, at) => generate(inner, at, context) });
  const { selector } = entry;
  return selectsAll(selector) ? elements : elements.filter((params) => matchesSelector(selector, flatten(params)));
}

function* elementsOf(entry: SetGenerator, path: FieldPath, context: GeneratorContext): Asking<readonly Params[]> {
  const { list, clusters, git, matrix, merge, pullRequest, scmProvider } = entry;
  if (list !== undefined) return listElements(list, [...path, 'list'], context);
  if (clusters !== undefined) return yield* clusterElements(clusters, [...path, 'clusters'], context);
  if (git !== undefined) return yield* gitElements(git, [...path, 'git'], context);
  if (matrix !== undefined) return yield* matrixElements(matrix, [...path, 'matrix'], context);
  if (merge !== undefined) return yield* mergeElements(merge, [...path, 'merge'], context);
  if (pullRequest !== undefined) return yield* pullRequestElements(pullRequest, [...path, 'pullRequest'], context);
  if (scmProvider !== undefined) return yield* scmProviderElements(scmProvider, [...path, 'scmProvider'], context);
  const name = GENERATORS.find((each) => entry[each] !== undefined) ?? 'list';
  throw unsupportedGenerator(name, [...path, name], context);
}
