import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { matchesGlob } from '../spec/glob.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import type { Context } from './context.ts';
import { readable } from './encrypted-file.ts';
import { renderJsonnet } from './jsonnet.ts';
import { parseManifests } from './parse-manifests.ts';
import { isWithin, refuseLinks } from './paths.ts';

/** A file that says this anywhere is skipped. https://argo-cd.readthedocs.io/en/stable/user-guide/directory/ */
const SKIP = '+argocd:skip-file-rendering';

const MANIFEST = /\.(ya?ml|json|jsonnet)$/;

/** Plain manifests are read at once into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The manifests of the YAML, JSON and Jsonnet files of a folder, in the order of their paths. Files that hold no manifest (values,
 * CI settings) are skipped, as Argo CD does; files that look like one but can't be read fail with file and line. Jsonnet
 * is evaluated.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/directory/
 */
export async function renderDirectory(context: Context): Promise<readonly Manifest[]> {
  const { checkout, source } = context.input;
  const { recurse = false, include = '', exclude = '', disableExtensionFilter = false } = source.directory ?? {};
  // These globs know no separator: `*` goes through slashes.
  const wanted = (path: string): boolean =>
    !(exclude !== '' && matchesGlob(exclude, path)) &&
    (include === '' || matchesGlob(include, path)) &&
    (disableExtensionFilter || MANIFEST.test(path));
  refuseLinks(checkout, (link) => {
    const path = posix.relative(context.folder, link);
    return isWithin(link, context.folder) && (recurse || !path.includes('/')) && wanted(path);
  });
  const manifests: Manifest[] = [];
  let bytes = 0;
  for (const path of await filesBelow(join(checkout.dir, context.folder), recurse)) {
    if (!wanted(path)) continue;
    const file = posix.join(context.folder, path);
    bytes += (await stat(join(checkout.dir, file))).size;
    if (bytes > MAX_BYTES) throw tooMuch(context.folder);
    const text = await readable(context, await readFile(join(checkout.dir, file), 'utf8'), file);
    if (text.includes(SKIP)) continue;
    manifests.push(...(path.endsWith('.jsonnet') ? await renderJsonnet(context, file) : manifestsOf(text, file)));
  }
  return manifests;
}

/** Paths of all files, walked as Go's filepath.Walk does: by name, folders in their place. */
async function filesBelow(root: string, recurse: boolean, folder = ''): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (recurse) found.push(...(await filesBelow(root, recurse, path)));
    } else if (entry.isFile()) found.push(path);
  }
  return found;
}

function manifestsOf(text: string, file: string): readonly Manifest[] {
  try {
    return parseManifests(text, { code: 'invalid-manifest', file: () => file, lines: true });
  } catch (thrown) {
    const looksLikeOne = ['apiVersion', 'kind', 'metadata'].every((word) => new RegExp(`\\b${word}"?\\s*:`).test(text));
    if (looksLikeOne) throw thrown;
    return [];
  }
}

function tooMuch(folder: string): Problem {
  return new Problem('limit-exceeded', `The manifests in ${folder} are larger than ${MAX_BYTES / 1024 / 1024} MiB.`, {
    where: { file: `${folder}/` },
    fix: 'Split them into several applications, or leave files out with spec.source.directory.exclude.',
  });
}
