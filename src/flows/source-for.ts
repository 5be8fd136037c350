import { isSourcePermitted } from '../access/source-repos.ts';
import { projectOf } from '../catalog/project-of.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Bases, Source, SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { repositoryOfFile, sameRepository } from '../spec/repo-url.ts';
import type { Settings } from '../spec/settings.ts';

/**
 * A name for as whom a repository is read, to tell apart what is remembered of it: '' for the App and for anybody. What a
 * project does not permit is nobody's.
 */
export function readerOf(repoURL: string, scope: SourceScope | undefined): string {
  if (scope === undefined) return '';
  if (!scope.permits(repoURL)) return 'nobody';
  const access = scope.accessTo(repoURL);
  return access === undefined ? '' : JSON.stringify(access);
}

type Readable = Pick<Source, 'resolve' | 'checkout' | 'chartVersion' | 'chart' | 'webFile'>;

/** What renders of one application may use beside its sources. */
export interface RenderRules {
  /** Remote bases and files by URL, as far as its project permits them. */
  readonly bases: Bases;
  /** `kustomize.buildOptions` and `helm.valuesFileSchemes` of the settings. */
  readonly buildOptions?: string;
  readonly valuesFileSchemes?: string;
}

/**
 * A source as one application may use it: repositories that are not read as the App are reached as they are registered for
 * its project, and only those are asked that its project permits. Remote bases of kustomizations are held to the same.
 */
export function sourceFor<S extends Readable>(
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  source: S,
): S & RenderRules {
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
  const { webFile } = source;
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
      ...(webFile && {
        webFile: (url) => {
          guard(repositoryOfFile(url));
          return () => webFile(url, scope);
        },
      }),
    },
    ...optionsOf(catalogue.settings),
    chartVersion: (chart, targetRevision) => source.chartVersion(chart, targetRevision, scope),
    chart: (chart, version) => source.chart(chart, version, scope),
  };
}

/** What `argocd-cm` says of renders. https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/ */
export function optionsOf({ argocd }: Pick<Settings, 'argocd'>): Omit<RenderRules, 'bases'> {
  const buildOptions = argocd['kustomize.buildOptions'];
  const valuesFileSchemes = argocd['helm.valuesFileSchemes'];
  return {
    ...(buildOptions === undefined ? {} : { buildOptions }),
    ...(valuesFileSchemes === undefined ? {} : { valuesFileSchemes }),
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
