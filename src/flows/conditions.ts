import { scopeConditions } from '../access/cluster-scope.ts';
import { projectConditions } from '../access/project-rules.ts';
import { resourceConditions } from '../access/resource-rules.ts';
import { serviceAccountOf } from '../access/service-account.ts';
import { projectOf } from '../catalog/project-of.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { keyOf, type Manifest } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import { asProblem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';

/**
 * Every rule of its project that an application breaks, with what it renders to: nothing is synced while there is one.
 * `manifests` have their namespaces filled in; those without one are cluster-scoped. A project that is not defined
 * permits nothing.
 */
export function conditionsOf(
  application: Application,
  manifests: readonly Manifest[],
  cluster: ClusterRegistration,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
): readonly Condition[] {
  const name = application.spec.project;
  const project = projectOf(name, catalogue);
  if (project === undefined) {
    const known = catalogue.projects.map((one) => one.value.metadata.name).sort();
    const message = `application references project ${name} which does not exist; define that AppProject, or name one of: ${known.join(', ')}`;
    return [{ type: 'InvalidSpecError', message }];
  }
  const resources = manifests.map((manifest) => {
    const key = keyOf(manifest);
    return { key, namespaced: key.namespace !== '' };
  });
  return [
    ...projectConditions({ project, application, cluster }),
    ...accountConditions(application, cluster, catalogue),
    ...scopeConditions(cluster, resources),
    ...resourceConditions(project, cluster, resources),
  ];
}

function accountConditions(
  application: Application,
  cluster: ClusterRegistration,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
): readonly Condition[] {
  try {
    actingAs(application, cluster, catalogue);
    return [];
  } catch (thrown) {
    return [{ type: 'SyncError', message: asProblem(thrown).message }];
  }
}

/** The cluster as an application's sync reaches it: as the service account of its project, where there is to be one. */
export function actingAs(
  application: Application,
  cluster: ClusterRegistration,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
): ClusterRegistration {
  const project = projectOf(application.spec.project, catalogue);
  const impersonate = serviceAccountOf({ project, application, cluster, argocd: catalogue.settings.argocd });
  return impersonate === undefined ? cluster : { ...cluster, impersonate };
}
