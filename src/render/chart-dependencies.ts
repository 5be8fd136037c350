import { cp, mkdir, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { type ChartDependency, readChart, readLock } from './chart-files.ts';
import { lookInto } from './chart-schemas.ts';
import type { Context } from './context.ts';
import { insideCheckout } from './paths.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/** Charts that lie in each other by `file://`; deeper, and it is a circle. */
const DEEPEST = 5;

/**
 * Gives a task the folder of a chart (absolute) with everything in its `charts/` that it depends on: the folder itself
 * where nothing is lacking, else a throw-away copy into which the versions of Chart.lock (without one: of Chart.yaml) were
 * brought, as `helm dependency build` does it. Throws Problem `not-found` for a dependency that is nowhere, `unsupported` for
 * a repository that is named by an alias.
 * https://helm.sh/docs/helm/helm_dependency_build/
 */
export async function withDependencies<T>(context: Context, task: (folder: string) => Promise<T>): Promise<T> {
  const { checkout } = context.input;
  const own = join(checkout.dir, context.folder);
  const lacking = await missing(checkout, context.folder);
  // What nobody brings, helm names itself.
  const canBring = context.input.charts !== undefined || lacking.every(({ repository }) => isBeside(repository));
  if (lacking.length === 0 || !canBring) return task(own);
  return withTemporaryFolder(async (temporary) => {
    const copy = join(temporary, 'chart');
    await bring(context, { checkout, folder: context.folder }, copy, 0);
    return task(copy);
  });
}

interface Place {
  readonly checkout: Checkout;
  readonly folder: string;
}

/** The dependencies that are not in `charts/`, with the version to bring. Those without a repository must be there. */
async function missing(checkout: Checkout, folder: string): Promise<readonly ChartDependency[]> {
  const { dependencies } = await readChart(checkout, folder);
  if (dependencies.length === 0) return [];
  const there = await readdir(join(checkout.dir, folder, 'charts')).catch((): string[] => []);
  const isThere = (name: string): boolean =>
    there.some(
      (entry) => entry === name || (entry.startsWith(`${name}-`) && /^v?\d.*\.tgz$/.test(entry.slice(name.length + 1))),
    );
  const lacking = dependencies.filter(({ name, repository }) => repository !== '' && !isThere(name));
  if (lacking.length === 0) return [];
  const locked = await readLock(checkout, folder);
  return lacking.map((each) => {
    if (locked === undefined) return each;
    const lock = locked.find(({ name, repository }) => name === each.name && repository === each.repository);
    if (lock !== undefined) return { ...each, version: lock.version };
    const file = posix.join(folder, 'Chart.lock');
    throw new Problem(
      'not-found',
      `${file} does not list ${each.name} of ${each.repository}, which Chart.yaml depends on.`,
      {
        where: { file },
        fix: 'Run `helm dependency update` and commit Chart.lock.',
      },
    );
  });
}

async function bring(context: Context, from: Place, target: string, depth: number): Promise<void> {
  const where = { file: posix.join(from.folder, 'Chart.yaml'), field: 'dependencies' };
  if (depth > DEEPEST) throw new Problem('render-failed', 'The charts depend on each other in a circle.', { where });
  const lacking = await missing(from.checkout, from.folder);
  await cp(join(from.checkout.dir, from.folder), target, { recursive: true });
  await mkdir(join(target, 'charts'), { recursive: true });
  for (const dependency of lacking) {
    const { name, version } = dependency;
    const into = join(target, 'charts', `${name}-${version}`);
    if (isBeside(dependency.repository)) {
      const path = dependency.repository.slice('file://'.length);
      const folder = insideCheckout(from.checkout, from.folder, path, where);
      await bring(context, { checkout: from.checkout, folder }, into, depth + 1);
    } else {
      await cp((await chartOf(context, dependency, where)).dir, into, { recursive: true });
    }
  }
  if (context.input.source.helm?.skipSchemaValidation !== true) await lookInto(target, '');
}

function isBeside(repository: string): boolean {
  return repository.startsWith('file://');
}

async function chartOf(
  { input }: Context,
  { name, repository, version }: ChartDependency,
  where: { readonly file: string; readonly field: string },
): Promise<Checkout> {
  if (!/^(https?|oci):\/\//i.test(repository)) {
    throw new Problem('unsupported', `${name} comes from ${JSON.stringify(repository)}, which names no address.`, {
      where,
      fix: 'Write the URL of the chart repository in place of its alias.',
    });
  }
  if (input.charts === undefined) {
    throw new Problem('not-found', `${name} is not in the charts/ folder of the chart, and nobody brings it.`, {
      where,
      fix: 'Run `helm dependency build` and commit the charts/ folder.',
    });
  }
  const reference = {
    repoURL: repository,
    chart: name,
    passCredentials: input.source.helm?.passCredentials === true,
  };
  const chart = await input.charts.chart(reference, await input.charts.chartVersion(reference, version));
  const [link] = chart.links ?? [];
  if (link === undefined) return chart;
  throw new Problem('unsafe-path', `The chart ${name} ${version} holds the link ${link}; trimtab follows none.`, {
    where,
  });
}
