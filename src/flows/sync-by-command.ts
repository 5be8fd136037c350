import { syncAnswer } from '../../templates/answers.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Command } from '../spec/command.ts';
import type { Operation } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import type { Asked, CommandPorts } from './asked.ts';
import { chosen } from './chosen.ts';
import { isPassing } from './come-back.ts';
import { revisionsOf } from './desired.ts';
import { dryRun } from './dry-run.ts';
import { checkRbac, permittedOnes } from './permitted-ones.ts';
import { checkSelection } from './selection.ts';
import { sourceFor } from './source-for.ts';
import { sameContent, startOperation } from './start-operation.ts';
import { checkWindows } from './windows.ts';

/**
 * `/sync`: begins a sync of each application that is chosen, or says what one would do. One that may not be synced, or not
 * now, is named in the answer, and keeps no other from it. Throws Problem `unavailable` and `rate-limited`.
 */
export async function syncByCommand(
  command: Command & { name: 'sync' },
  asked: Asked,
  ports: CommandPorts,
): Promise<string> {
  const names: readonly (string | undefined)[] = command.applications.length > 0 ? command.applications : [undefined];
  const applications = (await Promise.all(names.map((name) => chosen(name, asked, ports)))).flat();
  if (command.dryRun) {
    const seen = await permittedOnes('get', applications, asked, ports);
    return await dryRun(
      command,
      seen.map((one) => one.value),
      ports.store,
    );
  }
  const started: { application: string; revision: string }[] = [];
  const refused: { application: string; problem: Problem }[] = [];
  for (const from of applications) {
    const application = from.value;
    try {
      await checkRbac('sync', application, asked, ports);
      checkWindows(application, asked.control.catalogue, ports.clock());
      const revisions = await revisionsOf(application, sourceFor(application, asked.control.catalogue, ports.source));
      const definition = asked.control.revision;
      await checkChosen(application, command, { revisions, definition }, ports.store);
      await startOperation(
        {
          application,
          revisions,
          definition,
          from,
          trigger: {
            kind: 'command',
            actor: asked.comment.author,
            pull: { repo: asked.pull.repo, number: asked.pull.number },
            comment: asked.comment.id,
          },
          prune: command.prune || application.spec.syncPolicy?.automated?.prune === true,
          // Whoever says --prune has looked at what goes
          allowDelete: command.prune,
          ...(command.resources === undefined ? {} : { only: command.resources }),
        },
        ports,
      );
      started.push({ application: applicationName(application), revision: revisions[0] ?? '' });
    } catch (thrown) {
      const problem = asProblem(thrown);
      // Not an answer to anybody's question: the job comes again.
      if (isPassing(problem)) throw problem;
      refused.push({ application: applicationName(application), problem });
    }
  }
  return syncAnswer(started, refused);
}

/** A selective sync is refused at once where it was seen that the application has not what it names; else the sync finds out. */
async function checkChosen(
  application: Application,
  { resources }: Command & { name: 'sync' },
  wanted: Pick<Operation, 'revisions' | 'definition'>,
  store: Store,
): Promise<void> {
  if (resources === undefined) return;
  const status = await store.statuses.load(applicationName(application));
  if (status === undefined || status.sync === 'Unknown') return;
  const { revisions, definition = '' } = status;
  if (sameContent(wanted, { revisions, definition })) {
    checkSelection(status.application, resources, status.resources);
  }
}
