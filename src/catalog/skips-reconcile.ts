import { ANNOTATION } from '../spec/annotations.ts';
import type { Application } from '../spec/application.ts';
import type { ClusterRegistration } from '../spec/settings.ts';

/**
 * Whether an application is left as it is: neither looked at nor synced by itself while it, or the Secret of its cluster,
 * is annotated so. https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/
 */
export function skipsReconcile(application: Application, clusters: readonly ClusterRegistration[]): boolean {
  const { server, name } = application.spec.destination;
  const cluster = clusters.find((one) => one.server === server || one.name === name);
  return [application.metadata.annotations, cluster?.annotations].some(
    (annotations) => annotations?.[ANNOTATION.skipReconcile] === 'true',
  );
}
