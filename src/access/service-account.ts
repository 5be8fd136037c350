import { type Application, applicationName } from '../spec/application.ts';
import { matchesGlob } from '../spec/glob.ts';
import { Problem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import type { ClusterNames } from './destination-rule.ts';

export interface ServiceAccountQuestion {
  readonly project: AppProject | undefined;
  readonly application: Application;
  readonly cluster: ClusterNames;
  /** `data` of `argocd-cm`. */
  readonly argocd: Readonly<Record<string, string>>;
}

/**
 * The user as whom an application is synced: the first of its project's `destinationServiceAccounts` that fits its
 * destination, where `application.sync.impersonation.enabled` is on. Undefined: trimtab's own. Throws Problem `forbidden`
 * when none fits, unless `application.sync.impersonation.enforced` is `false`; and when one fits that names nobody: an empty
 * user would be trimtab itself (CVE-2026-23990).
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/app-sync-using-impersonation/
 */
export function serviceAccountOf({
  project,
  application,
  cluster,
  argocd,
}: ServiceAccountQuestion): string | undefined {
  if (argocd['application.sync.impersonation.enabled'] !== 'true') return undefined;
  const namespace = application.spec.destination.namespace ?? '';
  const entries = project?.spec.destinationServiceAccounts ?? [];
  const found = entries.find(
    (entry) => matchesGlob(entry.server, cluster.server) && matchesGlob(entry.namespace ?? '', namespace),
  );
  if (found === undefined) {
    if (argocd['application.sync.impersonation.enforced'] === 'false') return undefined;
    throw refused(
      application,
      `no matching service account found for destination server ${cluster.server} and namespace ${namespace}`,
    );
  }
  const account = found.defaultServiceAccount;
  if (account.trim() === '' || /[!*[\]{}\\/]/.test(account)) {
    throw refused(application, `default service account contains invalid chars '${account}'`);
  }
  if (account.includes(':')) return `system:serviceaccount:${account}`;
  const home = namespace === '' ? (application.metadata.namespace ?? 'argocd') : namespace;
  return `system:serviceaccount:${home}:${account}`;
}

function refused(application: Application, message: string): Problem {
  return new Problem('forbidden', message, {
    where: { application: applicationName(application) },
    fix: `Give it one by destinationServiceAccounts of AppProject ${application.spec.project}.`,
  });
}
