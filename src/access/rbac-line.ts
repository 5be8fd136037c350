import { isReadableGlob } from '../spec/glob.ts';

/** One line of a policy: what a subject may do (`p`), or which role it has (`g`). */
export type RbacLine =
  | { readonly kind: 'p'; readonly parts: readonly string[] }
  | { readonly kind: 'g'; readonly parts: readonly string[] }
  | { readonly kind: 'wrong'; readonly reason: string };

/**
 * A line of a policy in Argo CD's form: `p, subject, resource, action, object, effect`, or `g, subject, role`; undefined for
 * an empty line and a comment. `matchMode` is `policy.matchMode`: how resource, action and object are patterns.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#policy-csv-composition
 */
export function readRbacLine(text: string, matchMode = 'glob'): RbacLine | undefined {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return undefined;
  const [kind, ...parts] = fieldsOf(line);
  if (kind === 'g') return parts.length === 2 ? { kind, parts } : wrong('a group line has three parts');
  if (kind !== 'p') return wrong('it must begin with p or g');
  if (parts.length !== 5) return wrong('it must have six parts: p, subject, resource, action, object, effect');
  const [, resource = '', action = '', object = '', effect = ''] = parts;
  if (effect !== 'allow' && effect !== 'deny') return wrong('its effect must be allow or deny');
  const unreadable = [resource, action, object].find((pattern) => !isPattern(pattern, matchMode));
  if (unreadable === undefined) return { kind, parts };
  return wrong(`"${unreadable}" is no ${matchMode === 'regex' ? 'regular expression' : 'glob'}`);
}

function wrong(reason: string): RbacLine {
  return { kind: 'wrong', reason };
}

/** Fields of CSV, where quotes keep a comma. */
function fieldsOf(line: string): readonly string[] {
  const fields = line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g);
  return [...fields].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim());
}

function isPattern(text: string, matchMode: string): boolean {
  if (matchMode !== 'regex') return isReadableGlob(text);
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
