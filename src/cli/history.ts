import { type Command, Option } from 'commander';
import { historyLength } from '../flows/start-operation.ts';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';
import { table } from './table.ts';

interface HistoryOptions extends OperationOptions {
  readonly output: 'table' | 'json';
}

/** Adds `trimtab history APP`. */
export function addHistory(program: Command): void {
  program
    .command('history')
    .description('print the syncs of an application that this machine ran, newest first')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
What the deployed functions synced, /history in a comment tells. JSON has the result of each resource.

Examples:
  trimtab history payments
  trimtab history payments -o json | jq '.[0].tasks[] | {key, status, message}'
`,
    )
    .action((app: string, options: HistoryOptions) => history(app, options));
}

async function history(app: string, options: HistoryOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const { application } = desk.found;
    const limit = historyLength(application);
    const entries = await desk.ports.store.histories.list(application.metadata.name, limit);
    if (options.output === 'json') {
      process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
      return;
    }
    const cells = entries.map(({ id, revisions, sources = [], phase, trigger, finishedAt, startedAt }) => [
      String(id),
      revisions.map((revision) => revision.slice(0, 12)).join(', '),
      sources.map(({ path }) => path).join(', '),
      phase,
      trigger.actor ?? trigger.kind,
      finishedAt,
      `${Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)} s`,
    ]);
    process.stdout.write(table(['ID', 'REVISION', 'SOURCE', 'RESULT', 'BY', 'FINISHED', 'TOOK'], cells));
  } finally {
    await desk.close();
  }
}
