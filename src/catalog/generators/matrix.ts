import type { MatrixGenerator, SetGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import type { Asking, GeneratorContext, Params } from './context.ts';
import { fill } from './fill.ts';
import { mergeMaps } from './merge-maps.ts';

/**
 * Every element of the first child with every one of the second, which may use the first's parameters.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Matrix/
 */
export function* matrixElements(
  generator: MatrixGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const [first, second, ...more] = generator.generators;
  if (first === undefined || second === undefined || more.length > 0) {
    throw new Problem('invalid-manifest', `matrix combines two generators, found ${generator.generators.length}`, {
      where: context.set.locate([...path, 'generators']),
      fix: 'Write two; put a matrix into a matrix for a third one.',
    });
  }
  const at = [...path, 'generators', 1];
  const outer = yield* context.child(first, [...path, 'generators', 0]);
  // The template of a child does not count, and may have holes for what is known later only.
  const value = withoutTemplate(second);
  const filled = yield* fill(
    outer.map((params) => ({ value, params, path: at })),
    context,
  );
  const elements: Params[] = [];
  for (const [index, params] of outer.entries()) {
    const inner = yield* context.child(filled[index] as SetGenerator, at);
    elements.push(...inner.map((own) => combine(params, own, at, context)));
  }
  return elements;
}

function withoutTemplate(entry: SetGenerator): SetGenerator {
  const own = Object.entries(entry).map(([kind, generator]) => {
    const { template: _ignored, ...rest } = generator as { readonly template?: unknown };
    return [kind, rest];
  });
  return Object.fromEntries(own);
}

/** What both have, the first one says; without goTemplate that is a mistake, unless they say the same. */
function combine(first: Params, second: Params, path: FieldPath, { goTemplate, set }: GeneratorContext): Params {
  if (goTemplate) return mergeMaps(second, first);
  const twice = Object.keys(second).find((key) => Object.hasOwn(first, key) && first[key] !== second[key]);
  if (twice === undefined) return { ...first, ...second };
  throw new Problem('invalid-manifest', `both generators of a matrix give the parameter ${twice}, and not the same`, {
    where: set.locate(path),
    fix: 'Rename one; two git generators need a pathParamPrefix.',
  });
}
