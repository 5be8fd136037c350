import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ManifestFile } from '../spec/catalogue.ts';

/** Larger files are no definitions of applications. */
const MAX_BYTES = 1024 * 1024;

/** Files read at once. */
const AT_ONCE = 32;

/**
 * The YAML and JSON files below a folder that may hold Argo CD's kinds or settings, by path: those whose text names one.
 * Folders with a dot in front and the templates of Helm charts are left out: what charts define is known when they are
 * rendered.
 */
export async function manifestFiles(dir: string): Promise<readonly ManifestFile[]> {
  const paths = (await pathsBelow(dir, '')).sort();
  const found: ManifestFile[] = [];
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const batch = paths.slice(start, start + AT_ONCE);
    for (const file of await Promise.all(batch.map((path) => readIfManifest(dir, path)))) {
      if (file !== undefined) found.push(file);
    }
  }
  return found;
}

async function pathsBelow(dir: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true });
  const isChart = entries.some((entry) => entry.name === 'Chart.yaml');
  const found: string[] = [];
  for (const entry of entries) {
    const path = posix.join(folder, entry.name);
    if (entry.isFile() && /\.(ya?ml|json)$/i.test(entry.name)) found.push(path);
    if (!entry.isDirectory() || entry.name.startsWith('.') || (isChart && entry.name === 'templates')) continue;
    found.push(...(await pathsBelow(dir, path)));
  }
  return found;
}

async function readIfManifest(dir: string, path: string): Promise<ManifestFile | undefined> {
  const file = join(dir, path);
  if ((await stat(file)).size > MAX_BYTES) return undefined;
  const bytes = await readFile(file);
  return mayHold(bytes) ? { path, text: bytes.toString() } : undefined;
}

const KINDS = ['Application', 'AppProject'];
const SETTINGS = [
  'argocd-cm',
  'argocd-notifications-cm',
  'argocd-rbac-cm',
  'argocd-cmd-params-cm',
  'argocd.argoproj.io/secret-type',
];

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#quick-reference */
function mayHold(text: Buffer): boolean {
  if (SETTINGS.some((name) => text.includes(name))) return true;
  return text.includes('argoproj.io/') && KINDS.some((kind) => text.includes(kind));
}
