import { type Command, Option } from 'commander';
import type { Health } from '../spec/operation.ts';
import { lookAtApplication } from './look.ts';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';
import { table } from './table.ts';

interface GetOptions extends OperationOptions {
  readonly output: 'table' | 'json';
}

/** Adds `trimtab get APP`. */
export function addGet(program: Command): void {
  program
    .command('get')
    .description('show how an application is: sync status, health, each resource, the last operation')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .option('--revision <rev>', 'branch, tag or SHA to compare with (default: the commit that is checked out)')
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
Looks at the cluster, and changes nothing. The last operation is that of this machine.

Examples:
  trimtab get payments
  trimtab get payments -o json | jq -r '.resources[] | select(.sync == "OutOfSync") | .name'
`,
    )
    .action((app: string, options: GetOptions) => get(app, options));
}

async function get(app: string, options: GetOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const { application, revisions } = desk.found;
    const status = await lookAtApplication(desk);
    const operation = (await desk.ports.store.operations.load(application.metadata.name))?.value;
    const resources = status.resources.map(({ key, sync, health, requiresPruning, hook }) => ({
      ...key,
      sync,
      health: health?.status ?? '',
      message: health?.message ?? '',
      requiresPruning,
      hook,
    }));
    const { sync, health, conditions } = status;
    const last = operation && { phase: operation.phase, message: operation.message, startedAt: operation.startedAt };
    if (options.output === 'json') {
      const about = {
        name: application.metadata.name,
        sync,
        health,
        revisions,
        conditions,
        operation: last,
        resources,
      };
      process.stdout.write(`${JSON.stringify(about, null, 2)}\n`);
      return;
    }
    const { project, destination } = application.spec;
    const lines = [
      `${application.metadata.name} (project ${project})`,
      `cluster:   ${destination.name ?? destination.server ?? ''}, namespace ${destination.namespace ?? '(none)'}`,
      `revision:  ${revisions.join(', ')}`,
      `sync:      ${sync}`,
      `health:    ${healthText(health)}`,
      `operation: ${last === undefined ? 'none by this machine' : `${last.phase}: ${last.message}`}`,
      ...conditions.map(({ type, message }) => `${type}: ${message}`),
    ];
    const rows = resources.filter(({ hook }) => !hook);
    const cells = rows.map((row) => [row.group, row.kind, row.namespace, row.name, row.sync, row.health, row.message]);
    const headings = ['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'SYNC', 'HEALTH', 'MESSAGE'];
    process.stdout.write(`${lines.join('\n')}\n\n${table(headings, cells)}`);
  } finally {
    await desk.close();
  }
}

function healthText({ status, message }: Health): string {
  return message === '' ? status : `${status}: ${message}`;
}
