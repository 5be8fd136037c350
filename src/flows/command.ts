import {
  answerMarker,
  failedAnswer,
  helpAnswer,
  historyAnswer,
  notUnderstoodAnswer,
  previewAnswer,
  refusedAnswer,
  terminatedAnswer,
} from '../../templates/answers.ts';
import { diffAnswer } from '../../templates/diff-answer.ts';
import { parseCommand } from '../access/commands.ts';
import { permitted } from '../access/permitted.ts';
import { unifiedDiff } from '../diff/index.ts';
import { type Application, applicationName, type Parsed, sourcesOf } from '../spec/application.ts';
import type { Command } from '../spec/command.ts';
import type { CommandJob } from '../spec/event.ts';
import type { ForgeComment, Pull } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import type { Asked, CommandPorts } from './asked.ts';
import { chosen } from './chosen.ts';
import { isPassing } from './come-back.ts';
import { permittedOnes } from './permitted-ones.ts';
import { repoURL } from './preview.ts';
import { readControlRepository } from './read-control-repository.ts';
import { rollbackByCommand } from './rollback-by-command.ts';
import { historyLength } from './start-operation.ts';
import { syncByCommand } from './sync-by-command.ts';
import { terminateOperation } from './terminate-operation.ts';

/** How long it is remembered that a comment was answered: longer than any copy of its job can travel. */
const ANSWERED_SECONDS = 24 * 3600;

/**
 * Does what a comment asks for, and answers it once: a job that failed halfway and comes again updates its answer, a copy
 * of one that was done does nothing, for by then the same words could end or begin another sync. Who may, the permission
 * of the comment's author on the repository decides; settings come from the default branch. What goes wrong is the
 * answer.
 */
export async function runCommand(job: CommandJob, ports: CommandPorts): Promise<void> {
  const { forge } = ports;
  const comment = await forge.comment(job.repo, job.comment);
  const parsed = parseCommand(comment.body);
  if (parsed.kind === 'none') return;
  const mark = `command:${job.repo}:${job.comment}`;
  if (await ports.store.seen(mark)) return;
  const answer = (text: string): Promise<unknown> => {
    const marker = answerMarker(job.comment);
    return forge.upsertComment(job.repo, job.pull, marker, `${marker}\n${text}\n`);
  };
  if (parsed.kind === 'answer') {
    await forge.react(job.repo, job.comment, 'confused');
    await answer(notUnderstoodAnswer(parsed.problem));
    return;
  }
  await forge.react(job.repo, job.comment, 'eyes');
  const { command } = parsed;
  const pull = await forge.pull(job.repo, job.pull);
  const permission = await forge.permission(job.repo, comment.author);
  const verdict = permitted(command, permission, pull);
  if (!verdict.allowed) {
    await forge.react(job.repo, job.comment, 'confused');
    await answer(refusedAnswer(command.name, comment.author, permission, verdict.needed));
    return;
  }
  try {
    const control = await readControl(command, comment, pull, ports);
    const text = await perform({ command, comment, pull, control }, ports);
    await forge.react(job.repo, job.comment, 'rocket');
    if (text !== undefined) await answer(text);
    // What it comes to is its own answer, but an earlier try may have said that it failed
    else if (await forge.hasComment(job.repo, job.pull, answerMarker(job.comment))) await answer(previewAnswer());
  } catch (thrown) {
    const problem = asProblem(thrown);
    const comesAgain = isPassing(problem) || problem.code === 'conflict';
    // A copy of the job that went better has answered
    if (comesAgain && (await ports.store.seen(mark))) return;
    // A reaction can't be taken back, and the next try may well succeed
    if (!comesAgain) await forge.react(job.repo, job.comment, 'confused');
    await answer(failedAnswer(command.name, problem));
    if (comesAgain) throw problem;
  }
  await ports.store.once(mark, ANSWERED_SECONDS);
}

/**
 * What the control repository defines, and the author may ask for. On a pull request of another repository that is what
 * renders from it: whoever may write there has no say over other applications, and learns no names of them, unless the
 * control repository grants the same.
 */
async function readControl(
  command: Command,
  comment: ForgeComment,
  pull: Pull,
  ports: CommandPorts,
): Promise<Asked['control']> {
  const url = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(url, undefined);
  const catalogue = await readControlRepository({ repoURL: url, revision }, ports);
  const here = repoURL(ports.host, pull.repo);
  if (sameRepository(here, url)) return { revision, catalogue };
  const permission = await ports.forge.permission(ports.controlRepository, comment.author);
  if (permitted(command, permission, pull).allowed) return { revision, catalogue };
  const applications = catalogue.applications.filter(({ value }) =>
    sourcesOf(value).some((source) => sameRepository(source.repoURL, here)),
  );
  return { revision, catalogue: { ...catalogue, applications } };
}

async function perform(asked: Asked, ports: CommandPorts): Promise<string | undefined> {
  const { command, comment, pull } = asked;
  switch (command.name) {
    case 'help':
      return helpAnswer();
    case 'preview':
      await ports.queue.send({
        kind: 'preview',
        repo: pull.repo,
        pull: pull.number,
        head: pull.head.sha,
        requestedBy: comment.author,
      });
      return undefined;
    case 'diff':
      return await diff(
        await permittedOnes('get', await chosen(command.application, asked, ports), asked, ports),
        ports,
      );
    case 'history':
      return await history(
        await permittedOnes('get', await chosen(command.application, asked, ports), asked, ports),
        ports,
      );
    case 'sync':
      return await syncByCommand(command, asked, ports);
    case 'terminate': {
      const [application] = await permittedOnes('sync', await chosen(command.application, asked, ports), asked, ports);
      const name = application === undefined ? command.application : nameOf(application);
      return terminatedAnswer(name, await terminateOperation(name, comment.author, ports));
    }
    case 'rollback':
      return await rollbackByCommand(command, asked, ports);
  }
}

async function diff(applications: readonly Parsed<Application>[], ports: CommandPorts): Promise<string> {
  const loaded = await Promise.all(applications.map((one) => ports.store.statuses.load(nameOf(one))));
  const statuses = loaded.filter((status) => status !== undefined);
  if (statuses.length === 0) throw new Problem('not-found', 'These applications have not been looked at yet.');
  return diffAnswer(statuses, new Map(statuses.map((status) => [status.application, status.drift.map(unifiedDiff)])));
}

async function history(applications: readonly Parsed<Application>[], ports: CommandPorts): Promise<string> {
  const answers = await Promise.all(
    applications.map(async (one) =>
      historyAnswer(nameOf(one), await ports.store.histories.list(nameOf(one), historyLength(one.value))),
    ),
  );
  return answers.join('\n\n');
}

function nameOf(application: Parsed<Application>): string {
  return applicationName(application.value);
}
