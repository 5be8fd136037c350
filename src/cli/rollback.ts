import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { repoURL } from '../flows/preview.ts';
import { rollbackApplication } from '../flows/rollback.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { RollbackTarget } from '../spec/command.ts';
import { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { commitTrees } from './commit-trees.ts';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';

/** Adds `trimtab rollback APP [ID]`. */
export function addRollback(program: Command): void {
  program
    .command('rollback')
    .description('make a branch on which an application is as it was at an earlier sync')
    .argument('<app>', 'name of an application in the repository')
    .argument(
      '[id]',
      'number of `trimtab history`, or a commit (default: the last sync of other content that succeeded)',
    )
    .addOption(repoOption())
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .addHelpText(
      'after',
      `
A rollback is a commit: the branch gives what the application renders from, and its definition, the content of that
sync. Nothing is pushed or applied, your working tree stays; push the branch and merge it, and the cluster follows.

Examples:
  trimtab rollback payments
  trimtab rollback payments 12 && git push origin trimtab/rollback-payments-12
`,
    )
    .action((app: string, id: string | undefined, options: OperationOptions) => rollback(app, id, options));
}

async function rollback(app: string, id: string | undefined, options: OperationOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const { found, ports } = desk;
    const { application, repository, from, file } = found;
    const control = repoURL(ports.host, ports.controlRepository);
    const definition = {
      ...from,
      value: withSource(application, (url) => (sameRepository(url, repository.url) ? control : url)),
      where: file === undefined ? {} : { file },
      warnings: [],
    };
    const forge = {
      defaultBranch: async () => 'HEAD',
      proposeTrees: async (_repo: string, proposal: Parameters<typeof commitTrees>[1]) => {
        await commitTrees(repository.dir, proposal);
        return { number: 0, url: proposal.branch };
      },
    };
    const opened = await rollbackApplication(definition, targetOf(id), userInfo().username, { ...ports, forge });
    process.stdout.write(
      `Branch ${opened.url} ${opened.what}.\nLook at it with git show ${opened.url}, then: git push origin ${opened.url}\n`,
    );
  } finally {
    await desk.close();
  }
}

function targetOf(id: string | undefined): RollbackTarget | undefined {
  if (id === undefined) return undefined;
  if (/^\d{1,6}$/.test(id)) return { kind: 'id', id: Number(id) };
  if (/^[0-9a-f]{7,40}$/i.test(id)) return { kind: 'revision', revision: id.toLowerCase() };
  throw new Problem('bad-command', `"${id}" is neither the number of a sync nor a commit.`, {
    fix: 'trimtab history APP lists both.',
  });
}

function withSource(application: Application, rename: (url: string) => string): Application {
  const sources = sourcesOf(application).map((source) => ({ ...source, repoURL: rename(source.repoURL) }));
  return { ...application, spec: { ...application.spec, sources } };
}
