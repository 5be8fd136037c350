import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RenderInput } from '../spec/ports.ts';
import { filesWithin, type Tree } from './content-key.ts';

/**
 * No Application, ApplicationSet or AppProject is without it, wherever it comes from. Annotations such as
 * `argocd.argoproj.io/sync-wave`, which are in every other manifest, are none.
 */
const SIGN = /(?<![\w.-])argoproj\.io/;

/** What a file says is told once: the commits of a preview have nearly all files in common. */
const MOST_KNOWN = 100_000;

/** A file that is larger than any manifest is not searched: it may say anything. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Remote bases and charts that are not in the repository: nobody knows what they say. */
const ELSEWHERE = /(^|\s|["'])(https?:\/\/|oci:\/\/|ssh:\/\/|git@|github\.com[/:])/;
const NAMES_OTHERS = /(^|\/)(kustomization\.ya?ml|Kustomization|Chart\.ya?ml|requirements\.ya?ml)$/;

/**
 * Whether a source may render to Argo CD's own kinds, found without rendering: something that it reads, or its
 * parameters, say `argoproj.io`, or come from elsewhere. `reads` is its closure; `tree` has the files of the commit with their
 * content ids, where they are known. What can't be read may say it.
 */
export async function mayDefine(
  { source, checkout }: Pick<RenderInput, 'source' | 'checkout'>,
  reads: readonly string[],
  tree?: Tree,
): Promise<boolean> {
  const { repoURL: _repoURL, ...parameters } = source;
  // In JSON, a line break of a text is a letter n before the word.
  if (SIGN.test(JSON.stringify(parameters).replaceAll('\\n', '\n'))) return true;
  if (source.helm?.valueFiles?.some((path) => path.includes('://')) === true) return true;
  for (const path of reads) {
    const files = path.endsWith('/') ? await filesBelow(checkout.dir, path, tree) : [path];
    for (const file of files) if (await says(checkout.dir, file, tree?.get(file))) return true;
  }
  return false;
}

async function filesBelow(dir: string, folder: string, tree: Tree | undefined): Promise<readonly string[]> {
  const plain = posix.normalize(folder).replace(/^(\.?\/)+/, '');
  if (tree !== undefined) return filesWithin(plain, tree);
  try {
    const entries = await readdir(join(dir, plain), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => posix.normalize(join(entry.parentPath, entry.name).slice(dir.length + 1)));
  } catch {
    return [];
  }
}

const known = new Map<string, boolean>();

async function says(dir: string, path: string, id: string | undefined): Promise<boolean> {
  // The name tells how the content is understood.
  const key = `${id} ${posix.basename(path)}`;
  const before = id === undefined ? undefined : known.get(key);
  if (before !== undefined) return before;
  const found = await search(join(dir, path));
  if (id === undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

async function search(file: string): Promise<boolean> {
  const size = (await stat(file).catch(() => undefined))?.size;
  if (size === undefined) return false;
  if (size > MOST_BYTES) return true;
  const content = await readFile(file);
  if (/\.(tgz|tar\.gz)$/.test(file)) return SIGN.test(unpacked(content)?.toString('latin1') ?? 'argoproj.io');
  const text = content.toString();
  const namesOthers = NAMES_OTHERS.test(file) || text.includes('HelmChartInflationGenerator');
  return SIGN.test(content.toString('latin1')) || (namesOthers && ELSEWHERE.test(withoutPages(text)));
}

/** What of a Chart.yaml names a web page, and nothing that is rendered. */
function withoutPages(text: string): string {
  return text.replace(/^(home|icon):.*$|^(sources|maintainers|annotations|keywords):.*(\n([ \t-].*)?)*/gm, '');
}

/** A chart as Helm packs it; undefined when it can't be unpacked within reason. */
function unpacked(archive: Buffer): Buffer | undefined {
  try {
    return gunzipSync(archive, { maxOutputLength: 8 * MOST_BYTES });
  } catch {
    return undefined;
  }
}
