import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANNOTATION } from '../spec/annotations.ts';
import type { HelmSource } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { type ChartFiles, chartFiles } from './chart-files.ts';
import { refuseRemoteSchemas } from './chart-schemas.ts';
import type { Context } from './context.ts';
import { helmArguments } from './helm-arguments.ts';
import { helmProblem } from './helm-errors.ts';
import { lentFile } from './lent-file.ts';
import { type Document, parseManifests } from './parse-manifests.ts';
import { insideCheckout, isWithin, refuseLinks } from './paths.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/**
 * Renders a chart of the repository with `helm template`, as Argo CD does. Throws Problem `render-failed` with the file
 * and line that helm names, `not-found` for a value file that is not there, `unsafe-path` for one that lies elsewhere.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
 */
export async function renderHelm(context: Context): Promise<readonly Manifest[]> {
  const helm = context.input.source.helm ?? {};
  refuseLinks(context.input.checkout, (link) => isWithin(link, context.folder));
  await refuseRemoteSchemas(context, helm);
  if (helm.values === undefined && helm.valuesObject === undefined) return template(context, helm, []);
  return withTemporaryFolder(async (temporary) => {
    const file = join(temporary, 'values.yaml');
    const text = helm.valuesObject === undefined ? (helm.values ?? '') : JSON.stringify(helm.valuesObject);
    await writeFile(file, text, { mode: 0o600 });
    return template(context, helm, [file]);
  });
}

async function template(
  context: Context,
  helm: HelmSource,
  ownValues: readonly string[],
): Promise<readonly Manifest[]> {
  const { application, checkout, facts } = context.input;
  const variables = buildEnvironment(context.input);
  const chart = await chartFiles(checkout, context.folder);
  const args = helmArguments({
    helm,
    application: application.metadata.name,
    namespace: application.spec.destination.namespace ?? '',
    facts,
    valueFiles: [...(await valueFiles(context, helm)), ...ownValues],
    fileParameters: fileParameters(context, helm),
    substitute: (text) => substitute(text, variables),
  });
  const { path: program } = (await context.tools()).helm;
  const ran = await context.run({ program, args, cwd: join(checkout.dir, context.folder) });
  if (ran.reason !== 'exited' || ran.code !== 0) throw await helmProblem(ran, chart, checkout.dir, ownValues[0]);
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

async function valueFiles(context: Context, helm: HelmSource): Promise<readonly string[]> {
  const { checkout } = context.input;
  const variables = buildEnvironment(context.input);
  const found: string[] = [];
  for (const [index, written] of (helm.valueFiles ?? []).entries()) {
    const where = { field: `spec.source.helm.valueFiles[${index}]` };
    const lent = lentFile(context.input, written, where);
    const from = lent?.checkout ?? checkout;
    const path = lent?.path ?? insideCheckout(checkout, context.folder, substitute(written, variables), where);
    const absolute = join(from.dir, path);
    if (await exists(absolute)) {
      if (!found.includes(absolute)) found.push(absolute);
    } else if (helm.ignoreMissingValueFiles !== true) {
      const place = lent === undefined ? '' : ` in ${from.repoURL} at ${from.revision.slice(0, 7)}`;
      throw new Problem('not-found', `The value file ${path} does not exist${place}.`, {
        where,
        fix: 'Add the file, remove it from valueFiles, or set ignoreMissingValueFiles: true.',
      });
    }
  }
  return found;
}

function fileParameters(
  context: Context,
  helm: HelmSource,
): readonly { readonly name: string; readonly path: string }[] {
  const variables = buildEnvironment(context.input);
  return (helm.fileParameters ?? []).map(({ name, path }, index) => {
    const where = { field: `spec.source.helm.fileParameters[${index}].path` };
    const lent = lentFile(context.input, path, where);
    if (lent !== undefined) return { name, path: join(lent.checkout.dir, lent.path) };
    const inside = insideCheckout(context.input.checkout, context.folder, substitute(path, variables), where);
    return { name, path: join(context.input.checkout.dir, inside) };
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Helm's hooks that have no phase in a sync: they are never applied, so they are no part of what is desired. */
const FOREIGN_HOOKS = new Set(['test', 'test-success', 'test-failure', 'pre-rollback', 'post-rollback']);

/** https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks */
function isForeignHook(manifest: Manifest): boolean {
  const annotations = manifest.metadata.annotations ?? {};
  const hook = annotations[ANNOTATION.helmHook];
  if (typeof hook !== 'string' || annotations[ANNOTATION.hook] !== undefined) return false;
  return hook.split(',').every((type) => FOREIGN_HOOKS.has(type.trim()));
}
