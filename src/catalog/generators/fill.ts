import type { FieldPath } from '../../spec/documents.ts';
import type { Outcome } from '../../spec/ports.ts';
import { Problem, type Where } from '../../spec/problem.ts';
import { type Asking, ask, type GeneratorContext, type Params } from './context.ts';
import { plainFields } from './plain-fields.ts';

/** Data whose texts (keys of maps, too) may have holes, and where it stands in the set. */
export interface Fillable {
  readonly value: unknown;
  readonly params: Params;
  readonly path: FieldPath;
}

/** Of a generator's context, what filling needs. */
export type FillContext = Pick<GeneratorContext, 'set' | 'goTemplate' | 'options'>;

/**
 * Fills the holes in every text: with goTemplate all of them in one go, else as fasttemplate does. Throws Problem
 * `invalid-manifest` with the line of the first template that fails, and the element that it failed for.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/
 */
export function* fill(items: readonly Fillable[], context: FillContext): Asking<readonly unknown[]> {
  if (!context.goTemplate) {
    return items.map((item) => mapTexts(item.value, (text) => replaceTags(text, item.params)));
  }
  const holesOf = remembering(findHoles);
  const filled = items.map(
    (item) => new Map(holesOf(item.value).map((hole) => [hole.text, plainFields(hole.text, item.params)])),
  );
  const wanted = items.flatMap((item, index) =>
    holesOf(item.value)
      .filter((hole) => filled[index]?.get(hole.text) === undefined)
      .map((hole) => ({ ...hole, item, index })),
  );
  if (wanted.length > 0) {
    const asked = wanted.map(({ text, item }) => ({ template: text, data: item.params, options: context.options }));
    const outcomes = yield* ask({ kind: 'templates', items: asked });
    for (const [place, { text, path, item, index }] of wanted.entries()) {
      const outcome = outcomes[place];
      if (outcome?.ok !== true) throw failed(outcome, [...item.path, ...path], item.params, context);
      filled[index]?.set(text, outcome.value);
    }
  }
  return items.map((item, index) => mapTexts(item.value, (text) => filled[index]?.get(text) ?? text));
}

interface Hole {
  readonly text: string;
  readonly path: FieldPath;
}

/** The different texts with holes in them. */
function findHoles(value: unknown): readonly Hole[] {
  const found = new Map<string, Hole>();
  const look = (each: unknown, path: FieldPath): void => {
    if (typeof each === 'string') {
      if (each.includes('{{') && !found.has(each)) found.set(each, { text: each, path });
    } else if (Array.isArray(each)) {
      for (const [index, inner] of each.entries()) look(inner, [...path, index]);
    } else if (typeof each === 'object' && each !== null) {
      for (const [key, inner] of Object.entries(each)) {
        look(key, [...path, key]);
        look(inner, [...path, key]);
      }
    }
  };
  look(value, []);
  return [...found.values()];
}

/** One template has a thousand elements: what is known of it once is known. */
function remembering<T>(find: (value: unknown) => T): (value: unknown) => T {
  const known = new Map<unknown, T>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const found = find(value);
    known.set(value, found);
    return found;
  };
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change)]));
}

/**
 * `{{ name }}` becomes the parameter of that name. What is no parameter stays as it stands, since it may be for somebody
 * else: a later generator, or Helm. https://github.com/valyala/fasttemplate
 */
function replaceTags(text: string, params: Params): string {
  return text.replace(/\{\{([\s\S]*?)\}\}/g, (tag, name: string) => {
    const key = name.trim();
    const value = Object.hasOwn(params, key) ? params[key] : undefined;
    return typeof value === 'string' ? value : tag;
  });
}

function failed(outcome: Outcome<string> | undefined, path: FieldPath, params: Params, { set }: FillContext): Problem {
  const { error, line = 1 } = outcome === undefined || outcome.ok ? { error: 'no answer' } : outcome;
  const field = set.locate(path);
  const where: Where = { ...field, line: set.textLine(path) + line - 1 };
  return new Problem('invalid-manifest', `${set.value.metadata.name}${elementText(params)}: ${error}`, {
    where,
    fix: 'Mend the template, or give every element of the generators the parameters that it uses.',
  });
}

/** Which element it is, by what is no secret: a name or a path. */
function elementText(params: Params): string {
  const path = params['path'];
  const inner: unknown = typeof path === 'object' && path !== null ? Reflect.get(path, 'path') : path;
  const label = typeof inner === 'string' ? inner : params['name'];
  return typeof label === 'string' ? `, element ${label.slice(0, 100)}` : '';
}
