import type * as z from 'zod';
import { type FieldPath, fieldText, type ManifestDocument } from './documents.ts';
import { nearest } from './nearest.ts';
import { Problem, type Where } from './problem.ts';

/** Where the fields of a checked value stand: a whole document, or a piece of YAML inside one. */
export type Locate = (path: FieldPath) => Where;

/** A value that its schema accepts, and the fields in it that the schema does not know. */
export interface Checked<T> {
  readonly value: T;
  readonly warnings: readonly Problem[];
}

/**
 * Checks data against a schema made of `z.object`s. Fields that the schema does not know become warnings
 * (`unknown-field`, with the nearest known one) and are left out. Empty fields (`helm:` with nothing behind it) count
 * as absent, as the API server has it:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
 * Throws Problem `invalid-manifest` for the first field that is wrong, naming the others.
 */
export function check<T>(schema: z.ZodType<T>, data: unknown, locate: Locate): Checked<T> {
  const value = withoutNulls(data);
  const result = schema.safeParse(value);
  const warnings = unknownKeys(schema, value, []).map(({ path, known }) => unknownField(path, known, locate));
  if (result.success) return { value: result.data, warnings };
  const [first, ...others] = result.error.issues.map((issue) => ({ ...issue, path: issue.path.map(asStep) }));
  if (first === undefined) throw new Problem('internal', 'a schema refused a value without saying why');
  const problem = wrongField(first, others, value, locate);
  const [hint] = warnings;
  throw hint === undefined ? problem : withFix(problem, `${problem.fix ?? ''} Also: ${hint.message}`);
}

/** `check` of a whole document. */
export function checkDocument<T>(schema: z.ZodType<T>, document: ManifestDocument): Checked<T> {
  return check(schema, document.value(), document.where);
}

type Issue = z.core.$ZodIssue & { readonly path: FieldPath };

/** Helm takes `null` in values as "remove the chart's default", and elements of a set are data: there it must stay. */
const KEEPS_NULLS = new Set(['valuesObject', 'elements']);

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, KEEPS_NULLS.has(key) ? inner : withoutNulls(inner)]));
}

function asStep(step: PropertyKey): string | number {
  return typeof step === 'number' ? step : String(step);
}

function wrongField(issue: Issue, others: readonly Issue[], data: unknown, locate: Locate): Problem {
  const found = valueAt(data, issue.path);
  const { sentence, fix } = describe(issue, found);
  const more = others.map((other) => fieldText(other.path)).filter((field) => field !== '');
  const also = more.length === 0 ? '' : ` (wrong, too: ${more.slice(0, 5).join(', ')}${more.length > 5 ? ', …' : ''})`;
  return new Problem('invalid-manifest', `${subject(issue.path)} ${sentence}${also}`, {
    where: locate(issue.path),
    fix,
  });
}

function subject(path: FieldPath): string {
  return path.length === 0 ? 'the document' : fieldText(path);
}

function describe(issue: Issue, found: unknown): { readonly sentence: string; readonly fix: string } {
  if (issue.code === 'custom') return { sentence: issue.message, fix: String(issue.params?.['fix'] ?? '') };
  if (found === undefined) return { sentence: 'is required, but is missing', fix: 'Add the field.' };
  const came = kindOf(found);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value)).join(' or ');
    const what = typeof found === 'string' ? JSON.stringify(found.slice(0, 80)) : came;
    return { sentence: `must be ${values}, found ${what}`, fix: 'Write one of these values.' };
  }
  const expected = expectedBy(issue);
  return { sentence: `must be ${EXPECTED[expected] ?? expected}, found ${came}`, fix: fixFor(expected, found) };
}

function expectedBy(issue: Issue): string {
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().map((each) => (each.code === 'invalid_type' ? each.expected : ''));
    return inner.includes('number') || inner.includes('int') ? 'number or string' : 'string';
  }
  return issue.code === 'invalid_type' ? issue.expected : issue.message;
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  'number or string': 'a number or a string',
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'boolean') return `the boolean ${value}`;
  return typeof value === 'number' ? 'a number' : 'a string';
}

function fixFor(expected: string, found: unknown): string {
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    return 'Put the value into quotes, or YAML takes it for something else than text.';
  }
  if (expected === 'array') return 'Write a list: each item on a line of its own, after `- `.';
  if (expected === 'object' || expected === 'record')
    return 'Write a map: `key: value` on lines of their own, indented below the field.';
  if (expected === 'boolean') return 'Write true or false, without quotes.';
  if (expected === 'number' || expected === 'int') return 'Write a whole number, without quotes.';
  return 'Write a single value.';
}

function valueAt(data: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined;
  }, data);
}

function unknownField(path: FieldPath, known: readonly string[], locate: Locate): Problem {
  const meant = nearest(String(path.at(-1)), known);
  const question = meant === undefined ? '' : `: did you mean ${meant}?`;
  return new Problem('unknown-field', `${fieldText(path)} is not a field that is known here${question}`, {
    where: locate(path),
    fix: meant === undefined ? `Known here: ${known.join(', ')}.` : `Rename it to ${meant}, or remove it.`,
  });
}

function withFix(problem: Problem, fix: string): Problem {
  return new Problem(problem.code, problem.message, { where: problem.where, fix });
}

interface UnknownKey {
  readonly path: FieldPath;
  readonly known: readonly string[];
}

/** Every key in the data that the schema's objects do not name, in the order of the data. */
function unknownKeys(schema: z.core.$ZodType, data: unknown, path: FieldPath): readonly UnknownKey[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional') return unknownKeys(def.innerType, data, path);
  if (def.type === 'array' && Array.isArray(data)) {
    return data.flatMap((item, index) => unknownKeys(def.element, item, [...path, index]));
  }
  if (def.type !== 'object' || typeof data !== 'object' || data === null || Array.isArray(data)) return [];
  const known = Object.keys(def.shape);
  return Object.entries(data).flatMap(([key, value]): readonly UnknownKey[] => {
    const inner = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    if (inner !== undefined) return unknownKeys(inner, value, [...path, key]);
    return def.catchall === undefined ? [{ path: [...path, key], known }] : [];
  });
}
