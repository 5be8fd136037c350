import type { MergeGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import type { Asking, GeneratorContext, Params } from './context.ts';
import { mergeMaps } from './merge-maps.ts';

/**
 * The elements of the first child, each with what later children say of the element with the same values of the merge
 * keys. Elements that the first child does not have are left out. Keys are names of parameters: with goTemplate, one of
 * a nested parameter finds nothing.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Merge/
 */
export function* mergeElements(
  generator: MergeGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const { generators, mergeKeys = [] } = generator;
  const wrong = (message: string, field: FieldPath, fix: string): Problem =>
    new Problem('invalid-manifest', message, { where: context.set.locate([...path, ...field]), fix });
  if (generators.length < 2) {
    throw wrong(`merge needs two generators or more, found ${generators.length}`, ['generators'], 'Add another one.');
  }
  if (mergeKeys.length === 0) {
    throw wrong('merge needs mergeKeys', ['mergeKeys'], 'Name the parameters by which elements belong together.');
  }
  let merged: ReadonlyMap<string, Params> | undefined;
  for (const [index, entry] of generators.entries()) {
    const at = ['generators', index];
    const elements = yield* context.child(entry, [...path, ...at]);
    const byKey = new Map(elements.map((params) => [keyOf(params, mergeKeys), params]));
    if (byKey.size < elements.length) {
      const message = `two elements of one generator of a merge have the same ${mergeKeys.join(', ')}`;
      throw wrong(message, at, 'Add a merge key in which they differ.');
    }
    merged = merged === undefined ? byKey : overridden(merged, byKey, context.goTemplate);
  }
  return [...(merged?.values() ?? [])];
}

function keyOf(params: Params, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => (Object.hasOwn(params, key) ? (params[key] ?? null) : null)));
}

function overridden(
  base: ReadonlyMap<string, Params>,
  later: ReadonlyMap<string, Params>,
  goTemplate: boolean,
): ReadonlyMap<string, Params> {
  return new Map(
    [...base].map(([key, params]) => {
      const own = later.get(key) ?? {};
      return [key, goTemplate ? mergeMaps(params, own) : { ...params, ...own }];
    }),
  );
}
