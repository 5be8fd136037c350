import { createAws } from '../aws/index.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import { createRepositorySecrets } from '../secrets/named-secrets.ts';
import { createSecrets } from '../secrets/resolve-secret.ts';
import { createLocalGitSource, createRegisteredAccess } from '../source/index.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { readEnvironment } from '../spec/environment.ts';
import type { Source, SourceScope } from '../spec/ports.ts';
import { cacheDir } from './cache-dir.ts';

/** Clones on this machine; what is elsewhere is reached with the credentials that its environment has for repositories. */
export function localSource(map: Readonly<Record<string, string>>): Source {
  const {
    AWS_REGION: region,
    TRIMTAB_GITHUB_HOST: host,
    TRIMTAB_REPOSITORY_SECRETS: prefix,
  } = readEnvironment(['AWS_REGION', 'TRIMTAB_GITHUB_HOST', 'TRIMTAB_REPOSITORY_SECRETS'], process.env);
  const resolve = createSecrets({ aws: createAws({ region }), values: process.env });
  const access = createRegisteredAccess(createRepositorySecrets({ resolve, prefix }));
  return createLocalGitSource({ map, cacheDir: cacheDir(), access, host });
}

/**
 * A source as whoever sits at this machine uses it for an application: repositories elsewhere are reached as the clone
 * registers them for its project. What the project permits is looked at by those verbs that change clusters.
 */
export function asRegistered(
  source: Source,
  application: Application,
  { settings }: Pick<Catalogue, 'settings'>,
): Source {
  const own: SourceScope = {
    accessTo: (repoURL) => repositoryAccess(repoURL, application.spec.project, settings),
    permits: () => true,
  };
  return {
    ...source,
    resolve: (repoURL, targetRevision, scope = own) => source.resolve(repoURL, targetRevision, scope),
    tree: (repoURL, revision, scope = own) => source.tree(repoURL, revision, scope),
    checkout: (repoURL, revision, scope = own) => source.checkout(repoURL, revision, scope),
    chartVersion: (chart, targetRevision, scope = own) => source.chartVersion(chart, targetRevision, scope),
    chart: (chart, version, scope = own) => source.chart(chart, version, scope),
  };
}
