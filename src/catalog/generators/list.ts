import type { ListGenerator } from '../../spec/applicationset.ts';
import { type FieldPath, readData } from '../../spec/documents.ts';
import { asProblem, Problem } from '../../spec/problem.ts';
import type { GeneratorContext, Params } from './context.ts';

/**
 * The elements as they are written, then those of `elementsYaml`. Without goTemplate an element's values are texts.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/
 */
export function listElements(generator: ListGenerator, path: FieldPath, context: GeneratorContext): readonly Params[] {
  const { elements = [], elementsYaml = '' } = generator;
  const own = elements.map((element, index) =>
    context.goTemplate ? element : texts(element, [...path, 'elements', index], context),
  );
  return elementsYaml.trim() === '' ? own : [...own, ...fromYaml(elementsYaml, [...path, 'elementsYaml'], context)];
}

function texts(element: Params, path: FieldPath, context: GeneratorContext): Params {
  const flat: Record<string, string> = {};
  const add = (name: string, value: unknown, at: FieldPath): void => {
    if (typeof value !== 'string') throw notText(name, at, context);
    flat[name] = value;
  };
  for (const [key, value] of Object.entries(element)) {
    if (key !== 'values' || typeof value !== 'object' || value === null) add(key, value, [...path, key]);
    else for (const [name, each] of Object.entries(value)) add(`values.${name}`, each, [...path, key, name]);
  }
  return flat;
}

function notText(name: string, path: FieldPath, { set }: GeneratorContext): Problem {
  return new Problem('invalid-manifest', `element value ${name} must be a string, since the set has no goTemplate`, {
    where: set.locate(path),
    fix: 'Put the value into quotes, or add `goTemplate: true` under spec.',
  });
}

function fromYaml(text: string, path: FieldPath, { set }: GeneratorContext): readonly Params[] {
  const where = set.locate(path);
  const data = read(text, path, set);
  if (!Array.isArray(data) || data.some((each) => typeof each !== 'object' || each === null || Array.isArray(each))) {
    throw new Problem('invalid-manifest', 'elementsYaml must be a list of maps', {
      where,
      fix: 'Write `- key: value` lines, or pipe a list through toJson.',
    });
  }
  return data;
}

function read(text: string, path: FieldPath, set: GeneratorContext['set']): unknown {
  try {
    return readData({ path: '', text });
  } catch (thrown) {
    throw new Problem('invalid-manifest', `elementsYaml: ${asProblem(thrown).message}`, { where: set.locate(path) });
  }
}
