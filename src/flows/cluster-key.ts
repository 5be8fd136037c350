import { clusterOf } from '../catalog/cluster-of.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';

/** Server of an application's cluster; one that is not registered stands for itself, and is told of when it is looked at. */
export function clusterKey(application: Application, catalogue: Catalogue): string {
  try {
    return clusterOf(application, catalogue.settings.clusters).server;
  } catch {
    return application.spec.destination.server ?? application.spec.destination.name ?? '';
  }
}
