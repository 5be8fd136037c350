import { rollbackAnswer } from '../../templates/answers.ts';
import type { Command } from '../spec/command.ts';
import { Problem } from '../spec/problem.ts';
import type { Asked, CommandPorts } from './asked.ts';
import { chosen } from './chosen.ts';
import { permittedOnes } from './permitted-ones.ts';
import { rollbackApplication, rollbackPull } from './rollback.ts';

/** `/rollback`: opens the pull request that takes a merge back, or an application to an earlier sync. Throws Problem. */
export async function rollbackByCommand(
  command: Command & { name: 'rollback' },
  asked: Asked,
  ports: CommandPorts,
): Promise<string> {
  const actor = asked.comment.author;
  if (command.now) {
    throw new Problem('unsupported', 'A rollback opens a pull request; trimtab does not push it by itself.', {
      fix: 'Leave out --now, and merge the pull request that opens.',
    });
  }
  if (command.application === undefined) {
    const opened = await rollbackPull(asked.pull, actor, ports.forge);
    return rollbackAnswer(opened.what, opened);
  }
  const [definition] = await permittedOnes('rollback', await chosen(command.application, asked, ports), asked, ports);
  if (definition === undefined) throw new Problem('not-found', `No application ${command.application}.`);
  const opened = await rollbackApplication(definition, command.to, actor, ports);
  return rollbackAnswer(opened.what, opened);
}
