import { tracks } from '../catalog/tracks.ts';
import { type Application, type ApplicationSource, sourcesOf } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { Checkout, ClusterFacts, Renderer, Source } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { referencedFiles } from '../spec/referenced-files.ts';
import { sameRepository } from '../spec/repo-url.ts';
import type { RenderRules } from './source-for.ts';

/** A commit that stands for a branch of one repository: the merge result of a PR, or what was just pushed. */
export interface Pin {
  readonly repoURL: string;
  readonly branch: string;
  readonly defaultBranch: string;
  readonly revision: string;
}

/** Whether a source follows the branch of a pin: then the pin's commit is its revision. */
export function pinned(source: Pick<ApplicationSource, 'repoURL' | 'targetRevision' | 'chart'>, pin: Pin): boolean {
  return (
    source.chart === undefined &&
    sameRepository(source.repoURL, pin.repoURL) &&
    tracks(source.targetRevision, pin.branch, pin.defaultBranch)
  );
}

/** The pin's commit where something follows its branch. */
export function pinnedRevision(
  follows: Pick<ApplicationSource, 'repoURL' | 'targetRevision'>,
  pin: Pin,
): string | undefined {
  return pinned(follows, pin) ? pin.revision : undefined;
}

/**
 * The commit or chart version of each source of an application, in order: the pin's where it tracks its branch, else as
 * Git and the chart repository say now.
 */
export async function revisionsOf(
  application: Application,
  source: Pick<Source, 'resolve' | 'chartVersion'>,
  pin?: Pin,
): Promise<readonly string[]> {
  const revisions: string[] = [];
  for (const from of supportedSources(application)) revisions.push(await revisionOf(from, source, pin));
  return revisions;
}

async function revisionOf(
  from: ApplicationSource,
  source: Pick<Source, 'resolve' | 'chartVersion'>,
  pin: Pin | undefined,
): Promise<string> {
  const { repoURL, chart, targetRevision } = from;
  if (chart !== undefined) return source.chartVersion({ repoURL, chart }, targetRevision);
  return pin !== undefined && pinned(from, pin) ? pin.revision : source.resolve(repoURL, targetRevision);
}

/** What brings the files of a source. */
type Checkouts = Pick<Source, 'checkout' | 'chart' | 'chartVersion'> & Partial<RenderRules>;

/**
 * Renders every source of an application at the given revisions. Manifests come in the order of the sources and of
 * the tools; a source that only has a `ref` lends its files to the others. Throws Problem that names the application beside
 * file and line. https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/
 */
export async function renderDesired(
  application: Application,
  revisions: readonly string[],
  facts: ClusterFacts,
  ports: { readonly source: Checkouts; readonly renderer: Pick<Renderer, 'render'> },
): Promise<readonly Manifest[]> {
  try {
    const sources = supportedSources(application).map((from, index) => ({ from, revision: revisions[index] ?? '' }));
    const refs = new Map<string, Checkout>();
    for (const { from, revision } of sources) {
      if (from.ref !== undefined) refs.set(from.ref, await ports.source.checkout(from.repoURL, revision));
    }
    const manifests: Manifest[] = [];
    for (const { from, revision } of sources) {
      if (lendsOnly(from)) continue;
      const checkout = await checkoutOf(from, revision, ports.source);
      const input = {
        application,
        source: from,
        checkout,
        facts,
        refs,
        charts: ports.source,
        ...rulesOf(ports.source),
      };
      manifests.push(...(await ports.renderer.render(input)));
    }
    return manifests;
  } catch (thrown) {
    throw asProblem(thrown).at({ application: application.metadata.name });
  }
}

function rulesOf({ bases, buildOptions, valuesFileSchemes }: Checkouts): Partial<RenderRules> {
  return {
    ...(bases === undefined ? {} : { bases }),
    ...(buildOptions === undefined ? {} : { buildOptions }),
    ...(valuesFileSchemes === undefined ? {} : { valuesFileSchemes }),
  };
}

function checkoutOf(
  { repoURL, chart, helm }: ApplicationSource,
  revision: string,
  source: Checkouts,
): Promise<Checkout> {
  if (chart === undefined) return source.checkout(repoURL, revision);
  return source.chart({ repoURL, chart, passCredentials: helm?.passCredentials === true }, revision);
}

/** With `path`, a source with `ref` is rendered, too. */
function lendsOnly({ ref, path, chart }: ApplicationSource): boolean {
  return ref !== undefined && (path ?? '') === '' && chart === undefined;
}

/**
 * What of a checkout of one of its sources an application reads: what a render reads, and the value files that its other
 * sources take from it by `ref`.
 */
export async function closureOf(
  application: Application,
  source: ApplicationSource,
  checkout: Checkout,
  ports: ClosurePorts,
): Promise<readonly string[]> {
  const lent = source.ref === undefined ? [] : await lentBy(source, source.ref, application, checkout, ports);
  if (lendsOnly(source)) return lent;
  return [...(await ports.renderer.closure({ application, source, checkout })), ...lent];
}

/** What finds out which files an application reads. */
export interface ClosurePorts {
  readonly renderer: Pick<Renderer, 'closure' | 'parameters'>;
  readonly source: Pick<Source, 'resolve' | 'checkout'>;
}

/**
 * The files that a source with `ref` lends the others, by their parameters as they stand in the Application and in
 * `.argocd-source.yaml` beside each. What of those can't be read names nothing.
 */
async function lentBy(
  lender: ApplicationSource,
  ref: string,
  application: Application,
  checkout: Checkout,
  { renderer, source: from }: ClosurePorts,
): Promise<readonly string[]> {
  const parameters = async (source: ApplicationSource): Promise<ApplicationSource> => {
    if (source === lender || source.chart !== undefined || lendsOnly(source)) return source;
    const { repoURL, targetRevision } = source;
    const isBeside =
      sameRepository(repoURL, lender.repoURL) && (targetRevision ?? '') === (lender.targetRevision ?? '');
    try {
      const at = isBeside ? checkout : await from.checkout(repoURL, await from.resolve(repoURL, targetRevision));
      return await renderer.parameters({ application, source, checkout: at });
    } catch {
      return source;
    }
  };
  return referencedFiles(await Promise.all(sourcesOf(application).map(parameters)), ref);
}

/** Sources that can be rendered. Throws Problem that says by name what cannot be. */
export function supportedSources(application: Application): readonly ApplicationSource[] {
  const sources = sourcesOf(application);
  if (sources.length === 0) {
    throw new Problem('invalid-manifest', 'The Application has no source.', {
      where: { application: application.metadata.name, field: 'spec.source' },
      fix: 'Give it spec.source.',
    });
  }
  for (const [index, { plugin, ref, chart }] of sources.entries()) {
    const field = application.spec.source === sources[index] ? 'spec.source' : `spec.sources[${index}]`;
    const where = { application: application.metadata.name, field };
    if (plugin !== undefined) {
      throw new Problem('unsupported', 'trimtab runs no config management plugins.', {
        where,
        fix: 'Render with Helm, Kustomize or plain manifests, or commit what the plugin renders.',
      });
    }
    // Argo CD says so, too: a chart has no files that other sources could name.
    if (ref !== undefined && chart !== undefined) {
      throw new Problem('invalid-manifest', 'A source with ref must be a Git repository, and this one has a chart.', {
        where,
        fix: 'Remove ref, or chart.',
      });
    }
  }
  return sources;
}
