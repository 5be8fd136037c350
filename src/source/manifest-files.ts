import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ManifestFile } from '../spec/catalogue.ts';
import { Problem } from '../spec/problem.ts';

/** Larger files (Argo CD's own install.yaml is one) are looked at only to see that they define nothing. */
const MAX_BYTES = 1024 * 1024;

/** A file is not read at all from this size on. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Files read at once. */
const AT_ONCE = 32;

export type ReadManifestFile = typeof readManifestFile;

/**
 * The YAML and JSON files below a folder that may hold Argo CD's kinds or settings, by path: those whose text names one.
 * Folders with a dot in front and the templates of Helm charts are left out: what charts define is known when they are
 * rendered. `read` may give what it read before.
 */
export async function manifestFiles(
  dir: string,
  read: ReadManifestFile = readManifestFile,
): Promise<readonly ManifestFile[]> {
  const paths = (await pathsBelow(dir, '')).sort();
  const found: ManifestFile[] = [];
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const batch = paths.slice(start, start + AT_ONCE);
    for (const file of await Promise.all(batch.map((path) => read(dir, path)))) {
      if (file !== undefined) found.push(file);
    }
  }
  return found;
}

async function pathsBelow(dir: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true });
  const isChart = entries.some((entry) => entry.name === 'Chart.yaml');
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = posix.join(folder, entry.name);
      if (entry.isFile()) return /\.(ya?ml|json)$/i.test(entry.name) ? [path] : [];
      if (!entry.isDirectory() || entry.name.startsWith('.') || (isChart && entry.name === 'templates')) return [];
      return pathsBelow(dir, path);
    }),
  );
  return found.flat();
}

/** Undefined for a file whose text names nothing of Argo CD's. */
export async function readManifestFile(dir: string, path: string): Promise<ManifestFile | undefined> {
  const file = join(dir, path);
  const { size } = await stat(file);
  if (size > MOST_BYTES) return undefined;
  const bytes = await readFile(file);
  if (!mayHold(bytes)) return undefined;
  const text = bytes.toString();
  if (size <= MAX_BYTES) return { path, text };
  if (/^kind:\s*["']?(Application|ApplicationSet|AppProject)\b/m.test(text)) throw tooLarge(path);
  return undefined;
}

/** To leave it out would make what it defines seem to be gone. */
function tooLarge(file: string): Problem {
  return new Problem(
    'limit-exceeded',
    'This file defines applications, and is larger than the 1 MB that trimtab reads of one.',
    {
      where: { file },
      fix: 'Split it, or keep large data out of the control repository.',
    },
  );
}

const KINDS = ['Application', 'AppProject'];
const SETTINGS = [
  'argocd-cm',
  'argocd-notifications-cm',
  'argocd-rbac-cm',
  'argocd-cmd-params-cm',
  'argocd-tls-certs-cm',
  'argocd.argoproj.io/secret-type',
];

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#quick-reference */
function mayHold(text: Buffer): boolean {
  if (SETTINGS.some((name) => text.includes(name))) return true;
  return text.includes('argoproj.io/') && KINDS.some((kind) => text.includes(kind));
}
