import { type Application, type Parsed, sourcesOf } from '../spec/application.ts';
import type { RollbackTarget } from '../spec/command.ts';
import type { RepoName } from '../spec/event.ts';
import type { HistoryEntry } from '../spec/operation.ts';
import type { Forge, Pull, Renderer, Source, Store } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { closureOf } from './desired.ts';
import { repoURL } from './preview.ts';
import { historyLength } from './start-operation.ts';

export interface RollbackPorts {
  readonly forge: Pick<Forge, 'defaultBranch' | 'proposeTrees'>;
  readonly source: Pick<Source, 'resolve' | 'checkout'>;
  readonly renderer: Pick<Renderer, 'closure' | 'parameters'>;
  readonly store: Pick<Store, 'histories'>;
  readonly host: string;
  readonly controlRepository: RepoName;
}

/** The pull request that a rollback opened (or found open already), and what it does, in a person's words. */
export interface Rollback {
  readonly number: number;
  readonly url: string;
  readonly what: string;
}

/** `/rollback` on a merged pull request: opens the one that reverts it. Throws Problem `bad-command` when it is open. */
export async function rollbackPull(pull: Pull, actor: string, forge: Forge): Promise<Rollback> {
  if (!pull.merged) {
    throw new Problem('bad-command', `Pull request #${pull.number} is not merged, so there is nothing to roll back.`, {
      fix: 'Name an application to roll it back to an earlier sync: /rollback APP',
    });
  }
  const title = `Revert "${pull.title}"`;
  const body = `Reverts #${pull.number}, asked for by @${actor} with \`/rollback\`.`;
  const opened = await forge.revert(pull.repo, pull, title, body);
  return { ...opened, what: `reverts #${pull.number}` };
}

/**
 * `/rollback APP [ID|SHA]`: opens a pull request that gives everything that the application renders from, and its
 * definition, the content that it had at an earlier sync. A commit of trees can't conflict. Without an ID it is the
 * last successful sync with other content than the newest one.
 */
export async function rollbackApplication(
  definition: Parsed<Application>,
  to: RollbackTarget | undefined,
  actor: string,
  ports: RollbackPorts,
): Promise<Rollback> {
  const application = definition.value;
  const name = application.metadata.name;
  const entry = chooseEntry(await ports.store.histories.list(name, historyLength(application)), to, name);
  const controlURL = repoURL(ports.host, ports.controlRepository);
  // The file of a set or a parent defines other applications as well: what one renders from goes back, and that stays.
  const isWritten = definition.generatedBy === undefined && definition.rendered !== true;
  const paths = isWritten ? [{ path: definition.where.file ?? '', at: entry.definition }] : [];
  for (const [index, source] of sourcesOf(application).entries()) {
    const at = entry.revisions[index] ?? '';
    // Which version of a chart it was stands in the definition, which goes back.
    if (source.chart !== undefined && definition.generatedBy === undefined) continue;
    if (!sameRepository(source.repoURL, controlURL)) {
      throw new Problem(
        'unsupported',
        `${name} renders from ${source.repoURL}, and trimtab rolls back ${controlURL} only.`,
        {
          fix: 'Revert the commit in that repository; trimtab syncs what the revert brings.',
        },
      );
    }
    const checkout = await ports.source.checkout(source.repoURL, at);
    const closure = await closureOf(application, source, checkout, ports);
    paths.push(...closure.map((path) => ({ path: path.replace(/\/$/, ''), at })));
  }
  const sha = (entry.revisions[0] ?? '').slice(0, 7);
  const opened = await ports.forge.proposeTrees(ports.controlRepository, {
    base: await ports.forge.defaultBranch(ports.controlRepository),
    branch: `trimtab/rollback-${name}-${entry.id}`,
    title: `Roll back ${name} to sync ${entry.id} (${sha})`,
    body: `Brings back what ${name} was synced to on ${entry.finishedAt}, asked for by @${actor} with \`/rollback\`.`,
    paths,
  });
  return { ...opened, what: `brings ${name} back to sync ${entry.id}` };
}

/** Entries come newest first. */
function chooseEntry(entries: readonly HistoryEntry[], to: RollbackTarget | undefined, name: string): HistoryEntry {
  const chosen = entries.find((entry) => isTarget(entry, to, entries[0]));
  if (chosen?.only === undefined && chosen !== undefined) return chosen;
  if (chosen !== undefined) {
    throw new Problem(
      'bad-command',
      `sync ${chosen.id} of ${name} was about some resources only, and is nothing to go back to.`,
      { fix: `/history ${name} lists the others.` },
    );
  }
  const known = entries.map((entry) => entry.id).join(', ');
  throw new Problem(
    'bad-command',
    to === undefined
      ? `${name} has no earlier successful sync to go back to.`
      : `${name} has no sync ${to.kind === 'id' ? to.id : to.revision}${known === '' ? '' : ` (known: ${known})`}.`,
    {
      fix: `Its history lists them: /history ${name} in a comment, trimtab history ${name} for the syncs of this machine.`,
    },
  );
}

function isTarget(entry: HistoryEntry, to: RollbackTarget | undefined, newest: HistoryEntry | undefined): boolean {
  if (to?.kind === 'id') return entry.id === to.id;
  if (entry.only !== undefined) return false;
  if (to === undefined) return entry.phase === 'Succeeded' && !sameContent(entry, newest);
  return entry.revisions[0]?.startsWith(to.revision) === true;
}

function sameContent(a: HistoryEntry, b: HistoryEntry | undefined): boolean {
  return b !== undefined && a.definition === b.definition && a.revisions.join() === b.revisions.join();
}
