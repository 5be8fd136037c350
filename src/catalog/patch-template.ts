import type { SetTemplate } from '../spec/applicationset.ts';
import { readData } from '../spec/documents.ts';
import { asProblem, Problem, type Where } from '../spec/problem.ts';
import { isMap } from './generators/index.ts';

/**
 * A filled template with a filled `templatePatch` laid over it: maps are merged, null removes, lists are replaced (but
 * finalizers are joined, as Kubernetes' strategic merge does); a list of operations is a JSON patch. The project stays
 * what the template says. Throws Problem `invalid-manifest`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/#template-patch
 */
export function patchTemplate(template: SetTemplate, text: string, where: Where): SetTemplate {
  const patch = read(text, where);
  if (patch === undefined || patch === null) return template;
  if (!isMap(patch) && !Array.isArray(patch)) throw unreadable('it is neither a map nor a list', where);
  if (isMap(patch) && Object.hasOwn(patch, 'spec') && patch['spec'] === null) {
    throw unreadable('an empty spec would remove everything', where);
  }
  const patched = Array.isArray(patch)
    ? patch.reduce((value, each) => operate(value, each, where), template)
    : merge(template, patch);
  const result = isMap(patched) ? patched : {};
  const [before, after] = [template['spec'], result['spec']];
  if (!isMap(before) || !isMap(after)) return result;
  return { ...result, spec: { ...after, project: before['project'] } };
}

function read(text: string, where: Where): unknown {
  try {
    return readData({ path: '', text });
  } catch (thrown) {
    throw unreadable(asProblem(thrown).message, where);
  }
}

function unreadable(why: string, where: Where): Problem {
  return new Problem('invalid-manifest', `spec.templatePatch can't be used: ${why}`, {
    where,
    fix: 'Write the part of an Application that is to change, as YAML or JSON; pipe values through toJson.',
  });
}

/** https://datatracker.ietf.org/doc/html/rfc7386 */
function merge(value: unknown, patch: unknown, name = ''): unknown {
  if (name === 'finalizers' && Array.isArray(value) && Array.isArray(patch)) return [...new Set([...value, ...patch])];
  if (!isMap(patch)) return patch;
  const merged = new Map(Object.entries(isMap(value) ? value : {}));
  for (const [key, each] of Object.entries(patch)) {
    if (each === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), each, key));
  }
  return Object.fromEntries(merged);
}

/** One operation of https://datatracker.ietf.org/doc/html/rfc6902 */
function operate(value: unknown, operation: unknown, where: Where): unknown {
  const { op, path, from, value: content } = isMap(operation) ? operation : {};
  if (typeof path !== 'string') throw unreadable('an operation has no path', where);
  const at = steps(path);
  switch (op) {
    case 'add':
    case 'replace':
      return put(value, at, content, op === 'add', where);
    case 'remove':
      return take(value, at, where);
    case 'move':
    case 'copy': {
      const source = steps(String(from));
      const found = get(value, source, where);
      return put(op === 'move' ? take(value, source, where) : value, at, found, true, where);
    }
    case 'test':
      if (JSON.stringify(get(value, at, where)) === JSON.stringify(content)) return value;
      throw unreadable(`the test of ${path} fails`, where);
    default:
      throw unreadable(`${JSON.stringify(op)} is no operation`, where);
  }
}

function steps(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function get(value: unknown, [step, ...rest]: readonly string[], where: Where): unknown {
  if (step === undefined) return value;
  const inner: unknown =
    typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  if (inner === undefined) throw unreadable(`there is no ${step}`, where);
  return get(inner, rest, where);
}

function put(
  value: unknown,
  [step, ...rest]: readonly string[],
  content: unknown,
  adds: boolean,
  where: Where,
): unknown {
  if (step === undefined) return content;
  if (rest.length > 0) return replaced(value, step, put(get(value, [step], where), rest, content, adds, where));
  if (!adds) get(value, [step], where);
  if (!Array.isArray(value)) return replaced(value, step, content);
  const index = step === '-' ? value.length : Number(step);
  return value.toSpliced(index, adds ? 0 : 1, content);
}

function take(value: unknown, [step, ...rest]: readonly string[], where: Where): unknown {
  if (step === undefined) return {};
  const inner = get(value, [step], where);
  if (rest.length > 0) return replaced(value, step, take(inner, rest, where));
  if (Array.isArray(value)) return value.toSpliced(Number(step), 1);
  const kept = Object.entries(isMap(value) ? value : {}).filter(([key]) => key !== step);
  return Object.fromEntries(kept);
}

function replaced(value: unknown, step: string, content: unknown): unknown {
  if (Array.isArray(value)) return value.with(Number(step), content);
  return Object.fromEntries([
    ...Object.entries(isMap(value) ? value : {}).filter(([key]) => key !== step),
    [step, content],
  ]);
}
