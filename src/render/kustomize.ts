import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KustomizeSource } from '../spec/application.ts';
import { readBuildOptions } from '../spec/build-options.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import type { Context } from './context.ts';
import { copyBuild, pointToCopy } from './copy-build.ts';
import { editKustomization } from './edit-kustomization.ts';
import { readable } from './encrypted-file.ts';
import { apiVersionsOf, kubeVersionOf } from './helm-arguments.ts';
import { kustomizeProblem } from './kustomize-errors.ts';
import { parseManifests } from './parse-manifests.ts';
import type { Part } from './part.ts';
import { isWithin, refuseLinks } from './paths.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { kustomizationIn, type Walked } from './walk.ts';

/**
 * Renders a kustomization of the repository with `kubectl kustomize`. Options of the Application are written into a
 * private copy of the files that the build reads, as Argo CD edits the kustomization before it builds; so are remote
 * bases and Helm charts, which were brought before, so that the build needs no network. Throws Problem `unsupported` for
 * what can't be brought, `unsafe-path` for what lies out of the repository, `render-failed` with the kustomization's file
 * and line. https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
 */
export async function renderKustomize(context: Context, walked: Walked): Promise<readonly Manifest[]> {
  const { checkout, source, buildOptions } = context.input;
  const options = source.kustomize ?? {};
  const kustomization = await kustomizationIn(checkout, context.folder);
  if (kustomization === undefined) throw noKustomization(context.folder);
  refuseFlags(buildOptions);
  const [refused] = walked.problems;
  if (refused !== undefined) throw refused;
  for (const part of walked.parts) refuseLinksOf(part);
  const plain = await readableFiles(context, walked.closure);
  const asItIs = !changes(options) && plain.size === 0 && walked.edits.size === 0;
  if (asItIs) return build(context, { walked, kustomization, root: checkout.dir, shown: [] });
  return withTemporaryFolder(async (temporary) => {
    const root = join(temporary, walked.parts[0]?.name ?? '');
    await copyBuild(walked, temporary);
    for (const [path, text] of plain) await writeFile(join(root, path), text, { mode: 0o600 });
    await editKustomization(context.input, join(root, kustomization), walked.components);
    await pointToCopy(walked, temporary);
    const shown = walked.parts.slice(1).map((part) => [join(temporary, part.name), part.checkout.repoURL] as const);
    return build(context, { walked, kustomization, root, shown, temporary });
  });
}

function refuseLinksOf({ checkout, closure }: Part): void {
  const folders = [...closure].filter((path) => path.endsWith('/'));
  refuseLinks(checkout, (link) => closure.has(link) || folders.some((folder) => isWithin(link, folder)));
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
const NO_CHANGE = new Set(['version', 'kubeVersion', 'apiVersions', 'ignoreMissingComponents']);

function changes(options: KustomizeSource): boolean {
  return Object.keys(options).some((option) => !NO_CHANGE.has(option));
}

interface Build {
  readonly walked: Walked;
  /** Path of the source's kustomization. */
  readonly kustomization: string;
  /** Where the repository's files lie: the checkout, or a copy. */
  readonly root: string;
  /** Folders of other repositories, and how they are told of. */
  readonly shown: readonly (readonly [folder: string, name: string])[];
  readonly temporary?: string;
}

async function build(context: Context, made: Build): Promise<readonly Manifest[]> {
  const { kustomization, root, shown, walked, temporary } = made;
  const { kubectl } = await context.tools();
  const ran = await context.run({
    program: kubectl.path,
    args: ['kustomize', join(root, context.folder), ...(await helmFlags(context, walked))],
    cwd: root,
    // kustomize writes the values of a chart into a file.
    ...(walked.inflates === undefined || temporary === undefined ? {} : { temporary }),
  });
  if (ran.reason !== 'exited' || ran.code !== 0) {
    throw await kustomizeProblem(ran, { checkout: context.input.checkout, kustomization, root, shown, walked });
  }
  return parseManifests(ran.stdout, { code: 'render-failed', file: () => undefined, lines: false });
}

/**
 * What lets kustomize inflate charts, which lie in the copy, with what charts may ask of the cluster as Argo CD tells it.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#kustomizing-helm-charts
 */
async function helmFlags(context: Context, { inflates }: Walked): Promise<readonly string[]> {
  if (inflates === undefined) return [];
  const { source, facts, buildOptions } = context.input;
  const { kubeVersion, apiVersions } = source.kustomize ?? {};
  const versions = [...readBuildOptions(buildOptions).helmApiVersions, ...apiVersionsOf(apiVersions, facts)];
  return [
    '--enable-helm',
    `--helm-command=${(await context.tools()).helm.path}`,
    `--helm-kube-version=${kubeVersionOf(kubeVersion, facts)}`,
    ...versions.map((version) => `--helm-api-versions=${version}`),
  ];
}

/** Flags of all kustomizations that might change what comes out, and can't be given to this kustomize. */
function refuseFlags(buildOptions: string | undefined): void {
  const [flag] = readBuildOptions(buildOptions).refused;
  if (flag === undefined) return;
  throw new Problem('unsupported', `kustomize.buildOptions asks for ${flag}, which trimtab does not do.`, {
    where: { field: 'kustomize.buildOptions' },
    fix: 'Remove it from argocd-cm in the control repository.',
  });
}

function noKustomization(folder: string): Problem {
  return new Problem('not-found', `There is no kustomization.yaml in ${folder === '' ? 'the root' : folder}.`, {
    where: { file: `${folder}/`, field: 'spec.source.path' },
    fix: 'Point spec.source.path at the folder of the kustomization, or remove spec.source.kustomize.',
  });
}
