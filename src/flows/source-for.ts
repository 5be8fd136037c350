import { isSourcePermitted } from '../access/source-repos.ts';
import { projectOf } from '../catalog/project-of.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source, SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';

type Readable = Pick<Source, 'resolve' | 'checkout' | 'chartVersion' | 'chart'>;

/** How kustomizations of one application are built. */
export interface KustomizeRules {
  /** The repositories of remote bases, as far as its project permits them. */
  readonly bases: Pick<Source, 'resolve' | 'checkout'>;
  /** `kustomize.buildOptions` of the settings. */
  readonly buildOptions?: string;
}

/**
 * A source as one application may use it: repositories that are not read as the App are reached as they are registered for
 * its project, and only those are asked that its project permits. Remote bases of kustomizations are held to the same.
 */
export function sourceFor<S extends Readable>(
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  source: S,
): S & KustomizeRules {
  const name = application.spec.project;
  const project = projectOf(name, catalogue);
  const scope: SourceScope = {
    accessTo: (repoURL) => repositoryAccess(repoURL, name, catalogue.settings),
    permits: (repoURL) => project !== undefined && isSourcePermitted(project, repoURL),
  };
  const own = sourcesOf(application);
  const guard = (repoURL: string): void => {
    const isOwn = own.some((one) => sameRepository(one.repoURL, repoURL));
    if (!isOwn && !scope.permits(repoURL)) throw notPermitted(name, repoURL);
  };
  const resolve: Source['resolve'] = (repoURL, targetRevision) => source.resolve(repoURL, targetRevision, scope);
  const checkout: Source['checkout'] = (repoURL, revision) => source.checkout(repoURL, revision, scope);
  const buildOptions = catalogue.settings.argocd['kustomize.buildOptions'];
  return {
    ...source,
    resolve,
    checkout,
    bases: {
      resolve: async (repoURL, targetRevision) => {
        guard(repoURL);
        return resolve(repoURL, targetRevision);
      },
      checkout: async (repoURL, revision) => {
        guard(repoURL);
        return checkout(repoURL, revision);
      },
    },
    ...(buildOptions === undefined ? {} : { buildOptions }),
    chartVersion: (chart, targetRevision) => source.chartVersion(chart, targetRevision, scope),
    chart: (chart, version) => source.chart(chart, version, scope),
  };
}

/**
 * A catalogue as it counts for what may be read: projects and build options are those of `rules`, which whoever made the
 * catalogue could not change.
 */
export function ruledBy(
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  { projects, settings }: Pick<Catalogue, 'projects' | 'settings'>,
): Pick<Catalogue, 'projects' | 'settings'> {
  return { projects, settings: { ...catalogue.settings, argocd: settings.argocd } };
}

function notPermitted(project: string, repoURL: string): Problem {
  return new Problem('forbidden', `The project ${project} does not permit the repository ${repoURL}.`, {
    fix: 'Add it to sourceRepos of the AppProject.',
  });
}
