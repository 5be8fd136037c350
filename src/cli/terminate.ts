import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { terminateOperation } from '../flows/terminate-operation.ts';
import { Problem } from '../spec/problem.ts';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';
import { createProgress } from './progress.ts';

/** Adds `trimtab terminate APP`. */
export function addTerminate(program: Command): void {
  program
    .command('terminate')
    .description('end a sync that runs on this machine or was interrupted; its running hooks are deleted')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .addHelpText(
      'after',
      `
What was applied stays.

Examples:
  trimtab terminate payments
`,
    )
    .action((app: string, options: OperationOptions) => terminate(app, options));
}

async function terminate(app: string, options: OperationOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const name = desk.found.application.metadata.name;
    if (!(await terminateOperation(name, userInfo().username, desk.ports))) {
      throw new Problem('not-found', `${name} is not syncing on this machine.`, {
        fix: `A sync of the deployed functions is ended by the comment /terminate ${name}.`,
      });
    }
    const { message } = await desk.drive(createProgress(false));
    process.stdout.write(`${name}: ${message}\n`);
  } finally {
    await desk.close();
  }
}
