import type { Manifest } from '../../spec/manifest.ts';
import { HEALTH_ORDER, type Health } from '../../spec/operation.ts';
import { textAt } from '../fields.ts';
import { progressing } from '../verdicts.ts';

/**
 * An Application as a resource of another (app of apps) is as healthy as its status says. Argo CD leaves that to a script
 * of the user, without which waves over Applications do not wait (argo-cd#3781).
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#argocd-app
 */
export function applicationKindHealth(application: Manifest): Health {
  const found = HEALTH_ORDER.find((status) => status === textAt(application, 'status', 'health', 'status'));
  if (found === undefined) return progressing('Waiting for the health of the application');
  return { status: found, message: textAt(application, 'status', 'health', 'message') };
}
