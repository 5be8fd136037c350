import semver from 'semver';
import { greatestVersion } from './version-range.ts';

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
  return greatestVersion(wanted === '' ? '*' : wanted, versions);
}

/** Whether a targetRevision says one whole version: then nobody needs to be asked which it is. */
export function isExact(targetRevision: string | undefined): boolean {
  return semver.valid(targetRevision ?? '') !== null;
}
