import { existsSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, posix, relative, resolve } from 'node:path';
import type { ValidatePorts } from '../flows/validate.ts';
import { createLocalGitSource } from '../source/index.ts';
import { manifestFiles } from '../source/manifest-files.ts';
import { readFiles } from '../source/read-files.ts';
import type { ManifestFile } from '../spec/catalogue.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { cacheDir } from './cache-dir.ts';
import { openClone } from './clone.ts';
import type { Mapping } from './options.ts';

/** A folder as it lies on the disk, in a clone or not, committed or not. */
export interface Folder {
  /** Its manifest files; paths are relative to where the command runs, as editors and GitHub want them. */
  readonly files: readonly ManifestFile[];
  readonly source: ValidatePorts['source'];
  readonly isHere: ValidatePorts['isHere'];
  readonly exists: ValidatePorts['exists'];
}

/**
 * Opens a folder; `map` says where other repositories lie, which are read at their commits. Throws Problem `bad-command`
 * when there is no folder.
 */
export async function openFolder(folder: string, map: Mapping = {}): Promise<Folder> {
  const dir = resolve(folder);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new Problem('bad-command', `There is no folder ${dir}.`, { fix: 'Name a folder with manifests.' });
  }
  const { top, origin } = await cloneAround(dir);
  const isHere = (repoURL: string): boolean => origin !== undefined && sameRepository(origin, repoURL);
  const others = createLocalGitSource({ map, cacheDir: cacheDir() });
  const elsewhere = (repoURL: string): typeof others | undefined => {
    if (isHere(repoURL)) return undefined;
    if (Object.keys(map).some((url) => sameRepository(url, repoURL))) return others;
    // What is elsewhere can't be looked at, and is no fault of the manifest.
    throw new Problem('unavailable', `${repoURL} is not this repository`, { fix: `Say --map ${repoURL}=DIR.` });
  };
  const found = await manifestFiles(dir);
  return {
    files: found.map(({ path, text }) => ({ path: relative(process.cwd(), join(dir, path)), text })),
    isHere,
    exists: async (path) => (await stat(join(top, path)).catch(() => undefined)) !== undefined,
    source: {
      resolve: async (repoURL, revision) => (await elsewhere(repoURL)?.resolve(repoURL, revision)) ?? 'working tree',
      tree: async (repoURL, revision) =>
        (await elsewhere(repoURL)?.tree(repoURL, revision)) ??
        new Map((await pathsBelow(top, '')).map((path) => [path, ''])),
      checkout: async (repoURL, revision) =>
        (await elsewhere(repoURL)?.checkout(repoURL, revision)) ?? { repoURL, revision, dir: top },
      readFiles,
    },
  };
}

async function cloneAround(dir: string): Promise<{ readonly top: string; readonly origin: string | undefined }> {
  try {
    const clone = await openClone(dir);
    return { top: clone.dir, origin: clone.origin };
  } catch (thrown) {
    if (asProblem(thrown).code !== 'misconfigured') throw thrown;
    return { top: dir, origin: undefined };
  }
}

async function pathsBelow(dir: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = posix.join(folder, entry.name);
      if (entry.isFile()) return [path];
      return entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules' ? pathsBelow(dir, path) : [];
    }),
  );
  return found.flat();
}
