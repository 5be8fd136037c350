import { FINALIZER } from '../spec/annotations.ts';
import {
  APPLICATIONS_SYNC,
  type ApplicationSet,
  type ApplicationsSync,
  type GitGenerator,
  type SetGenerator,
} from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { parseRepoURL, sameRepository } from '../spec/repo-url.ts';

/**
 * What may be done to the applications that a set made. The policy of `argocd-cmd-params-cm` wins over that of the set,
 * unless sets may override it, as they may where there is none.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/
 */
export function policyOfSet({ spec }: ApplicationSet, { parameters = {} }: Catalogue['settings']): ApplicationsSync {
  const general = parameters['applicationsetcontroller.policy'] ?? '';
  const override = parameters['applicationsetcontroller.enable.policy.override'] ?? '';
  const mayOverride = override === '' ? general === '' : override === 'true';
  const own = mayOverride ? spec.syncPolicy?.applicationsSync : undefined;
  return own ?? APPLICATIONS_SYNC.find((policy) => policy === general) ?? 'sync';
}

/** Whether a policy lets the applications be changed to what the set gives now. */
export function updates(policy: ApplicationsSync): boolean {
  return policy === 'sync' || policy === 'create-update';
}

/** Whether a policy lets an application be deleted that the set gives no more. */
export function deletes(policy: ApplicationsSync): boolean {
  return policy === 'sync' || policy === 'create-delete';
}

/**
 * Whether an application that its set generates no more is left as it is, since the policy of the set deletes nothing.
 * With the set itself gone its applications go as well, unless it had the resources finalizer: then its policy holds for
 * its own end. `then` is what was defined when the application was looked at last.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/#how-to-prevent-application-controller-from-deleting-applications-when-deleting-applicationset
 */
export function keptBySet(
  name: string | undefined,
  { sets, settings }: Pick<Catalogue, 'sets' | 'settings'>,
  then: Pick<Catalogue, 'sets'>,
): boolean {
  const find = (all: Catalogue['sets']): ApplicationSet | undefined =>
    all.find(({ value }) => value.metadata.name === name)?.value;
  const set = find(sets);
  if (set !== undefined) return !deletes(policyOfSet(set, settings));
  const gone = find(then.sets);
  const finalizers = gone?.metadata.finalizers ?? [];
  return gone !== undefined && finalizers.includes(FINALIZER.resources) && !deletes(policyOfSet(gone, settings));
}

/** Whether some entries, those inside others as well, name a repository, or the GitHub organization that it is in. */
export function namesRepository(entries: readonly SetGenerator[], url: string): boolean {
  const [owner = '', name = ''] = (parseRepoURL(url)?.path ?? '').toLowerCase().split('/');
  return entries.some(({ git, matrix, merge, pullRequest, scmProvider }) => {
    const pulls = pullRequest?.github;
    return (
      (git !== undefined && sameRepository(git.repoURL, url)) ||
      `${pulls?.owner}/${pulls?.repo}`.toLowerCase() === `${owner}/${name}` ||
      scmProvider?.github?.organization.toLowerCase() === owner ||
      namesRepository(matrix?.generators ?? [], url) ||
      namesRepository(merge?.generators ?? [], url)
    );
  });
}

/** Every git generator of some entries, those inside others as well. */
export function gitGenerators(entries: readonly SetGenerator[]): readonly GitGenerator[] {
  return entries.flatMap(({ git, matrix, merge }) => [
    ...(git === undefined ? [] : [git]),
    ...gitGenerators(matrix?.generators ?? []),
    ...gitGenerators(merge?.generators ?? []),
  ]);
}
