import type { ApplicationsSync, GitGenerator, SetGenerator } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { parseRepoURL, sameRepository } from '../spec/repo-url.ts';

/**
 * Whether an application that its set generates no more is left as it is: the set is still there, and its policy deletes
 * nothing. With the set itself gone, its applications go as well. The policy of `argocd-cmd-params-cm` wins over that of
 * the set, unless sets may override it.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/
 */
export function keptBySet(name: string | undefined, { sets, settings }: Pick<Catalogue, 'sets' | 'settings'>): boolean {
  const set = sets.find(({ value }) => value.metadata.name === name)?.value;
  if (set === undefined) return false;
  const general = settings.parameters?.['applicationsetcontroller.policy'] ?? '';
  const mayOverride = settings.parameters?.['applicationsetcontroller.enable.policy.override'] === 'true';
  const own: ApplicationsSync | undefined = set.spec.syncPolicy?.applicationsSync;
  const policy = general !== '' && !mayOverride ? general : (own ?? general);
  return policy === 'create-only' || policy === 'create-update';
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
