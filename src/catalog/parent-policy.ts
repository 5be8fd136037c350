import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { cascades } from './cascades.ts';

/**
 * Whether an application that its parent renders no more is left as it is. For Argo CD it is a resource of the parent: it
 * goes when the parent prunes by itself, or is deleted with all that it deployed, and never with `Prune=false`. A parent
 * that nobody knows any more deletes nothing.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/#cascading-deletion
 */
export function keptByParent(
  application: Application,
  { set, parent }: { readonly set: string | undefined; readonly parent: Application | undefined },
  { applications, sets }: Pick<Catalogue, 'applications' | 'sets'>,
): boolean {
  // What a set generates is the set's: only that goes by itself.
  if (sets.some(({ value }) => value.metadata.name === set)) return false;
  if (parent === undefined) return true;
  const name = applicationName(parent);
  const isThere = applications.some(({ value }) => applicationName(value) === name);
  if (!isThere) return !cascades(parent) || hasOption(application, 'Delete=false');
  return parent.spec.syncPolicy?.automated?.prune !== true || hasOption(application, 'Prune=false');
}

function hasOption({ metadata }: Application, option: string): boolean {
  const text = metadata.annotations?.[ANNOTATION.syncOptions] ?? '';
  return text.split(',').some((each) => each.trim() === option);
}
