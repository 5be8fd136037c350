import { isSourcePermitted } from '../access/source-repos.ts';
import { projectOf } from '../catalog/project-of.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';

/**
 * A source that only the change itself permits. What the App may read, the author of the change may not: so another
 * repository is shown only where the project, as the base has it, permits it.
 */
export function foreignSource(
  application: Application,
  base: Pick<Catalogue, 'projects' | 'settings'>,
  own: string,
): Problem | undefined {
  const name = application.spec.project;
  const project = projectOf(name, base);
  const permitted = ({ repoURL }: { readonly repoURL: string }): boolean =>
    sameRepository(repoURL, own) || (project !== undefined && isSourcePermitted(project, repoURL));
  if (sourcesOf(application).every(permitted)) return undefined;
  return new Problem('forbidden', `The project ${name} does not permit this source before the change is merged.`, {
    where: { field: 'spec.source.repoURL' },
    fix: 'Permit the repository by sourceRepos of the project in a change of its own; what it holds is shown after that.',
  });
}
