/**
 * Globs as Argo CD's projects write them: `*` any run, `?` one character, `[a-c]`, `[!a]`, `{a,b}`, `\` takes the next
 * character as it is. With a separator, `*` and `?` stop at it and `**` does not. A pattern that can't be read matches
 * nothing, which denies: patterns only ever allow, or are asked for denial with `unreadable`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/ (the syntax is that of github.com/gobwas/glob)
 */
export function matchesGlob(pattern: string, text: string, options: GlobOptions = {}): boolean {
  if (pattern === '*') return true;
  const expression = compiled(pattern, options.separator ?? '');
  return expression === undefined ? (options.unreadable ?? false) : expression.test(text);
}

export interface GlobOptions {
  /** One character that `*` does not cross. Default: none. */
  readonly separator?: string;
  /** What a pattern that can't be read counts as. Default false. */
  readonly unreadable?: boolean;
}

/** Whether a pattern can be read. */
export function isReadableGlob(pattern: string): boolean {
  return compiled(pattern, '') !== undefined;
}

/** So many patterns are remembered: those of a project's rules are asked for every resource of each application. */
const MOST_REMEMBERED = 1000;
const remembered = new Map<string, RegExp | undefined>();

function compiled(pattern: string, separator: string): RegExp | undefined {
  const key = `${separator} ${pattern}`;
  if (remembered.has(key)) return remembered.get(key);
  const expression = compile(pattern, separator);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, expression);
  return expression;
}

function compile(pattern: string, separator: string): RegExp | undefined {
  const one = separator === '' ? '.' : `[^${literal(separator)}]`;
  let source = '';
  let depth = 0;
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === '\\') {
      index += 1;
      source += literal(pattern.charAt(index));
    } else if (character === '*') {
      const run = /^\*+/.exec(pattern.slice(index))?.[0].length ?? 1;
      source += run > 1 ? '.*' : `${one}*`;
      index += run - 1;
    } else if (character === '?') source += one;
    else if (character === '[') {
      const found = /^\[(!?)([^\]]+)\]/.exec(pattern.slice(index));
      if (found === null) return undefined;
      source += `[${found[1] === '!' ? '^' : ''}${found[2]?.replace(/[\\^[]/g, '\\$&') ?? ''}]`;
      index += found[0].length - 1;
    } else if (character === '{') {
      depth += 1;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else source += character === ',' && depth > 0 ? '|' : literal(character);
  }
  return depth === 0 ? expressionOf(source) : undefined;
}

function expressionOf(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A range that runs backwards (`[z-a]`): no pattern at all.
    return undefined;
  }
}

function literal(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
}
