import { posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';

/**
 * A path of the repository, made safe: relative to the root, normalised, '' for the root itself. `path` counts from
 * `folder`; with a leading slash from the root, as Argo CD has it for value files. Throws Problem `unsafe-path` for a
 * path that leaves the repository or leads through a symbolic link, `unsupported` for a URL.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files
 */
export function insideCheckout(checkout: Checkout, folder: string, path: string, where: Where): string {
  if (isURL(path)) {
    throw new Problem('unsupported', `${shown(path)} is a URL; trimtab reads only files of the repository.`, {
      where,
      fix: 'Copy the file into the repository, and refer to it by its path.',
    });
  }
  const joined = posix.normalize(posix.isAbsolute(path) ? path.replace(/^\/+/, './') : posix.join(folder, path));
  if (joined === '..' || joined.startsWith('../') || path.includes('\0')) {
    throw new Problem('unsafe-path', `The path ${shown(path)} leads out of the repository.`, {
      where,
      fix: 'Keep the file in the repository, and refer to it by a path inside of it.',
    });
  }
  const found = joined.replace(/^\.\/|\/+$/g, '');
  const inside = found === '.' ? '' : found;
  const link = linkOn(checkout, inside);
  if (link !== undefined) throw brokenByLink(link, where);
  return inside;
}

/** Anything with a scheme, as Go's url.Parse sees it: `https:`, `file:`, `s3:`, `secrets+age:`. */
function isURL(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(path);
}

/** The symbolic link that a path is, or leads through. */
function linkOn(checkout: Checkout, path: string): string | undefined {
  return checkout.links?.find((link) => path === link || path.startsWith(`${link}/`));
}

/**
 * Throws Problem `unsafe-path` when a render would read a symbolic link: links are left out of the checkout, so it would
 * lack that file without a word.
 */
export function refuseLinks(checkout: Checkout, reads: (link: string) => boolean): void {
  const link = checkout.links?.find(reads);
  if (link !== undefined) throw brokenByLink(link, {});
}

/** Whether a path lies in a folder, written with or without a slash at its end; '' and `/` are the root. */
export function isWithin(path: string, folder: string): boolean {
  const plain = folder.replace(/\/+$/, '');
  return plain === '' || path.startsWith(`${plain}/`);
}

function brokenByLink(link: string, where: Where): Problem {
  return new Problem('unsafe-path', `${link} is a symbolic link. trimtab does not follow links.`, {
    where: { file: link, ...where },
    fix: 'Put the file itself in its place.',
  });
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
