import { type Command, Option } from 'commander';
import { touchedBy } from '../flows/touched-by.ts';
import { mapOption, repoOption } from './options.ts';
import { type CompareOptions, openComparison } from './preview.ts';
import { table } from './table.ts';

interface AffectedOptions extends CompareOptions {
  readonly output: 'table' | 'json';
}

/** Adds `trimtab affected`. */
export function addAffected(program: Command): void {
  program
    .command('affected')
    .description('list the applications that a change touches, each with the file that is the reason')
    .addOption(repoOption())
    .requiredOption('--base <rev>', 'the branch that the change goes to')
    .requiredOption('--head <rev>', 'the branch of the change')
    .addOption(mapOption())
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'))
    .addHelpText(
      'after',
      `
Compares BASE with the result of merging HEAD into it. REASON is input (a file that the render reads), added, removed,
redefined (the Application itself) or unreadable. Nothing is rendered but applications that define others.

Examples:
  trimtab affected --base main --head my-branch
  trimtab affected --repo ../platform --base origin/main --head HEAD -o json | jq -r '.[].application'
`,
    )
    .action((options: AffectedOptions) => affected(options));
}

async function affected(options: AffectedOptions): Promise<void> {
  const comparison = await openComparison(options);
  if (comparison === undefined) return;
  const { touched } = await touchedBy(comparison.revisions, comparison.ports);
  const rows = touched.map(({ application, because }) => ({ application, ...because }));
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(rows, null, 2)}\n`
      : table(
          ['APPLICATION', 'REASON', 'FILE'],
          rows.map(({ application, reason, file }) => [application, reason, file]),
        ),
  );
}
