import type { Catalogue } from '../spec/catalogue.ts';
import type { Push, RefreshJob } from '../spec/event.ts';
import type { Forge, Source } from '../spec/ports.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { askedOnce } from './asked-once.ts';
import type { Pin } from './desired.ts';
import { signedOnce } from './integrity.ts';
import { repoURL } from './preview.ts';
import { readControlRepository } from './read-control-repository.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { readerOf } from './source-for.ts';
import { type WatchedPulls, watching } from './watched-pulls.ts';

/** What every look of one job has in common. */
export interface Control {
  readonly revision: string;
  readonly catalogue: Catalogue;
  readonly pin: Pin | undefined;
  /** What was pushed, where that is why it is looked. */
  readonly push: Push | undefined;
  readonly watched: WatchedPulls;
  /** The source of this job: asks where a branch is once, so that all applications see the same commit. */
  readonly source: Source;
  /** GitHub, asked once for each signature. */
  readonly forge: Forge;
}

/** Reads what the control repository says now, or at the commit that was pushed to it. Throws Problem. */
export async function readControl(job: RefreshJob, ports: RefreshPorts): Promise<Control> {
  const url = repoURL(ports.host, ports.controlRepository);
  const pin = await pinOf(job, ports);
  const own = pin !== undefined && sameRepository(pin.repoURL, url) && pin.branch === pin.defaultBranch;
  const source = resolvingOnce(ports.source);
  // Asked as applications ask that follow its HEAD, so that it is asked once.
  const revision = own ? pin.revision : await source.resolve(url, 'HEAD');
  const forge = signedOnce(ports.forge);
  const watched: WatchedPulls = new Map();
  const world = { ...ports, source, forge, watches: watching(watched) };
  const catalogue = await readControlRepository({ repoURL: url, revision, pin }, world);
  return { revision, catalogue, pin, push: pushOf(job), source, forge, watched };
}

function pushOf({ scope }: RefreshJob): Push | undefined {
  if (scope.of === 'applications') return scope.push;
  return scope.of === 'branch' ? { repo: scope.repo, branch: scope.branch, sha: scope.sha } : undefined;
}

/**
 * One job asks once where a branch is: all of its applications see the same commit. What one project's credentials answer is
 * that project's.
 */
function resolvingOnce(source: Source): Source {
  const once = askedOnce<Promise<string>>();
  return {
    ...source,
    resolve: (url, targetRevision = '', scope) => {
      const revision = targetRevision === '' ? 'HEAD' : targetRevision;
      const name = `${url.replace(/\.git$/, '')} ${revision}${readerOf(url, scope)}`;
      return once(name, () => source.resolve(url, revision, scope));
    },
    chartVersion: (chart, targetRevision = '', scope) =>
      once(`${chart.repoURL} ${chart.chart} ${targetRevision}${readerOf(chart.repoURL, scope)}`, () =>
        source.chartVersion(chart, targetRevision, scope),
      ),
  };
}

/** A push names its branch only: where the branch is now counts, so that a late job does not sync an old commit. */
async function pinOf(job: RefreshJob, ports: RefreshPorts): Promise<Pin | undefined> {
  if (job.scope.of !== 'branch') return undefined;
  const { repo, branch } = job.scope;
  const revision = await ports.forge.resolve(repo, branch);
  return { repoURL: repoURL(ports.host, repo), branch, defaultBranch: await ports.forge.defaultBranch(repo), revision };
}
