import semver from 'semver';

/**
 * The version that a targetRevision means among those that there are: the very one, else the newest that the range allows.
 * Ranges are those of Masterminds/semver, which Argo CD and Helm use: `1.x`, `^2.3`, `~1.2`, `>=1 <2`, `>=1, <2`,
 * `1.2 - 1.4`, `!=1.3.1`, `^1 || ^3`; nothing is `*`. A pre-release counts only where the range names one.
 * Undefined when there is none.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#helm
 */
export function chosenVersion(targetRevision: string | undefined, versions: readonly string[]): string | undefined {
  const wanted = (targetRevision ?? '').trim();
  if (versions.includes(wanted)) return wanted;
  const exact = semver.valid(wanted);
  if (exact !== null) return versions.find((version) => semver.valid(version) === exact);
  const allows = wanted.split('||').map(rangeOf);
  if (allows.some((each) => each === undefined)) return undefined;
  return versions
    .filter((version) => semver.valid(version) !== null)
    .filter((version) => allows.some((each) => each?.(version)))
    .sort(semver.rcompare)[0];
}

/** Whether a targetRevision is a range, not one version. */
export function isRange(targetRevision: string | undefined): boolean {
  const wanted = (targetRevision ?? '').trim();
  if (semver.valid(wanted) !== null) return false;
  return wanted.split('||').every((each) => rangeOf(each) !== undefined);
}

type Allows = (version: string) => boolean;

/** Comparators of one alternative hold together; a comma or a blank stands between them. */
function rangeOf(text: string): Allows | undefined {
  const denied = [...text.matchAll(/!=\s*([^\s,]+)/g)].map(([, version = '']) => version);
  const rest = text
    .replaceAll(/!=\s*[^\s,]+/g, ' ')
    .replaceAll('=>', '>=')
    .replaceAll('=<', '<=')
    .replaceAll(',', ' ')
    .trim();
  const options = { loose: true, includePrerelease: /\d-[0-9A-Za-z]/.test(text.replace(/\s-\s/g, ' ')) };
  const range = semver.validRange(rest, options);
  if (range === null || denied.some((version) => semver.validRange(version, options) === null)) return undefined;
  return (version) =>
    semver.satisfies(version, rest, options) && !denied.some((each) => semver.satisfies(version, each, options));
}
