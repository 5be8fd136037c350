import { isObject, type Json, setOwn } from './json.ts';

/**
 * A set of field paths, as a tree. A step is written as in `fieldsV1`: `f:replicas`, `k:{"name":"web"}`, `v:"x"`.
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#fieldsv1-v1-meta
 */
export interface FieldSet {
  /** Whether the path that leads here is itself in the set. */
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { member: false, children: new Map() };
}

/** The set below a step, made if there is none: for building a set. */
export function below(set: FieldSet, step: string): FieldSet {
  const known = set.children.get(step);
  if (known !== undefined) return known;
  const made = emptySet();
  set.children.set(step, made);
  return made;
}

export function isEmptySet(set: FieldSet): boolean {
  return !set.member && [...set.children.values()].every(isEmptySet);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const made: FieldSet = { member: a.member || b.member, children: new Map(a.children) };
  for (const [step, child] of b.children) {
    const other = a.children.get(step);
    made.children.set(step, other === undefined ? child : union(other, child));
  }
  return made;
}

/** What is in `a` and not in `b`; branches that end up empty are dropped. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (member, other) => member && !other, true);
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (member, other) => member && other, false);
}

function combine(a: FieldSet, b: FieldSet, keep: (a: boolean, b: boolean) => boolean, keepAlone: boolean): FieldSet {
  const made: FieldSet = { member: keep(a.member, b.member), children: new Map() };
  for (const [step, child] of a.children) {
    const other = b.children.get(step);
    if (other === undefined) {
      if (keepAlone) made.children.set(step, child);
      continue;
    }
    const both = combine(child, other, keep, keepAlone);
    if (!isEmptySet(both)) made.children.set(step, both);
  }
  return made;
}

/** The set as `fieldsV1` writes it, steps in order. */
export function toFieldsV1(set: FieldSet): Json {
  const made: Json = {};
  if (set.member && set.children.size > 0) made['.'] = {};
  for (const [step, child] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    setOwn(made, step, toFieldsV1(child));
  }
  return made;
}

/** The opposite of `toFieldsV1`. */
export function fromFieldsV1(fields: unknown): FieldSet {
  const set = emptySet();
  if (!isObject(fields)) return set;
  for (const [step, inner] of Object.entries(fields)) {
    if (step === '.') set.member = true;
    else set.children.set(step, readChild(inner));
  }
  return set;
}

function readChild(inner: unknown): FieldSet {
  const child = fromFieldsV1(inner);
  // A leaf is written as {}; only a path with others below it needs the dot.
  if (child.children.size === 0) child.member = true;
  return child;
}

/** Every path of the set as the server writes it in conflicts: `.spec.containers[name="web"].image`, in order. */
export function pathsOf(set: FieldSet): readonly string[] {
  const found: string[] = [];
  collect(set, '', found);
  return found;
}

function collect(set: FieldSet, path: string, found: string[]): void {
  if (set.member) found.push(path);
  for (const [step, child] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    collect(child, path + stepText(step), found);
  }
}

function stepText(step: string): string {
  const rest = step.slice(2);
  if (step.startsWith('f:')) return `.${rest}`;
  if (step.startsWith('v:')) return `[=${rest}]`;
  if (step.startsWith('i:')) return `[${rest}]`;
  const keys: unknown = JSON.parse(rest);
  if (!isObject(keys)) return `[${rest}]`;
  const pairs = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${pairs.join(',')}]`;
}
