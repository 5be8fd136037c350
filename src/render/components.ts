import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { expandGlob, isGlob } from './expand-glob.ts';
import { insideCheckout } from './paths.ts';
import { readRemote } from './remote-base.ts';

/** A component that the Application adds. */
export interface ComponentPath {
  /** From the kustomization's folder. */
  readonly path: string;
  readonly field: string;
}

/**
 * `spec.source.kustomize.components`, as `kustomize edit add component` takes them: a glob stands for the folders that it
 * matches, by name. With `ignoreMissingComponents` what is not there under that very name is left out, globs and URLs too,
 * as in Argo CD. Throws Problem `not-found` for a glob that matches nothing.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#components
 */
export async function componentsOf(
  { checkout, source }: Pick<RenderInput, 'checkout' | 'source'>,
  folder: string,
): Promise<readonly ComponentPath[]> {
  const { components = [], ignoreMissingComponents = false } = source.kustomize ?? {};
  const found: ComponentPath[] = [];
  for (const [index, path] of components.entries()) {
    const field = `spec.source.kustomize.components[${index}]`;
    const isThere = (await stat(join(checkout.dir, folder, path)).catch(() => undefined)) !== undefined;
    if (isThere || (!isGlob(path) && !ignoreMissingComponents) || readRemote(path) !== undefined) {
      if (isThere || !ignoreMissingComponents) found.push({ path, field });
    } else if (!ignoreMissingComponents) {
      // Go's Glob stops at slashes, with two stars as with one.
      const pattern = insideCheckout(checkout, folder, path.replaceAll(/\*{2,}/g, '*'), { field });
      const matched = await expandGlob(checkout, pattern);
      if (matched.length === 0) throw noMatch(path, field);
      found.push(...matched.map((each) => ({ path: posix.relative(folder, each), field })));
    }
  }
  return found;
}

function noMatch(path: string, field: string): Problem {
  return new Problem('not-found', `No component matches ${path}.`, {
    where: { field },
    fix: 'Correct the glob: it counts from the folder of the kustomization.',
  });
}
