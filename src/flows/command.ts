import {
  answerMarker,
  failedAnswer,
  helpAnswer,
  historyAnswer,
  notUnderstoodAnswer,
  previewAnswer,
  refusedAnswer,
  rollbackAnswer,
  syncAnswer,
  terminatedAnswer,
} from '../../templates/answers.ts';
import { diffAnswer } from '../../templates/diff-answer.ts';
import { parseCommand } from '../access/commands.ts';
import { permitted } from '../access/permitted.ts';
import type { RbacAction } from '../access/rbac.ts';
import { unifiedDiff } from '../diff/index.ts';
import { type Application, applicationName, type Parsed, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Command } from '../spec/command.ts';
import type { CommandJob, RepoName } from '../spec/event.ts';
import { nearest } from '../spec/nearest.ts';
import type { Operation } from '../spec/operation.ts';
import type { Clock, Engines, Forge, ForgeComment, Pull, Queue, Renderer, Source, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { applicationsOfPull } from './applications-of-pull.ts';
import { revisionsOf } from './desired.ts';
import { dryRun } from './dry-run.ts';
import { repoURL } from './preview.ts';
import { rbacRuling } from './rbac.ts';
import { readControlRepository } from './read-control-repository.ts';
import { rollbackApplication, rollbackPull } from './rollback.ts';
import { checkSelection } from './selection.ts';
import { sourceFor } from './source-for.ts';
import { historyLength, sameContent, startOperation } from './start-operation.ts';
import { terminateOperation } from './terminate-operation.ts';
import { checkWindows } from './windows.ts';

export interface CommandPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
}

/** How long it is remembered that a comment was answered: longer than any copy of its job can travel. */
const ANSWERED_SECONDS = 24 * 3600;

/** A command with everything that it may need to know. */
interface Asked {
  readonly command: Command;
  readonly comment: ForgeComment;
  readonly pull: Pull;
  readonly control: { readonly revision: string; readonly catalogue: Catalogue };
}

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
    const isPassing = problem.code === 'unavailable' || problem.code === 'rate-limited' || problem.code === 'conflict';
    // A copy of the job that went better has answered
    if (isPassing && (await ports.store.seen(mark))) return;
    // A reaction can't be taken back, and the next try may well succeed
    if (!isPassing) await forge.react(job.repo, job.comment, 'confused');
    await answer(failedAnswer(command.name, problem));
    if (isPassing) throw problem;
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
      return await sync(command, asked, ports);
    case 'terminate': {
      const [application] = await permittedOnes('sync', await chosen(command.application, asked, ports), asked, ports);
      const name = application === undefined ? command.application : nameOf(application);
      return terminatedAnswer(name, await terminateOperation(name, comment.author, ports));
    }
    case 'rollback':
      return await rollback(command, asked, ports);
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

async function sync(command: Command & { name: 'sync' }, asked: Asked, ports: CommandPorts): Promise<string> {
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
      if (problem.code === 'unavailable' || problem.code === 'rate-limited') throw problem;
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

async function rollback(command: Command & { name: 'rollback' }, asked: Asked, ports: CommandPorts): Promise<string> {
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

/** Applications that the policies let the author of the comment do something with; one that they do not is refused by name. */
async function permittedOnes(
  action: RbacAction,
  applications: readonly Parsed<Application>[],
  asked: Asked,
  ports: CommandPorts,
): Promise<readonly Parsed<Application>[]> {
  for (const { value } of applications) await checkRbac(action, value, asked, ports);
  return applications;
}

/** Throws Problem `forbidden` where `argocd-rbac-cm` or the roles of the project do not let the author of the comment. */
async function checkRbac(
  action: RbacAction,
  application: Application,
  { comment, control }: Asked,
  { forge, controlRepository }: CommandPorts,
): Promise<void> {
  const isMember = (group: string): Promise<boolean> => {
    const [organization = '', team = ''] = group.split(':');
    return forge.isMember(controlRepository, { organization, team }, comment.author);
  };
  const ruling = await rbacRuling({ login: comment.author, action, application, isMember }, control.catalogue);
  if (ruling === undefined || ruling.permitted) return;
  throw new Problem(
    'forbidden',
    `${ruling.rule} (argocd-rbac-cm, and the roles of project ${application.spec.project}).`,
    {
      where: { application: applicationName(application) },
      fix: 'Ask somebody whom the policies let, or change them in the control repository.',
    },
  );
}

/** The named application; without a name, those that the pull request touches. */
async function chosen(
  name: string | undefined,
  { pull, control }: Asked,
  ports: CommandPorts,
): Promise<readonly Parsed<Application>[]> {
  const { applications } = control.catalogue;
  if (name === undefined) {
    const touched = await applicationsOfPull(pull, applications, ports);
    if (touched.length > 0) return touched;
    throw new Problem('bad-command', 'This pull request touches no application.', { fix: 'Name one: /history APP' });
  }
  const found = applications.find((application) => nameOf(application) === name);
  if (found !== undefined) return [found];
  const meant = nearest(name, applications.map(nameOf));
  throw new Problem(
    'not-found',
    `There is no application ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  );
}

function nameOf(application: Parsed<Application>): string {
  return applicationName(application.value);
}
