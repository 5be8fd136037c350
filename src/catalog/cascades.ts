import { FINALIZER } from '../spec/annotations.ts';
import type { Application } from '../spec/application.ts';

/**
 * Whether deleting an Application deletes what it deployed.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/#about-the-deletion-finalizer
 */
export function cascades(application: Application): boolean {
  const finalizers = application.metadata.finalizers ?? [];
  return finalizers.some((finalizer) => finalizer.startsWith(FINALIZER.resources));
}
