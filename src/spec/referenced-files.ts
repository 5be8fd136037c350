import type { ApplicationSource } from './application.ts';

/**
 * The paths that value files and file parameters of sources read from the source with that `ref`, from the
 * root of its repository: files, or folders that end in `/` where a glob stands below one.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/#helm-value-files-from-external-git-repository
 */
export function referencedFiles(sources: readonly ApplicationSource[], ref: string): readonly string[] {
  const prefix = `$${ref}/`;
  const named = sources.flatMap(({ helm }) => [
    ...(helm?.valueFiles ?? []),
    ...(helm?.fileParameters ?? []).map(({ path }) => path),
  ]);
  const paths = named.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return [...new Set(paths.map(withoutGlob))];
}

/** A glob, or a variable, below `envs/` may read whatever lies there. */
function withoutGlob(path: string): string {
  const plain = path.replace(/^(\.?\/)+/, '');
  const glob = plain.search(/[*?[{$]/);
  return glob < 0 ? plain : plain.slice(0, plain.lastIndexOf('/', glob) + 1) || '/';
}
