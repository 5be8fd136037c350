import type { GitGenerator } from '../../spec/applicationset.ts';
import { type FieldPath, readData } from '../../spec/documents.ts';
import { asProblem, Problem } from '../../spec/problem.ts';
import { type Asking, ask, type GeneratorContext, type Params } from './context.ts';
import { flatten } from './flatten.ts';
import { normalizeName } from './normalize-name.ts';
import { type GlobDialect, pathGlob } from './path-glob.ts';
import { withValues } from './with-values.ts';

/**
 * The folders of a repository that match, or the maps in its files that match, each with parameters of its path. An
 * exclude beats every include. Throws Problem with the line of the generator.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/
 */
export function* gitElements(
  generator: GitGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const elements = yield* found(generator, path, context);
  return yield* withValues(elements, generator.values, [...path, 'values'], context);
}

function* found(generator: GitGenerator, path: FieldPath, context: GeneratorContext): Asking<readonly Params[]> {
  const { directories = [], files = [], repoURL, revision } = generator;
  // As in Argo CD: where both are given, directories count.
  const kind = directories.length > 0 ? 'directories' : 'files';
  const patterns = directories.length > 0 ? directories : files;
  if (patterns.length === 0) {
    throw new Problem('invalid-manifest', 'the git generator names neither directories nor files', {
      where: context.set.locate(path),
      fix: 'Add `directories:` or `files:` with `- path: …` lines.',
    });
  }
  const dialect = kind === 'directories' ? 'path' : context.greedyFiles ? 'git' : 'doublestar';
  const selected = select(patterns, dialect, [...path, kind], context);
  try {
    const all = yield* ask({ kind: 'paths', repoURL, revision });
    if (kind === 'directories') {
      return foldersOf(all)
        .filter(selected)
        .map((folder) => nested(generator, pathParams(folder, context.goTemplate), context));
    }
    const paths = all.filter(selected);
    if (paths.length === 0) return [];
    const read = yield* ask({ kind: 'files', repoURL, revision, paths });
    return read.flatMap((file) => {
      const own = fileParams(file.path, context.goTemplate);
      return objectsIn(file).map((object) => ({
        ...(context.goTemplate ? object : flatten(object)),
        ...nested(generator, own, context),
      }));
    });
  } catch (thrown) {
    throw atGenerator(asProblem(thrown), repoURL, path, context);
  }
}

/** Names the repository and the line of the generator: the problem's own place may be a file of that repository. */
function atGenerator(problem: Problem, repoURL: string, path: FieldPath, { set }: GeneratorContext): Problem {
  const { file, line } = problem.where;
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  const name = repoURL.replace(/\/\/[^/@]*@/, '//');
  return new Problem(problem.code, `git generator on ${name}: ${problem.message}${place}`, {
    where: set.locate([...path, 'repoURL']),
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
    ...(problem.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: problem.retryAfterSeconds }),
    cause: problem,
  });
}

type Patterns = readonly { readonly path: string; readonly exclude?: boolean }[];

function select(
  patterns: Patterns,
  dialect: GlobDialect,
  path: FieldPath,
  { set }: GeneratorContext,
): (path: string) => boolean {
  const tests = patterns.map((pattern, index) => {
    const test = pathGlob(pattern.path, dialect);
    if (test !== undefined) return { test, exclude: pattern.exclude === true };
    throw new Problem('invalid-manifest', `${JSON.stringify(pattern.path)} is not a pattern of paths`, {
      where: set.locate([...path, index, 'path']),
      fix: 'Close every `[`, and write ranges as `[a-z]`.',
    });
  });
  return (text) =>
    tests.some(({ test, exclude }) => !exclude && test(text)) &&
    !tests.some(({ test, exclude }) => exclude && test(text));
}

/** Every folder with something in it, in the order of a walk; those that begin with `.` are left out, and what is in them. */
function foldersOf(files: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const parts = file.split('/').slice(0, -1);
    const hidden = parts.findIndex((part) => part.startsWith('.'));
    const seen = hidden < 0 ? parts : parts.slice(0, hidden);
    for (let depth = 1; depth <= seen.length; depth += 1) folders.add(seen.slice(0, depth).join('/'));
  }
  const key = (folder: string): string => folder.replaceAll('/', '\0');
  return [...folders].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function pathParams(folder: string, goTemplate: boolean): Params {
  const basename = folder.split('/').at(-1) ?? folder;
  const segments = folder.split('/');
  const names = { basename, basenameNormalized: normalizeName(basename) };
  if (goTemplate) return { path: folder, ...names, segments };
  const numbered = segments.map((segment, index) => [`[${index}]`, segment] as const);
  return { '': folder, ...dotted(names), ...Object.fromEntries(numbered) };
}

function fileParams(file: string, goTemplate: boolean): Params {
  const slash = file.lastIndexOf('/');
  const filename = file.slice(slash + 1);
  const names = { filename, filenameNormalized: normalizeName(filename) };
  // Go's path.Dir of a file at the root is `.`.
  const folder = slash < 0 ? '.' : file.slice(0, slash);
  const own = pathParams(folder, goTemplate);
  return { ...own, ...(goTemplate ? names : dotted(names)) };
}

function dotted(names: Readonly<Record<string, string>>): Params {
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [`.${name}`, value]));
}

/** The parameters under their names: `path.basename`, with a prefix `prefix.path.basename`. */
function nested({ pathParamPrefix = '' }: GitGenerator, own: Params, { goTemplate }: GeneratorContext): Params {
  if (goTemplate) return pathParamPrefix === '' ? { path: own } : { [pathParamPrefix]: { path: own } };
  const name = pathParamPrefix === '' ? 'path' : `${pathParamPrefix}.path`;
  return Object.fromEntries(Object.entries(own).map(([key, value]) => [`${name}${key}`, value]));
}

/** A file holds one map, or a list of maps; an empty one counts as one without anything in it. */
function objectsIn(file: { readonly path: string; readonly text: string }): readonly Params[] {
  const data = readData(file) ?? {};
  const objects: readonly unknown[] = Array.isArray(data) ? (data.length === 0 ? [{}] : data) : [data];
  return objects.map((object) => {
    if (typeof object === 'object' && object !== null && !Array.isArray(object)) return { ...object };
    throw new Problem('invalid-manifest', 'a file of parameters must hold a map, or a list of maps', {
      where: { file: file.path },
      fix: 'Write `key: value` lines, or leave the file out with `exclude: true`.',
    });
  });
}
