/**
 * Does a source with this targetRevision follow this branch? Nothing and `HEAD` mean the default branch; a branch is
 * written as `main` or `refs/heads/main`. Tags (`refs/tags/…`) and SHAs do not follow anything. What could be a branch
 * or a tag is the branch that it names.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#git
 */
export function tracks(targetRevision: string | undefined, branch: string, defaultBranch: string): boolean {
  const revision = targetRevision ?? '';
  if (revision === '' || revision === 'HEAD') return branch === defaultBranch;
  return revision === branch || revision === `refs/heads/${branch}`;
}
