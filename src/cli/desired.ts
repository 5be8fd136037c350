import { revisionsOf } from '../flows/desired.ts';
import { optionsOf, type RenderRules } from '../flows/source-for.ts';
import type { Application, Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { commitOf, hasUncommitted, openClone } from './clone.ts';
import { findApplication, isPath, readApplicationFile } from './find-application.ts';
import { asRegistered } from './local-source.ts';
import type { Mapping } from './options.ts';
import { catalogueAt, currentBranch, openRepository, originDefault, type Repository } from './repository.ts';
import { say, warn } from './show-problem.ts';

/** Which application of which clone, at which revision. */
export interface Wish {
  readonly repo: string;
  readonly map: Mapping;
  /** Absent: the commit that is checked out. */
  readonly revision?: string;
}

/** An application, and the commits of its sources. */
export interface Found {
  readonly application: Application;
  readonly revisions: readonly string[];
  /** The commit of the clone that is looked at. */
  readonly definition: string;
  /** What gave it, where it is not just written down in that commit: a set, other applications, a file. */
  readonly from: Pick<Parsed<Application>, 'generatedBy' | 'parents' | 'rendered'>;
  readonly file?: string;
  readonly catalogue: Catalogue;
  readonly repository: Repository & { readonly source: RenderRules };
}

/**
 * Finds an application by its name in a clone, or by the path of its manifest, and the commits that it is rendered
 * from. With a revision, every source in this clone is taken there. Without, sources that follow HEAD, the default
 * branch or the branch that is checked out are taken at the commit that is checked out, as if it were merged; sources
 * that name a tag, a SHA or another branch stay there. Throws Problem.
 */
export async function findDesired(wanted: string, wish: Wish): Promise<Found> {
  const clone = await openClone(wish.repo);
  const commit = await commitOf(clone, wish.revision ?? 'HEAD');
  if (wish.revision === undefined && (await hasUncommitted(clone.dir))) {
    say(`uncommitted changes in ${clone.dir} are left out: this is commit ${commit.slice(0, 7)}.`);
  }
  const catalogue = await catalogueAt(clone, commit, wish.map);
  const found = isPath(wanted)
    ? await readApplicationFile(wanted)
    : findApplication(wanted, catalogue, `${clone.dir} at ${wish.revision ?? commit.slice(0, 7)}`);
  for (const warning of found.warnings) warn(warning);
  const all = catalogue.applications.map((one) => one.value);
  const opened = openRepository(clone, isPath(wanted) ? [...all, found.value] : all, {
    map: wish.map,
    settings: catalogue.settings,
  });
  const repository = { ...opened, source: asRegistered(opened.source, found.value, catalogue) };
  const revisions = await revisionsHere(found, commit, wish.revision !== undefined, repository);
  return {
    application: found.value,
    revisions,
    definition: commit,
    from: isPath(wanted) ? { generatedBy: wanted } : found,
    ...(found.where.file === undefined ? {} : { file: found.where.file }),
    catalogue,
    repository: { ...repository, source: { ...repository.source, ...rulesHere(catalogue, repository) } },
  };
}

/** Whoever looks at a clone has rights of their own: any remote base that can be had may be read. */
function rulesHere({ settings }: Catalogue, { source }: Repository): RenderRules {
  const { resolve, checkout, webFile } = source;
  const bases = { resolve, checkout, ...(webFile && { webFile: (url: string) => () => webFile(url) }) };
  return { bases, ...optionsOf(settings) };
}

async function revisionsHere(
  { value: application }: Parsed<Application>,
  commit: string,
  always: boolean,
  { dir, url, source }: Repository,
): Promise<readonly string[]> {
  const branches = [await originDefault(dir), await currentBranch(dir)];
  const followed = new Set([
    'HEAD',
    ...branches.flatMap((name) => (name === undefined ? [] : [name, `refs/heads/${name}`])),
  ]);
  return revisionsOf(application, {
    chartVersion: source.chartVersion,
    resolve: async (repoURL, targetRevision = '') => {
      const follows = targetRevision === '' || followed.has(targetRevision);
      return sameRepository(repoURL, url) && (always || follows) ? commit : source.resolve(repoURL, targetRevision);
    },
  });
}
