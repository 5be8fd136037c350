import { type Command, Option } from 'commander';
import type { RbacAction } from '../access/rbac.ts';
import { rbacRuling } from '../flows/rbac.ts';
import { applicationName } from '../spec/application.ts';
import { commitOf, openClone } from './clone.ts';
import { findApplication } from './find-application.ts';
import { type Mapping, mapOption, repoOption } from './options.ts';
import { catalogueAt } from './repository.ts';
import { EXIT } from './show-problem.ts';

interface UserOptions {
  readonly action: RbacAction;
  readonly team: readonly string[];
  readonly repo: string;
  readonly map: Mapping;
  readonly output: 'text' | 'json';
}

/** Adds `trimtab access user LOGIN APP` below `trimtab access`. */
export function addAccessUser(access: Command): void {
  access
    .command('user')
    .description('whether the policies of argocd-rbac-cm and of the project let somebody do something')
    .argument('<login>', 'login on GitHub')
    .argument('<app>', 'name of an application in the repository')
    .addOption(
      new Option('--action <action>', 'what they want to do').choices(['get', 'sync', 'rollback']).default('sync'),
    )
    .addOption(
      new Option('--team <organization:team>', 'a team that they are in; may be given several times')
        .argParser((team: string, before: readonly string[]) => [...before, team])
        .default([], 'none'),
    )
    .addOption(repoOption())
    .addOption(mapOption())
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Exits 0 when it is permitted, 1 when it is not, 2 on wrong usage. On GitHub they need the permission on the repository as
well, and GitHub is asked for their teams; here --team says them.

Examples:
  trimtab access user bob payments --team acme:platform
  trimtab access user carol payments --action get -o json
`,
    )
    .action((login: string, app: string, options: UserOptions) => accessUser(login, app, options));
}

async function accessUser(login: string, app: string, options: UserOptions): Promise<void> {
  const clone = await openClone(options.repo);
  const commit = await commitOf(clone, 'HEAD');
  const catalogue = await catalogueAt(clone, commit, options.map);
  const application = findApplication(app, catalogue, clone.dir).value;
  const { action, team } = options;
  const isMember = async (group: string): Promise<boolean> => team.includes(group);
  const ruling = (await rbacRuling({ login, action, application, isMember }, catalogue)) ?? {
    permitted: true,
    rule: 'no policy speaks of people: the permission on the repository decides',
  };
  const { permitted, rule } = ruling;
  const about = { login, action, application: applicationName(application), project: application.spec.project };
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify({ permitted, rule, ...about }, null, 2)}\n`
      : `${permitted ? 'permitted' : 'not permitted'}: ${rule}\n`,
  );
  if (!permitted) process.exitCode = EXIT.problem;
}
