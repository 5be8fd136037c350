import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createKeep } from '../local/keep.ts';
import { type Application, applicationName, type Parsed, sourcesOf } from '../spec/application.ts';
import { hidesApplications } from '../spec/catalogue.ts';
import type { Problem } from '../spec/problem.ts';
import { createObserver, isUnchanged, type Question } from './asked.ts';
import { cacheDir } from './cache-dir.ts';
import type { Clone } from './clone.ts';
import type { Mapping } from './options.ts';

/** One line of `trimtab list`. */
export interface Row {
  readonly name: string;
  readonly project: string;
  readonly sources: readonly { readonly repoURL: string; readonly path: string; readonly revision: string }[];
  readonly cluster: string;
  readonly namespace: string;
  readonly file: string;
  /** The ApplicationSet that generates it. */
  readonly set?: string;
  /** The applications that it comes out of when they are rendered, the outermost first. */
  readonly parents?: readonly string[];
}

/** The applications of a clone by name, and what hides others. */
interface Listing {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
}

/**
 * What a clone defines at a commit. A listing without problems is kept on disk, and holds as long as every branch and
 * tag that was looked up for it is where it was. Throws Problem `not-found` when nothing is defined.
 */
export async function listingAt(clone: Clone, commit: string, map: Mapping): Promise<Listing> {
  const keep = createKeep(join(cacheDir(), 'listings'));
  const { TRIMTAB_HELM: helm, TRIMTAB_KUBECTL: kubectl } = process.env;
  const key = JSON.stringify([sourcesStamp(), clone, commit, map, helm, kubectl]);
  const kept = (await keep.get(key)) as Kept | undefined;
  if (kept !== undefined && (await isUnchanged(kept.questions))) return { rows: kept.rows, problems: [] };
  const { catalogueAt } = await import('./repository.ts');
  const observer = createObserver();
  const catalogue = await catalogueAt(clone, commit, map, observer.observe);
  const rows = catalogue.applications.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const problems = catalogue.problems.filter((problem) => hidesApplications(problem) && !isElsewhere(problem));
  if (rows.length === 0 && problems.length === 0) {
    const { noApplications } = await import('./find-application.ts');
    throw noApplications(catalogue, clone.dir);
  }
  const questions = observer.questions();
  if (questions !== undefined && problems.length === 0) await keep.put(key, { rows, questions } satisfies Kept);
  return { rows, problems };
}

interface Kept {
  readonly rows: readonly Row[];
  readonly questions: readonly Question[];
}

/** Which trimtab this is, by when a file of it was changed last: another one may read the same commit otherwise. */
function sourcesStamp(): string {
  const dir = join(import.meta.dirname, '..');
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const times = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs);
  return `${files.length} ${Math.max(...times)}`;
}

/** What lies in a repository that can't be read from this machine may define applications, or not. */
function isElsewhere({ code, where }: Problem): boolean {
  return where.parent !== undefined && (code === 'misconfigured' || code === 'not-found' || code === 'forbidden');
}

function rowOf({ value, where, generatedBy, parents }: Parsed<Application>): Row {
  const { project, destination } = value.spec;
  return {
    name: applicationName(value),
    project,
    sources: sourcesOf(value).map((source) => ({
      repoURL: source.repoURL,
      path: source.path ?? source.chart ?? '',
      revision: source.targetRevision ?? 'HEAD',
    })),
    cluster: destination.name ?? destination.server ?? '',
    namespace: destination.namespace ?? '',
    file: where.file ?? '',
    ...(generatedBy === undefined ? {} : { set: generatedBy }),
    ...(parents && { parents }),
  };
}
