/**
 * Whether the targetRevision of a Git source may be a range of tags: `1.*`, `^2.0`, `>=1 <2`, `1.x`. None of those but the
 * last can be the name of a branch. https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#git
 */
export function mayBeRange(targetRevision: string): boolean {
  return /[\^~<>*|, ]|!=/.test(targetRevision) || /^v?\d+(\.\d+)?\.[xX]$/.test(targetRevision);
}
