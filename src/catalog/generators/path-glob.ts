/**
 * `path`: Go's path.Match, whose `*` and `?` stop at `/`. `git`: a pathspec of Git, whose `*` does not. `doublestar`:
 * path.Match with `**` for any number of folders and `{a,b}`.
 */
export type GlobDialect = 'path' | 'git' | 'doublestar';

/**
 * A glob as a test for paths; undefined when it can't be read.
 * https://pkg.go.dev/path#Match, https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-pathspec,
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git-File-Globbing/
 */
export function pathGlob(glob: string, dialect: GlobDialect): ((path: string) => boolean) | undefined {
  const expression = compile(glob, dialect);
  if (expression === undefined) return undefined;
  // For Git, a path without a wildcard is that file, or everything in that folder.
  const folder = dialect === 'git' ? `${glob.replace(/\/+$/, '')}/` : undefined;
  return (path) => expression.test(path) || (folder !== undefined && path.startsWith(folder));
}

function compile(glob: string, dialect: GlobDialect): RegExp | undefined {
  const one = dialect === 'git' ? '[\\s\\S]' : '[^/]';
  let source = '';
  let depth = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob.charAt(index);
    const rest = glob.slice(index);
    const stars = /^\*+/.exec(rest)?.[0].length ?? 0;
    if (dialect === 'doublestar' && rest.startsWith('**/') && (index === 0 || glob[index - 1] === '/')) {
      source += '(?:[^/]+/)*';
      index += 2;
    } else if (dialect === 'doublestar' && rest === '**' && (index === 0 || glob[index - 1] === '/')) {
      source += '[\\s\\S]*';
      index += 1;
    } else if (stars > 0) {
      source += `${one}*`;
      index += stars - 1;
    } else if (character === '?') source += one;
    else if (character === '[') {
      const found = /^\[([!^]?)((?:\\[\s\S]|[^\]\\])+)\]/.exec(rest);
      if (found === null) return undefined;
      source += characterClass(found[1] ?? '', found[2] ?? '', dialect);
      index += found[0].length - 1;
    } else if (character === '\\') {
      if (index + 1 === glob.length) return undefined;
      index += 1;
      source += literal(glob.charAt(index));
    } else if (dialect === 'doublestar' && character === '{') {
      depth += 1;
      source += '(?:';
    } else if (dialect === 'doublestar' && character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else source += character === ',' && depth > 0 ? '|' : literal(character);
  }
  return depth === 0 ? expressionOf(source) : undefined;
}

/** Go negates a class with `^` only; Git takes `!` as well. */
function characterClass(sign: string, members: string, dialect: GlobDialect): string {
  const negated = sign === '^' || (sign === '!' && dialect !== 'path');
  const own = sign === '!' && !negated ? '!' : '';
  const inner = members.replace(/\\([\s\S])|([\s\S])/g, (_all, escaped: string, plain: string) =>
    escaped === undefined ? (plain === '-' ? '-' : literal(plain)) : literal(escaped),
  );
  return negated && dialect !== 'git' ? `(?!/)[^${inner}]` : `[${negated ? '^' : ''}${own}${inner}]`;
}

function expressionOf(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A range that runs backwards: `[z-a]`.
    return undefined;
  }
}

function literal(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
}
