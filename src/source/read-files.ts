import { readFile, stat } from 'node:fs/promises';
import { posix, resolve, sep } from 'node:path';
import type { ManifestFile } from '../spec/catalogue.ts';
import type { Checkout } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

/** Larger files are no parameters. */
const MAX_BYTES = 1024 * 1024;

/** Files read at once. */
const AT_ONCE = 32;

/**
 * Texts of files of a checkout, in the order of their paths. Throws Problem: `not-found`, `unsafe-path` (a link, or a way
 * out of the checkout), `limit-exceeded`.
 */
export async function readFiles(checkout: Checkout, paths: readonly string[]): Promise<readonly ManifestFile[]> {
  const links = new Set(checkout.links ?? []);
  const found: ManifestFile[] = [];
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const batch = paths.slice(start, start + AT_ONCE);
    found.push(...(await Promise.all(batch.map((path) => readOne(checkout.dir, path, links)))));
  }
  return found;
}

async function readOne(dir: string, path: string, links: ReadonlySet<string>): Promise<ManifestFile> {
  const file = resolve(dir, path);
  if (!file.startsWith(`${resolve(dir)}${sep}`) || links.has(posix.normalize(path))) {
    throw new Problem('unsafe-path', `${path} is a link, or leads out of its repository; neither is followed.`, {
      where: { file: path },
      fix: 'Write a file in its place.',
    });
  }
  const size = (await stat(file).catch(() => undefined))?.size;
  if (size === undefined) throw new Problem('not-found', `There is no file ${path}.`, { where: { file: path } });
  if (size > MAX_BYTES) {
    throw new Problem('limit-exceeded', `${path} has ${size} bytes; files of parameters have at most ${MAX_BYTES}.`, {
      where: { file: path },
    });
  }
  return { path, text: await readFile(file, 'utf8') };
}
