import { tracks } from '../catalog/tracks.ts';
import { type Application, type ApplicationSource, sourcesOf } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ClusterFacts, Renderer, Source } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';

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

/** The commit of each source of an application, in order: the pin's where it tracks its branch, else as Git says now. */
export async function revisionsOf(
  application: Application,
  source: Pick<Source, 'resolve'>,
  pin?: Pin,
): Promise<readonly string[]> {
  const revisions: string[] = [];
  for (const from of supportedSources(application)) {
    const revision =
      pin !== undefined && pinned(from, pin) ? pin.revision : await source.resolve(from.repoURL, from.targetRevision);
    revisions.push(revision);
  }
  return revisions;
}

/**
 * Renders every source of an application at the given revisions. Manifests come in the order of the sources and of
 * the tools. Throws Problem that names the application beside file and line.
 */
export async function renderDesired(
  application: Application,
  revisions: readonly string[],
  facts: ClusterFacts,
  ports: { readonly source: Pick<Source, 'checkout'>; readonly renderer: Pick<Renderer, 'render'> },
): Promise<readonly Manifest[]> {
  try {
    const manifests: Manifest[] = [];
    for (const [index, from] of supportedSources(application).entries()) {
      const checkout = await ports.source.checkout(from.repoURL, revisions[index] ?? '');
      manifests.push(...(await ports.renderer.render({ application, source: from, checkout, facts })));
    }
    return manifests;
  } catch (thrown) {
    throw asProblem(thrown).at({ application: application.metadata.name });
  }
}

/** Sources that can be rendered; says by name what cannot be. */
function supportedSources(application: Application): readonly ApplicationSource[] {
  const sources = sourcesOf(application);
  const where = { application: application.metadata.name, field: 'spec.source' };
  if (sources.length === 0) {
    throw new Problem('invalid-manifest', 'The Application has no source.', { where, fix: 'Give it spec.source.' });
  }
  for (const source of sources) {
    const lacking =
      source.plugin !== undefined
        ? 'config management plugins'
        : source.chart !== undefined
          ? 'charts from chart repositories'
          : source.ref !== undefined
            ? 'sources with ref'
            : undefined;
    if (lacking !== undefined) {
      throw new Problem('unsupported', `trimtab does not read ${lacking} yet.`, {
        where,
        fix: 'Keep the chart or the manifests in a Git repository.',
      });
    }
  }
  return sources;
}
