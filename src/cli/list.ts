import { type Command, Option } from 'commander';
import { commitOf, hasUncommitted, openClone } from './clone.ts';
import { listingAt, type Row } from './listing.ts';
import { type Mapping, mapOption } from './options.ts';
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
  const [commit, isUncommitted] = await Promise.all([
    commitOf(clone, options.revision ?? 'HEAD'),
    options.revision === undefined && hasUncommitted(clone.dir),
  ]);
  if (isUncommitted) {
    say(`uncommitted changes in ${clone.dir} are left out: this is commit ${commit.slice(0, 7)}.`);
  }
  const { rows, problems } = await listingAt(clone, commit, options.map);
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
  for (const problem of problems) showProblem(problem);
  if (problems.length > 0) process.exitCode = EXIT.problem;
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
