import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';
import { createProgress } from './progress.ts';
import { say } from './show-problem.ts';
import { finish } from './sync.ts';

interface DeleteOptions extends OperationOptions {
  readonly cascade?: true;
}

/** Adds `trimtab delete APP`. */
export function addDelete(program: Command): void {
  program
    .command('delete')
    .description('forget an application on this machine; with --cascade delete what it deployed')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .option('--cascade', 'delete its resources, with PreDelete and PostDelete hooks; Delete=false and definitions stay')
    .addHelpText(
      'after',
      `
The Application itself stands in Git: remove its manifest there, or the next sync brings everything back.

Examples:
  trimtab delete payments --cascade --kubeconfig ~/.kube/staging
`,
    )
    .action((app: string, options: DeleteOptions) => deleteApplication(app, options));
}

async function deleteApplication(app: string, options: DeleteOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const { application, revisions, definition, from, file } = desk.found;
    const name = application.metadata.name;
    if (options.cascade === true) {
      const trigger = { kind: 'cli', actor: userInfo().username } as const;
      await desk.begin({ application, revisions, definition, from, trigger, prune: true, deletes: true });
      finish(await desk.drive(createProgress(false)), 'text');
    } else {
      const { inventories, deletions } = desk.ports.store;
      await inventories.save(name, []);
      const recorded = await deletions.load(name);
      if (recorded !== undefined) await deletions.save(name, { ...recorded, left: [] });
      process.stdout.write(`${name} is forgotten on this machine; what it deployed stays.\n`);
    }
    if (file !== undefined) say(`${file} still defines ${name}: remove it from Git, or the next sync brings it back.`);
  } finally {
    await desk.close();
  }
}
