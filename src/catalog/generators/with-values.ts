import type { Values } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import type { Asking, GeneratorContext, Params } from './context.ts';
import { fill } from './fill.ts';

/**
 * Adds a generator's `values` to each of its elements; they may use the element's own parameters. With goTemplate they
 * are a map `values`, else they are called `values.KEY`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/#pass-additional-key-value-pairs-via-values-field
 */
export function* withValues(
  elements: readonly Params[],
  values: Values | undefined,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  if (values === undefined || Object.keys(values).length === 0) return elements;
  const filled = yield* fill(
    elements.map((params) => ({ value: values, params, path })),
    context,
  );
  return elements.map((params, index) => {
    const own = Object.entries(filled[index] as Values);
    if (context.goTemplate) return { ...params, values: Object.fromEntries(own) };
    return { ...params, ...Object.fromEntries(own.map(([key, value]) => [`values.${key}`, value])) };
  });
}
