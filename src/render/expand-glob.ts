import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import picomatch from 'picomatch';
import type { Checkout } from '../spec/ports.ts';

/** Whether Argo CD takes a path for a glob: braces alone make none. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The files and folders that a glob names, as paths from the root of the checkout, in the order in which Argo CD's
 * library (doublestar) finds them: by name a folder, with `**` a folder's own files before those of its subfolders.
 * `*`, `?` and `[a-z]` stop at slashes, `{a,b}` is either. Links count as files: whoever reads one is refused.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#supported-pattern-syntax
 */
export async function expandGlob(checkout: Checkout, pattern: string): Promise<readonly string[]> {
  const [first = '', ...more] = alternatives(pattern);
  const found = await expand(checkout, first);
  if (more.length === 0) return found;
  const others = await Promise.all(more.map((each) => expand(checkout, each)));
  return [...new Set([...found, ...others.flat()])].sort();
}

async function expand(checkout: Checkout, pattern: string): Promise<readonly string[]> {
  const segments = pattern.split('/');
  const last = segments.pop() ?? '';
  let folders: readonly string[] = [''];
  for (const segment of segments) {
    const next = await Promise.all(folders.map((folder) => foldersIn(checkout, folder, segment)));
    folders = next.flat();
  }
  const found = await Promise.all(folders.map((folder) => entriesIn(checkout, folder, last)));
  return found.flat();
}

async function foldersIn(checkout: Checkout, folder: string, segment: string): Promise<readonly string[]> {
  if (segment === '**') return (await everything(checkout, folder)).filter((each) => each.isFolder).map(pathOf);
  if (!isGlob(segment)) {
    const path = posix.join(folder, segment);
    const there = await stat(join(checkout.dir, path)).catch(() => undefined);
    return there?.isDirectory() === true ? [path] : [];
  }
  const matches = matcher(segment);
  return (await listed(checkout, folder)).filter(({ name, isFolder }) => isFolder && matches(name)).map(pathOf);
}

async function entriesIn(checkout: Checkout, folder: string, segment: string): Promise<readonly string[]> {
  if (segment === '**') return (await everything(checkout, folder)).map(pathOf);
  const matches = matcher(segment);
  return (await listed(checkout, folder)).filter(({ name }) => matches(name)).map(pathOf);
}

/** picomatch knows `[^a]` alone as what is not `a`. */
function matcher(segment: string): (name: string) => boolean {
  const pattern = segment.replaceAll('[!', '[^');
  return picomatch(pattern, { dot: true, nobrace: true, noextglob: true, nonegate: true, bash: true });
}

interface Entry {
  readonly path: string;
  readonly name: string;
  readonly isFolder: boolean;
}

function pathOf({ path }: Entry): string {
  return path;
}

/** What lies in a folder, links too, by name. */
async function listed(checkout: Checkout, folder: string): Promise<readonly Entry[]> {
  const entries = await readdir(join(checkout.dir, folder), { withFileTypes: true }).catch(() => []);
  const files = entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  const links = (checkout.links ?? [])
    .filter((link) => posix.dirname(link) === (folder === '' ? '.' : folder))
    .map((link) => ({ name: posix.basename(link), isFolder: false }));
  return [...files, ...links]
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((each) => ({ ...each, path: posix.join(folder, each.name) }));
}

/** A folder and all below it, each folder before what it holds. */
async function everything(checkout: Checkout, folder: string): Promise<readonly Entry[]> {
  const found: Entry[] = [{ path: folder, name: posix.basename(folder), isFolder: true }];
  for (const entry of await listed(checkout, folder)) {
    if (entry.isFolder) found.push(...(await everything(checkout, entry.path)));
    else found.push(entry);
  }
  return found;
}

/** So many ways of a pattern are tried; more is nobody's layout of value files. */
const MOST = 64;

/** A pattern without braces for each way through them: `{a,b}/{c,d}` is four. */
function alternatives(pattern: string): readonly string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0 && done.length < MOST) {
    const next = open.shift() ?? '';
    const [whole, inner = ''] = /\{([^{}]*)\}/.exec(next) ?? [];
    if (whole === undefined) done.push(next);
    else open.push(...inner.split(',').map((each) => next.replace(whole, () => each)));
  }
  return done;
}
