import { readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ANNOTATION } from '../spec/annotations.ts';
import type { HelmSource } from '../spec/application.ts';
import { hookTypes } from '../spec/hook.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { withDependencies } from './chart-dependencies.ts';
import { type ChartFiles, chartFiles } from './chart-files.ts';
import { refuseRemoteSchemas } from './chart-schemas.ts';
import type { Context } from './context.ts';
import { readable } from './encrypted-file.ts';
import { helmArguments } from './helm-arguments.ts';
import { helmProblem } from './helm-errors.ts';
import { type Document, parseManifests } from './parse-manifests.ts';
import { isWithin, refuseLinks } from './paths.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { fileParameters, valueFiles } from './value-files.ts';

/**
 * Renders a chart of the repository with `helm template`, as Argo CD does. Throws Problem `render-failed` with the file
 * and line that helm names, `not-found` for a value file that is not there, `unsafe-path` for one that lies elsewhere.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
 */
export async function renderHelm(context: Context): Promise<readonly Manifest[]> {
  const helm = context.input.source.helm ?? {};
  refuseVersion(helm);
  refuseLinks(context.input.checkout, (link) => isWithin(link, context.folder));
  await refuseRemoteSchemas(context, helm);
  return withTemporaryFolder(async (temporary) => {
    const files = await readableValues(context, await valueFiles(context, helm, temporary), temporary);
    if (helm.values === undefined && helm.valuesObject === undefined) return template(context, helm, files);
    const file = join(temporary, 'values.yaml');
    const text = helm.valuesObject === undefined ? (helm.values ?? '') : JSON.stringify(helm.valuesObject);
    await writeFile(file, text, { mode: 0o600 });
    return template(context, helm, files, file);
  });
}

/** Value files that SOPS encrypted, and the chart's own values if they are, are given to helm as readable copies. */
async function readableValues(
  context: Context,
  files: readonly string[],
  temporary: string,
): Promise<readonly string[]> {
  const own = join(context.input.checkout.dir, context.folder, 'values.yaml');
  const found: string[] = [];
  for (const [index, path] of [own, ...files].entries()) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const name = path.startsWith(`${context.input.checkout.dir}/`)
      ? path.slice(context.input.checkout.dir.length + 1)
      : posix.basename(path);
    const plain = await readable(context, text, name);
    const copy = join(temporary, `values-${index}.yaml`);
    if (plain !== text) await writeFile(copy, plain, { mode: 0o600 });
    if (plain !== text) found.push(copy);
    else if (index > 0) found.push(path);
  }
  return found;
}

async function template(
  context: Context,
  helm: HelmSource,
  files: readonly string[],
  ownValues?: string,
): Promise<readonly Manifest[]> {
  const { application, checkout, facts } = context.input;
  const variables = buildEnvironment(context.input);
  const chart = await chartFiles(checkout, context.folder);
  const args = helmArguments({
    helm,
    application: application.metadata.name,
    namespace: application.spec.destination.namespace ?? '',
    facts,
    valueFiles: ownValues === undefined ? files : [...files, ownValues],
    fileParameters: fileParameters(context, helm),
    substitute: (text) => substitute(text, variables),
  });
  const { path: program } = (await context.tools()).helm;
  const ran = await withDependencies(context, (cwd) => context.run({ program, args, cwd }));
  if (ran.reason !== 'exited' || ran.code !== 0) throw await helmProblem(ran, chart, checkout.dir, ownValues);
  return parseManifests(ran.stdout, {
    code: 'render-failed',
    file: (document) => sourceOf(document, chart),
    lines: false,
  }).filter((manifest) => !isForeignHook(manifest));
}

/** helm writes `# Source: CHART/templates/FILE` over each document. */
function sourceOf(document: Document, chart: ChartFiles): string | undefined {
  const found = /^# Source: (.+)$/m.exec(document.text)?.[1];
  return found === undefined ? undefined : chart.fileOf(found.trim());
}

/**
 * Helm's hooks that have no phase in a sync (tests, rollbacks): they are never applied, so they are no part of what is
 * desired. https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks
 */
function isForeignHook(manifest: Manifest): boolean {
  return manifest.metadata.annotations?.[ANNOTATION.hook] === undefined && hookTypes(manifest)?.length === 0;
}

/** Throws Problem for what `spec.source.helm` asks and trimtab's helm can't give. */
function refuseVersion({ version = '' }: HelmSource): void {
  if (version === '' || version === 'v3') return;
  throw new Problem('unsupported', `Helm ${JSON.stringify(version)} is not supported; charts are rendered as by v3.`, {
    where: { field: 'spec.source.helm.version' },
    fix: 'Remove `version`, or write v3.',
  });
}
