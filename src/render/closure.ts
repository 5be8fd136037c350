import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { readChart } from './chart-files.ts';
import { detectTool, type RenderTool } from './detect.ts';
import { importsOf } from './jsonnet.ts';
import { walkKustomization } from './kustomization.ts';
import { insideCheckout } from './paths.ts';
import { withOverrides } from './source-overrides.ts';
import type { Walked } from './walk.ts';

type Input = Omit<RenderInput, 'facts'>;

/**
 * The paths (files, or folders that end in `/`) of the repository that a render reads, found without rendering: a chart
 * with its value files and local dependencies; all that a kustomization names; a folder of manifests. Never throws for
 * broken content: then the source's own folder is the answer.
 */
export async function closure(given: Input): Promise<readonly string[]> {
  const own = `${folderText(given.source.path ?? '')}/`;
  try {
    const input = await withOverrides(given);
    const folder = insideCheckout(input.checkout, '', input.source.path ?? '.', {});
    const files = await readdir(join(input.checkout.dir, folder));
    const tool = detectTool(input.source, files);
    return await closureOf(tool, input, folder);
  } catch {
    return [own];
  }
}

function folderText(path: string): string {
  return posix.normalize(path).replace(/^(\.?\/)+|^\.$|\/+$/g, '');
}

/** The closure of a source whose tool and folder are known. Throws what the checkout's files throw. */
export async function closureOf(
  tool: RenderTool,
  input: Input,
  folder: string,
  walked?: Pick<Walked, 'closure'>,
): Promise<readonly string[]> {
  const found = new Set<string>();
  switch (tool) {
    case 'directory':
      found.add(`${folder}/`);
      for (const file of await jsonnetFiles(input, folder)) found.add(file);
      break;
    case 'kustomize': {
      const { closure: reads } = walked ?? (await walkKustomization(input, folder));
      for (const path of [...reads, ...overrides(input, folder)]) found.add(path);
      break;
    }
    case 'helm':
      await addChart(input, folder, found);
      for (const path of filesOf(input)) addFile(input, folder, path, found);
  }
  return [...found].filter((path) => !isWithin(path, found)).sort();
}

/** Parameters that lie beside the source; of charts and plain manifests the whole folder is read. */
function overrides({ application }: Input, folder: string): readonly string[] {
  const names = ['.argocd-source.yaml', `.argocd-source-${application.metadata.name}.yaml`];
  return names.map((name) => posix.join(folder, name));
}

/** What the Jsonnet files of a folder read, in it and elsewhere. */
async function jsonnetFiles(input: Input, folder: string): Promise<readonly string[]> {
  const recursive = input.source.directory?.recurse === true;
  const entries = await readdir(join(input.checkout.dir, folder), { recursive, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonnet'))
    .map((entry) => posix.relative(input.checkout.dir, posix.join(entry.parentPath, entry.name)));
  const read = await Promise.all(files.map((file) => importsOf(input, folder, file)));
  return read.flat();
}

function filesOf({ source }: Input): readonly string[] {
  return [...(source.helm?.valueFiles ?? []), ...(source.helm?.fileParameters ?? []).map(({ path }) => path)];
}

/** A glob reads what lies in the last folder before it; what a `ref` lends is another repository's. */
function addFile(input: Input, folder: string, path: string, found: Set<string>): void {
  if (/^\$(?!ARGOCD_)[A-Za-z_][\w-]*\//.test(path)) return;
  try {
    const inside = insideCheckout(input.checkout, folder, substitute(path, buildEnvironment(input)), {});
    const glob = inside.search(/[*?[]/);
    found.add(glob < 0 ? inside : `${inside.slice(0, Math.max(0, inside.lastIndexOf('/', glob)))}/`);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
  }
}

/** A chart's folder, and those of the charts that it names by `file://`. */
async function addChart(input: Input, folder: string, found: Set<string>): Promise<void> {
  if (found.has(`${folder}/`)) return;
  found.add(`${folder}/`);
  const { dependencies } = await readChart(input.checkout, folder).catch(() => ({ dependencies: [] }));
  for (const { repository } of dependencies) {
    if (!repository.startsWith('file://')) continue;
    const path = posix.normalize(posix.join(folder, repository.slice('file://'.length)));
    if (!path.startsWith('..')) await addChart(input, path.replace(/\/+$/, ''), found);
  }
}

/** Whether a path lies in one of the folders, and so is named already. */
function isWithin(path: string, found: ReadonlySet<string>): boolean {
  return [...found].some(
    (folder) => folder !== path && folder.endsWith('/') && (folder === '/' || path.startsWith(folder)),
  );
}
