import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { type ArchiveShape, type Extracted, extract } from './extract.ts';
import { privateFolder } from './private-folder.ts';

/** What is downloaded: a tar of one top folder, or such a one and what else it is like. */
type Archive = AsyncIterable<Uint8Array> | { readonly bytes: AsyncIterable<Uint8Array>; readonly topFolder: boolean };

/** Checkouts on disk, one folder a commit. */
export interface Checkouts {
  /** The kept checkout, or one unpacked from what `download` gives. Two that ask at once share one download. */
  get(repoURL: string, revision: string, download: () => Promise<Archive>): Promise<Checkout>;
}

export interface CheckoutsOptions {
  readonly cacheDir: string;
  /** How much of unpacked files is kept. Default 2 GiB. */
  readonly maxBytes?: number | undefined;
  /** The content ids of the files are kept beside them, for `treeOf`. Default false. */
  readonly trees?: boolean;
}

const GIB = 1024 * 1024 * 1024;

/** What was used within this time is never removed: a render may be reading it. In milliseconds. */
const IN_USE = 15 * 60 * 1000;

/**
 * What was marked as used within this time is not looked at again: a thousand applications ask for one checkout. In
 * milliseconds, and far less than `IN_USE`.
 */
const LATELY = 60 * 1000;
const MOST_LATELY = 1000;

/** Written into the folder of a checkout before it gets its name, so that a folder with a name is complete. */
const ABOUT = 'about.json';
const TREE = 'tree.json';

/**
 * Keeps checkouts below `cacheDir`, in a folder that only this user can write to. A checkout is unpacked beside and then
 * renamed, so that other processes see all of it or nothing. What was not used for longest goes first.
 */
export function createCheckouts(options: CheckoutsOptions): Checkouts {
  const root = join(options.cacheDir, 'checkouts');
  const running = new Map<string, Promise<Checkout>>();
  const lately = new Map<string, { readonly checkout: Checkout; readonly until: number }>();
  let ready: Promise<string> | undefined;
  const make = async (name: string, get: Parameters<Checkouts['get']>): Promise<Checkout> => {
    const [repoURL, revision, download] = get;
    ready ??= privateFolder(root);
    await ready;
    const folder = join(root, name);
    const kept = await readAbout(folder);
    const about = kept ?? (await unpack(folder, download, options.trees === true));
    // Only what was added can be too much.
    if (kept === undefined) await sweep(root, name, options.maxBytes ?? 2 * GIB);
    const checkout = { repoURL, revision, dir: join(folder, 'files'), links: about.links };
    if (lately.size >= MOST_LATELY) lately.clear();
    lately.set(name, { checkout, until: Date.now() + LATELY });
    return checkout;
  };
  return {
    get: (repoURL, revision, download) => {
      const name = createHash('sha256').update(`${repoURL}\n${revision}`).digest('hex').slice(0, 40);
      const used = lately.get(name);
      if (used !== undefined && Date.now() < used.until) return Promise.resolve(used.checkout);
      const found = running.get(name) ?? make(name, [repoURL, revision, download]).finally(() => running.delete(name));
      running.set(name, found);
      return found;
    },
  };
}

/** path → content id of every file and link of a checkout that was made with `trees`. */
export async function treeOf({ dir }: Checkout): Promise<ReadonlyMap<string, string>> {
  return new Map(JSON.parse(await readFile(join(dirname(dir), TREE), 'utf8')));
}

/** Reads what is known of a kept checkout, and marks it as used now. Undefined when it is not there. */
async function readAbout(folder: string): Promise<Extracted | undefined> {
  const file = join(folder, ABOUT);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
  return JSON.parse(text);
}

async function unpack(folder: string, download: () => Promise<Archive>, trees: boolean): Promise<Extracted> {
  const temporary = `${folder}.${randomUUID()}`;
  try {
    await mkdir(join(temporary, 'files'), { recursive: true, mode: 0o700 });
    const archive = await download();
    const { bytes, topFolder } = 'bytes' in archive ? archive : { bytes: archive, topFolder: true };
    const ids: [string, string][] = [];
    const onId: ArchiveShape['onId'] = trees ? (...id) => ids.push(id) : undefined;
    const extracted = await extract(bytes, join(temporary, 'files'), undefined, { topFolder, onId });
    if (trees) await writeFile(join(temporary, TREE), JSON.stringify(ids), { mode: 0o600 });
    await writeFile(join(temporary, ABOUT), JSON.stringify(extracted), { mode: 0o600 });
    await rename(temporary, folder);
    return extracted;
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    const other = await readAbout(folder);
    if (other === undefined) throw thrown;
    return other;
  }
}

/** Removes the checkouts that were not used for longest, and what processes that died left behind. */
async function sweep(root: string, current: string, maxBytes: number): Promise<void> {
  const names = (await readdir(root)).filter((name) => name !== current);
  const found = await Promise.all(
    names.map(async (name) => {
      const about = await stat(join(root, name, ABOUT)).catch(() => undefined);
      const usedAt = about?.mtimeMs ?? (await stat(join(root, name)).catch(() => undefined))?.mtimeMs ?? Date.now();
      return { name, usedAt, bytes: isUnfinished(name) ? 0 : await bytesOf(join(root, name)) };
    }),
  );
  let total = found.reduce((sum, { bytes }) => sum + bytes, await bytesOf(join(root, current)));
  for (const { name, usedAt, bytes } of found.sort((a, b) => a.usedAt - b.usedAt)) {
    if (usedAt > Date.now() - IN_USE || (total <= maxBytes && !isUnfinished(name))) continue;
    await rm(join(root, name), { recursive: true, force: true });
    total -= bytes;
  }
}

/** Whether a folder is that of an unpacking, which may go on in another process: what it says of itself may be half written. */
function isUnfinished(name: string): boolean {
  return name.includes('.');
}

async function bytesOf(folder: string): Promise<number> {
  const text = await readFile(join(folder, ABOUT), 'utf8').catch(() => undefined);
  if (text === undefined) return 0;
  const { bytes }: Extracted = JSON.parse(text);
  return bytes;
}
