import { type Command, Option } from 'commander';
import { type Application, applicationName, type Parsed, sourcesOf } from '../spec/application.ts';
import { hidesApplications } from '../spec/catalogue.ts';
import type { Problem } from '../spec/problem.ts';
import { noApplications } from './find-application.ts';
import { type Mapping, mapOption } from './options.ts';
import { catalogueAt, commitOf, hasUncommitted, openClone } from './repository.ts';
import { EXIT, say, showProblem } from './show-problem.ts';
import { table } from './table.ts';

interface ListOptions {
  readonly revision?: string;
  readonly map: Mapping;
  readonly output: 'table' | 'json';
}

/** Adds `trimtab list [DIR]`. */
export function addList(program: Command): void {
  program
    .command('list')
    .description('print the applications that a repository defines, generated and rendered ones included')
    .argument('[dir]', 'the local clone', '.')
    .option('--revision <rev>', 'branch, tag or SHA to read (default: the commit that is checked out)')
    .addOption(mapOption())
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
Exits 1 when a manifest can't be read, a set can't be expanded, or an application that may define others does not render;
the others are printed all the same. Applications of repositories that are not on this machine are not looked into.

Examples:
  trimtab list
  trimtab list ../platform -o json | jq -r '.[] | select(.set == "addons") | .name'
`,
    )
    .action((dir: string, options: ListOptions) => list(dir, options));
}

async function list(dir: string, options: ListOptions): Promise<void> {
  const clone = await openClone(dir);
  const commit = await commitOf(clone, options.revision ?? 'HEAD');
  if (options.revision === undefined && (await hasUncommitted(clone.dir))) {
    say(`uncommitted changes in ${clone.dir} are left out: this is commit ${commit.slice(0, 7)}.`);
  }
  const catalogue = await catalogueAt(clone, commit, options.map);
  const rows = catalogue.applications.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const problems = catalogue.problems.filter((problem) => hidesApplications(problem) && !isElsewhere(problem));
  if (rows.length === 0 && problems.length === 0) throw noApplications(catalogue, clone.dir);
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
  for (const problem of problems) showProblem(problem);
  if (problems.length > 0) process.exitCode = EXIT.problem;
}

/** What lies in a repository that is not on this machine may define applications, or not. */
function isElsewhere({ code, where }: Problem): boolean {
  return where.parent !== undefined && (code === 'misconfigured' || code === 'not-found');
}

interface Row {
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

const HEADINGS = ['NAME', 'PROJECT', 'SOURCE', 'CLUSTER', 'NAMESPACE', 'DEFINED IN'];

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, project, sources, cluster, namespace, file, set, parents }) => [
    name,
    project,
    sources.map(({ repoURL, path, revision }) => `${repoURL} ${path}@${revision}`).join(', '),
    cluster,
    namespace,
    [file, set && `(ApplicationSet ${set})`, parents && `(from ${parents.join(' → ')})`].filter(Boolean).join(' '),
  ]);
  return table(HEADINGS, cells);
}
