import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KustomizeSource } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import type { Context } from './context.ts';
import { editKustomization } from './edit-kustomization.ts';
import { readable } from './encrypted-file.ts';
import { kustomizationIn, type Walked, walkKustomization } from './kustomization.ts';
import { kustomizeProblem } from './kustomize-errors.ts';
import { parseManifests } from './parse-manifests.ts';
import { isWithin, refuseLinks } from './paths.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/**
 * Renders a kustomization of the repository with `kubectl kustomize`. Options of the Application are written into a
 * private copy of the files that the build reads, as Argo CD edits the kustomization before it builds. Throws Problem
 * `unsupported` for what lies on another host, `unsafe-path` for what lies out of the repository, `render-failed` with
 * the kustomization's file and line.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
 */
export async function renderKustomize(context: Context): Promise<readonly Manifest[]> {
  const { checkout, source } = context.input;
  const options = source.kustomize ?? {};
  const walked = await walkKustomization(checkout, context.folder, options.components);
  const kustomization = await kustomizationIn(checkout, context.folder);
  if (kustomization === undefined) throw noKustomization(context.folder);
  const [refused] = walked.problems;
  if (refused !== undefined) throw refused;
  const reads = new Set(walked.closure);
  const folders = walked.closure.filter((path) => path.endsWith('/'));
  refuseLinks(checkout, (link) => reads.has(link) || folders.some((folder) => isWithin(link, folder)));
  const plain = await readableFiles(context, walked.closure);
  if (!changes(options) && plain.size === 0) return build(context, checkout.dir, kustomization, walked);
  return withTemporaryFolder(async (copy) => {
    await copyFiles(checkout.dir, copy, walked.closure);
    for (const [path, text] of plain) await writeFile(join(copy, path), text, { mode: 0o600 });
    await editKustomization(context.input, copy, kustomization);
    return build(context, copy, kustomization, walked);
  });
}

/** Readable texts of the files that SOPS encrypted. */
async function readableFiles(context: Context, closure: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const path of closure) {
    if (path.endsWith('/')) continue;
    const text = await readFile(join(context.input.checkout.dir, path), 'utf8').catch(() => '');
    const plain = await readable(context, text, path);
    if (plain !== text) found.set(path, plain);
  }
  return found;
}

/** Options that decide only how Helm charts are inflated change nothing here. */
const NO_CHANGE = new Set(['version', 'kubeVersion', 'apiVersions']);

function changes(options: KustomizeSource): boolean {
  return Object.keys(options).some((option) => !NO_CHANGE.has(option));
}

async function build(
  context: Context,
  root: string,
  kustomization: string,
  walked: Walked,
): Promise<readonly Manifest[]> {
  const { path: program } = (await context.tools()).kubectl;
  const ran = await context.run({ program, args: ['kustomize', join(root, context.folder)], cwd: root });
  if (ran.reason !== 'exited' || ran.code !== 0) {
    throw await kustomizeProblem(ran, { checkout: context.input.checkout, kustomization, root, walked });
  }
  return parseManifests(ran.stdout, { code: 'render-failed', file: () => undefined, lines: false });
}

/** Only what the build reads; a file that is not there is left to kustomize to complain about. */
async function copyFiles(from: string, to: string, closure: readonly string[]): Promise<void> {
  for (const path of closure) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true });
    if (path.endsWith('/')) await cp(join(from, path), target, { recursive: true });
    else await copyFile(join(from, path), target).catch(ignoreMissing);
  }
}

function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
}

function noKustomization(folder: string): Problem {
  return new Problem('not-found', `There is no kustomization.yaml in ${folder === '' ? 'the root' : folder}.`, {
    where: { file: `${folder}/`, field: 'spec.source.path' },
    fix: 'Point spec.source.path at the folder of the kustomization, or remove spec.source.kustomize.',
  });
}
