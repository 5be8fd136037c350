import { resourceText } from '../src/spec/manifest.ts';
import type { HistoryEntry, Operation, Task, Trigger } from '../src/spec/operation.ts';
import type { Permission } from '../src/spec/ports.ts';
import type { Problem } from '../src/spec/problem.ts';
import { resourcePatternText } from '../src/spec/resource-pattern.ts';
import { cell, code, count, plain, problemItem, problemText, short } from './markdown.ts';

/** By this line trimtab knows its own answers; the number is the comment that it answers. */
export function answerMarker(comment: number): string {
  return `<!-- trimtab:answer:${comment} -->`;
}

/** Every command, as a comment would hold it. */
export function helpAnswer(): string {
  return `**trimtab** understands these commands, on the first line of a comment:

| command | what it does | who |
| --- | --- | --- |
| \`/preview\` | renders the pull request again and updates the preview | anyone who may read; for a fork: write access |
| \`/diff [APP]\` | what differs between Git and the cluster | anyone who may read |
| \`/history [APP]\` | the last syncs, with their revisions | anyone who may read |
| \`/sync [APP…] [--prune] [--dry-run]\` | syncs applications to the revision that they track; without names those that the pull request touches. \`--prune\` deletes what Git has no more, also when that is most of an application | write access |
| \`/sync APP --resource GROUP:KIND:NAMESPACE/NAME\` | syncs these resources alone, without hooks; may be given several times | write access |
| \`/terminate APP\` | ends a sync that runs, and deletes its hooks | write access |
| \`/rollback\` | on a merged pull request: opens one that reverts it | write access |
| \`/rollback APP [ID or SHA]\` | opens a pull request that brings an application back to an earlier sync | write access |
| \`/help\` | this table | anyone |

Policies of \`argocd-rbac-cm\`, and of the roles of a project, must let you, too, where there are any.
`;
}

/** What is said to a comment that looks like a command and is none. */
export function notUnderstoodAnswer(problem: Problem): string {
  return `😕 ${problemText(problem)}`;
}

/** What is said to somebody who may not. */
export function refusedAnswer(command: string, login: string, permission: Permission, needed: string): string {
  return (
    `😕 ${code(`/${command}`)} needs **${needed}** access to this repository, and ${code(login)} has **${permission}**. ` +
    'Ask someone with that access to comment it, or an administrator of the repository for the access.'
  );
}

/** What is said when a command failed: what, where, what to do. */
export function failedAnswer(command: string, problem: Problem): string {
  return `😕 ${code(`/${command}`)} did not work. ${problemText(problem)}`;
}

/** The answer to `/preview`, where one is needed. */
export function previewAnswer(): string {
  return '👀 the preview is on its way.';
}

/** The answer to `/sync`. */
export function syncAnswer(
  started: readonly { readonly application: string; readonly revision: string }[],
  refused: readonly { readonly application: string; readonly problem: Problem }[],
): string {
  const lines = [
    ...started.map(({ application, revision }) => `- 🚀 ${code(application)} is syncing to ${code(short(revision))}`),
    ...refused.map(({ application, problem }) => `- 😕 ${code(application)}: ${problemItem(problem)}`),
  ];
  return lines.join('\n');
}

/** The answer to `/terminate`. */
export function terminatedAnswer(application: string, stopped: boolean): string {
  return stopped
    ? `🛑 the sync of ${code(application)} is ending; what it applied stays.`
    : `${code(application)} is not syncing, so there is nothing to terminate.`;
}

/** The answer to `/rollback`. */
export function rollbackAnswer(what: string, pull: { readonly number: number; readonly url: string }): string {
  return (
    `⏪ #${pull.number} ${plain(what)}. Its preview shows what comes back; ` +
    'merge it, and the cluster follows. Automated sync stays on.'
  );
}

/** The answer to `/history`: the newest sync first. */
export function historyAnswer(application: string, entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return `${code(application)} has not been synced by trimtab yet.`;
  const rows = entries.map((entry) => {
    const seconds = Math.max(0, Math.round((Date.parse(entry.finishedAt) - Date.parse(entry.startedAt)) / 1000));
    const revisions = entry.revisions.map((revision) => cell(short(revision))).join(', ');
    const only =
      entry.only === undefined ? '' : `: ${entry.only.map((one) => cell(resourcePatternText(one))).join(', ')} alone`;
    const sources = (entry.sources ?? []).map(({ path }) => cell(path)).join(', ');
    const result = `${entry.phase}${only} | ${resultWords(entry.tasks)}`;
    return `| ${entry.id} | ${revisions} | ${sources} | ${result} | ${triggerWords(entry.trigger)} | ${entry.finishedAt} | ${seconds} s |`;
  });
  return [
    `**History of ${code(application)}**`,
    '',
    '| id | revision | source | result | resources | by | finished | took |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `${code(`/rollback ${application} ID`)} opens a pull request that brings one of them back.`,
  ].join('\n');
}

/** What became of the resources and hooks of a sync: how many ended in which way, and which of them failed. */
function resultWords(tasks: readonly Task[]): string {
  const counts = Map.groupBy(tasks, ({ status }) => status);
  const words = [...counts].map(([status, all]) => `${all.length} ${status}`).join(', ');
  const failed = (counts.get('Failed') ?? []).map(({ key }) => cell(resourceText(key)));
  const more = failed.length > MOST_FAILED ? [`and ${failed.length - MOST_FAILED} more`] : [];
  return failed.length === 0 ? words : `${words}: ${[...failed.slice(0, MOST_FAILED), ...more].join(', ')}`;
}

/** More names than these make a table that nobody reads. */
const MOST_FAILED = 3;

/** What is told to a merged pull request whose applications do not sync by themselves. */
export function waitingText(applications: readonly string[]): string {
  const names = applications.map((name) => code(name)).join(', ');
  return (
    `${count(applications.length, 'application')} of this pull request ` +
    `${applications.length === 1 ? 'is' : 'are'} OutOfSync and not synced automatically: ${names}.\n\n` +
    `Comment ${code(`/sync ${applications.join(' ')}`)} to sync.`
  );
}

/** What GitHub shows at a Deployment: at most 140 characters. */
export function deploymentText(operation: Pick<Operation, 'application' | 'phase' | 'message'>): string {
  const text = `${operation.application}: ${operation.message === '' ? operation.phase : operation.message}`;
  return text.length <= 140 ? text : `${text.slice(0, 139)}…`;
}

/** Who or what began a sync. */
function triggerWords(trigger: Trigger): string {
  const actor = trigger.actor === undefined ? '' : ` by ${cell(trigger.actor)}`;
  const pull = trigger.pull === undefined ? '' : ` (#${trigger.pull.number})`;
  const words = {
    push: 'merge',
    command: 'command',
    schedule: 'schedule',
    'self-heal': 'self-heal',
    cli: 'command line',
  } satisfies Record<Trigger['kind'], string>;
  return `${words[trigger.kind]}${actor}${pull}`;
}
