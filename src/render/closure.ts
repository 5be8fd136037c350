import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { readChart } from './chart-files.ts';
import { detectTool, type RenderTool } from './detect.ts';
import { walkKustomization } from './kustomization.ts';
import { insideCheckout } from './paths.ts';

type Input = Omit<RenderInput, 'facts'>;

/**
 * The paths (files, or folders that end in `/`) of the repository that a render reads, found without rendering: a chart
 * with its value files and local dependencies; all that a kustomization names; a folder of manifests. Never throws for
 * broken content: then the source's own folder is the answer.
 */
export async function closure(input: Input): Promise<readonly string[]> {
  const own = `${folderText(input.source.path ?? '')}/`;
  try {
    const folder = insideCheckout(input.checkout, '', input.source.path ?? '.', {});
    const files = await readdir(join(input.checkout.dir, folder));
    const tool = detectTool(input.source, input.application.metadata.name, files);
    return await closureOf(tool, input, folder);
  } catch {
    return [own];
  }
}

function folderText(path: string): string {
  return posix.normalize(path).replace(/^(\.?\/)+|^\.$|\/+$/g, '');
}

/** The closure of a source whose tool and folder are known. Throws what the checkout's files throw. */
export async function closureOf(tool: RenderTool, input: Input, folder: string): Promise<readonly string[]> {
  switch (tool) {
    case 'directory':
      return [`${folder}/`];
    case 'kustomize': {
      const walked = await walkKustomization(input.checkout, folder, input.source.kustomize?.components);
      return walked.closure;
    }
    case 'helm': {
      const found = new Set<string>();
      await addChart(input, folder, found);
      for (const path of filesOf(input)) addFile(input, folder, path, found);
      return [...found].filter((path) => !isWithin(path, found)).sort();
    }
  }
}

function filesOf({ source }: Input): readonly string[] {
  return [...(source.helm?.valueFiles ?? []), ...(source.helm?.fileParameters ?? []).map(({ path }) => path)];
}

function addFile(input: Input, folder: string, path: string, found: Set<string>): void {
  try {
    found.add(insideCheckout(input.checkout, folder, substitute(path, buildEnvironment(input)), {}));
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
