import { isSourcePermitted } from '../access/source-repos.ts';
import { projectOf } from '../catalog/project-of.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source, SourceScope } from '../spec/ports.ts';

/**
 * A name for as whom a repository is read, to tell apart what is remembered of it: '' where nothing is registered. What a
 * project does not permit is nobody's.
 */
export function readerOf(repoURL: string, scope: SourceScope | undefined): string {
  if (scope === undefined) return '';
  return JSON.stringify([scope.permits(repoURL), scope.accessTo(repoURL) ?? null]);
}

type Readable = Pick<Source, 'resolve' | 'checkout' | 'chartVersion' | 'chart'>;

/**
 * A source as one application may use it: repositories that are not read as the App are reached as they are registered for
 * its project, and only those are asked that its project permits.
 */
export function sourceFor<S extends Readable>(
  application: Application,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  source: S,
): S {
  const name = application.spec.project;
  const project = projectOf(name, catalogue);
  const scope: SourceScope = {
    accessTo: (repoURL) => repositoryAccess(repoURL, name, catalogue.settings),
    permits: (repoURL) => project !== undefined && isSourcePermitted(project, repoURL),
  };
  return {
    ...source,
    resolve: (repoURL, targetRevision) => source.resolve(repoURL, targetRevision, scope),
    checkout: (repoURL, revision) => source.checkout(repoURL, revision, scope),
    chartVersion: (chart, targetRevision) => source.chartVersion(chart, targetRevision, scope),
    chart: (chart, version) => source.chart(chart, version, scope),
  };
}
