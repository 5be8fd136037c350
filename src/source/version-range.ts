import semver from 'semver';

/** Part of a range that must hold: `>=1.2`. */
interface Comparator {
  readonly operator: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: boolean;
  /** The version that it names, with zeros for what is not said. */
  readonly version: string;
  /** How much of the version is said: nothing (`*`), major, minor, or all of it. */
  readonly says: 0 | 1 | 2 | 3;
}

const PART = '(\\d{1,15}|[xX*])';
const VERSION = `v?${PART}(?:\\.${PART})?(?:\\.${PART})?(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z.-]+)?`;
const OPERATOR = '(!=|>=|=>|<=|=<|~>|=|>|<|~|\\^)?';
const COMPARATOR = new RegExp(`${OPERATOR}\\s*${VERSION}`, 'y');
const HYPHEN = new RegExp(`(${VERSION})\\s+-\\s+(${VERSION})`, 'g');

/**
 * The version that a text says, as `1.2.3-rc.1`; parts that are not said are 0, and a `v` in front is no part of it.
 * Undefined for what is no version. https://pkg.go.dev/github.com/Masterminds/semver/v3#NewVersion
 */
export function versionOf(text: string): string | undefined {
  const found = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (found === null) return undefined;
  const [, major, minor = '0', patch = '0', prerelease = '', build = ''] = found;
  return semver.parse(`${plain(major)}.${plain(minor)}.${plain(patch)}${prerelease}${build}`)?.version;
}

function plain(digits: string | undefined): string {
  return String(Number(digits));
}

/**
 * The greatest of some tags or chart versions that fits a range, as it is written there; undefined when none does, or
 * when the text is no range. Ranges are those of Argo CD, Masterminds' and not npm's: `>=1.2, <2`, `1.2 - 1.4`, `!=1.3`,
 * and a prerelease fits only where one is named (`>=1.0.0-0 <2`).
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/
 * https://github.com/Masterminds/semver#checking-version-constraints
 */
export function greatestVersion(range: string, names: Iterable<string>): string | undefined {
  const alternatives = parseRange(range);
  if (alternatives === undefined) return undefined;
  let greatest: { readonly name: string; readonly version: string } | undefined;
  for (const name of names) {
    const version = versionOf(name);
    if (version === undefined || !alternatives.some((all) => fitsAll(version, all))) continue;
    if (greatest === undefined || semver.compare(version, greatest.version) > 0) greatest = { name, version };
  }
  return greatest?.name;
}

/** Whether a text is a range, and no single version: what says one version in full or in part is that version. */
export function isRange(text: string): boolean {
  return versionOf(text) === undefined && parseRange(text) !== undefined;
}

/** Alternatives (`||`), each a list of what must hold; undefined for what is no range. */
function parseRange(range: string): readonly (readonly Comparator[])[] | undefined {
  const alternatives: (readonly Comparator[])[] = [];
  for (const alternative of range
    .replaceAll(HYPHEN, (text) => text.replace(/^(\S+)\s+-\s+(\S+)$/, '>=$1, <=$2'))
    .split('||')) {
    const comparators = comparatorsOf(alternative.trim());
    if (comparators === undefined) return undefined;
    alternatives.push(comparators);
  }
  return alternatives;
}

function comparatorsOf(text: string): readonly Comparator[] | undefined {
  const found: Comparator[] = [];
  for (let at = 0; at < text.length || found.length === 0; ) {
    COMPARATOR.lastIndex = at;
    const match = COMPARATOR.exec(text);
    if (match === null) return undefined;
    found.push(comparatorOf(match));
    at = COMPARATOR.lastIndex;
    const gap = /^(\s*,\s*|\s+)/.exec(text.slice(at))?.[0] ?? '';
    if (at < text.length && gap === '') return undefined;
    at += gap.length;
    if (at >= text.length && gap !== '') return undefined;
  }
  return found;
}

function comparatorOf([, operator = '', ...parts]: RegExpExecArray): Comparator {
  const numbers = parts
    .slice(0, 3)
    .map((part) => (part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part)));
  const open = numbers.indexOf(undefined);
  const says = (open === -1 ? 3 : open) as Comparator['says'];
  const [major = 0, minor = 0, patch = 0] = numbers.slice(0, says);
  const prerelease = parts[3] ?? '';
  const version = `${major}.${minor}.${patch}${prerelease}`;
  return { operator, major, minor, patch, prerelease: prerelease !== '', version, says };
}

function fitsAll(version: string, all: readonly Comparator[]): boolean {
  const names = all.some((one) => one.prerelease);
  return all.every((one) => fits(version, one, names));
}

function fits(version: string, range: Comparator, takesPrereleases: boolean): boolean {
  const { major = 0, minor = 0, patch = 0, prerelease = [] } = semver.parse(version) ?? {};
  const unsaid = range.says < 3;
  // `!=1.2.3` is the one that lets any prerelease through.
  if (prerelease.length > 0 && !takesPrereleases && (range.operator !== '!=' || unsaid)) return false;
  const order = semver.compare(version, range.version);
  switch (range.operator) {
    case '':
    case '=':
      return unsaid ? isNear({ major, minor }, order, range) : order === 0;
    case '!=':
      if (range.says === 3 || range.says === 0) return order !== 0;
      if (major !== range.major) return true;
      if (range.says === 1) return false;
      return minor !== range.minor || withoutPatch(version) !== range.version;
    case '>':
      if (range.says === 1) return major > range.major;
      if (range.says === 2) return major > range.major || (major === range.major && minor > range.minor);
      return order > 0;
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      if (!unsaid) return order <= 0;
      return major < range.major || (major === range.major && (range.says === 1 || minor <= range.minor));
    case '~':
    case '~>':
      return isNear({ major, minor }, order, range);
    default:
      return isCompatible({ major, minor, patch }, order, range);
  }
}

/** `1.2.3-rc.1` as the patch `0`, the way a range that says no patch has it. */
function withoutPatch(version: string): string {
  return version.replace(/^(\d+\.\d+\.)\d+/, (_, start: string) => `${start}0`);
}

/** `~`: the same minor version, or only the same major one where no more is said. `~0.0.0` is anything, as there. */
function isNear(
  version: { readonly major: number; readonly minor: number },
  order: number,
  range: Comparator,
): boolean {
  if (order < 0) return false;
  const isAny = range.major === 0 && range.minor === 0 && range.patch === 0 && (range.says === 0 || range.says === 3);
  return isAny || (version.major === range.major && (range.says === 1 || version.minor === range.minor));
}

/** `^`: what stands left of the first number that is not 0 stays. */
function isCompatible(
  version: { readonly major: number; readonly minor: number; readonly patch: number },
  order: number,
  range: Comparator,
): boolean {
  if (order < 0) return false;
  if (range.major > 0 || range.says === 1) return version.major === range.major;
  if (version.major > 0) return false;
  if (range.minor > 0 || range.says === 2) return version.minor === range.minor;
  return version.minor === 0 && version.patch === range.patch;
}
