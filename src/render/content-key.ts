import type { RenderInput } from '../spec/ports.ts';
import { digest } from './cache.ts';
import type { RenderTool } from './detect.ts';
import type { Walked } from './walk.ts';

/** path → content id of every file of a commit, as `Source.tree` gives it. */
export type Tree = ReadonlyMap<string, string>;

export interface Dependencies {
  readonly tool: RenderTool;
  /** Versions of the programs. */
  readonly versions: readonly string[];
  readonly closure: readonly string[];
  readonly tree: Tree;
  /** The files that other sources lend by `ref`, with the ids of their content. */
  readonly lent: readonly (readonly [string, string])[];
  /** What a kustomization takes from other repositories, and whether it inflates charts. */
  readonly walked?: Pick<Walked, 'parts' | 'charts' | 'inflates'> | undefined;
}

/** Raised when the same content would be rendered to something else by trimtab itself. */
const FORMAT = 1;

/**
 * A digest of all that a render depends on: the content of what it reads, the source's parameters, the tools' versions
 * and, for Helm, what charts may ask of the cluster. A chart of a repository is its version: that never becomes another.
 * The commit counts only where the source can put it into its output.
 */
export function contentKey(input: RenderInput, dependencies: Dependencies): string {
  const { application, source, checkout, facts } = input;
  const { targetRevision: _, ...parameters } = source;
  const variable = JSON.stringify(parameters).includes('$');
  return digest([
    FORMAT,
    dependencies.tool,
    dependencies.versions,
    parameters,
    application.metadata.name,
    application.spec.destination.namespace ?? '',
    variable ? [application.spec.project, source.targetRevision ?? '', checkout.revision] : [],
    dependencies.tool === 'helm' || dependencies.walked?.inflates !== undefined
      ? [facts.kubeVersion, facts.apiVersions]
      : [],
    source.chart === undefined
      ? contentOf(dependencies.closure, dependencies.tree)
      : [source.repoURL, checkout.revision],
    dependencies.lent,
    elsewhere(input, dependencies.walked),
  ]);
}

/** Commits and versions of what lies in no commit of the source. */
function elsewhere({ buildOptions = '' }: RenderInput, walked: Dependencies['walked']): readonly unknown[] {
  const [, ...bases] = walked?.parts ?? [];
  return [
    bases.map(({ checkout }) => [checkout.repoURL, checkout.revision]),
    (walked?.charts ?? []).map(({ name, chart }) => [chart.repoURL, name, chart.revision]),
    walked === undefined ? '' : buildOptions,
  ];
}

const sortedPaths = new WeakMap<Tree, readonly string[]>();

/** The files of a closure with the ids of their content. A file that is not there counts, as `''`. */
export function contentOf(closure: readonly string[], tree: Tree): readonly (readonly [string, string])[] {
  return closure.flatMap((path) => {
    if (!path.endsWith('/')) return [[path, tree.get(path) ?? ''] as const];
    return filesWithin(path === '/' ? '' : path, tree).map((file) => [file, tree.get(file) ?? ''] as const);
  });
}

/** The files below a folder (which ends in `/`, or is '' for the root), sorted. */
export function filesWithin(folder: string, tree: Tree): readonly string[] {
  const paths = sortedPaths.get(tree) ?? [...tree.keys()].sort();
  sortedPaths.set(tree, paths);
  return within(paths, folder);
}

/** All that begin with a prefix, from a sorted list: they stand together. */
function within(sorted: readonly string[], prefix: string): readonly string[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < sorted.length && sorted[end]?.startsWith(prefix)) end += 1;
  return sorted.slice(low, end);
}
