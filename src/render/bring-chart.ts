import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout, RenderInput } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { notBrought, shown } from './kustomization-remotes.ts';
import type { InflatedChart } from './kustomize-charts.ts';
import type { Part } from './part.ts';
import { insideCheckout } from './paths.ts';

/** A chart of a chart repository, and where kustomize looks for it. */
export interface BroughtChart {
  readonly part: Part;
  /** Path of the chart's folder in the private copy of that part. */
  readonly path: string;
  readonly chart: Checkout;
  readonly name: string;
}

/**
 * The chart of an entry of `helmCharts`: the one in `chartHome`, used as it is found there, else that of its repository,
 * the newest where no version is written. Throws Problem: `unsafe-path`, `not-found`, `forbidden`, `unsupported` where
 * nobody brings it.
 */
export async function bringChart(
  { charts }: Pick<RenderInput, 'charts'>,
  { name, repo, version, devel, folder }: InflatedChart,
  at: { readonly part: Part; readonly folder: string; readonly where: Where },
): Promise<BroughtChart | { readonly path: string; readonly isThere: boolean }> {
  const { part, where } = at;
  if (posix.isAbsolute(folder)) {
    throw new Problem('unsafe-path', `The chart ${JSON.stringify(name)} lies at an absolute path.`, {
      where,
      fix: 'Write chartHome relative to the kustomization.',
    });
  }
  const path = insideCheckout(part.checkout, at.folder, folder, where);
  const there = await stat(join(part.checkout.dir, path)).catch(() => undefined);
  if (there?.isDirectory() === true) return { path, isThere: true };
  if (repo === '') return { path, isThere: false };
  if (charts === undefined) throw nobody(name, repo, where);
  const reference = { repoURL: repo, chart: name };
  // `>0.0.0-0` is any version, those before a release as well. https://helm.sh/docs/helm/helm_pull/
  const wanted = version !== '' ? version : devel ? '>0.0.0-0' : undefined;
  try {
    const chart = await charts.chart(reference, await charts.chartVersion(reference, wanted));
    const [link] = chart.links ?? [];
    if (link === undefined) return { part, path, chart, name };
    throw new Problem('unsafe-path', `it holds the link ${link}; trimtab follows none.`);
  } catch (thrown) {
    throw notBrought(thrown, `The chart ${name} of ${shown(repo)}`, where);
  }
}

function nobody(name: string, repo: string, where: Where): Problem {
  return new Problem(
    'unsupported',
    `The chart ${name} of ${shown(repo)} is not in the repository, and nobody brings it.`,
    {
      where,
      fix: 'Commit the chart into chartHome.',
    },
  );
}
