import { resourceText } from '../src/spec/manifest.ts';
import type { Operation, Task } from '../src/spec/operation.ts';
import { cell, code, count, GITHUB_LIMIT, plain, short } from './markdown.ts';

/** By this line the note on how a sync went is found again: one for each application of a merged pull request. */
export function syncMarker(application: string): string {
  return `<!-- trimtab:sync:${encodeURIComponent(application)} -->`;
}

/** More rows would not be read; the rest is in `/history`. */
const MOST_ROWS = 50;

/** What a merged pull request is told when the sync that it started did not succeed: why, which resources, what to do. */
export function syncFailedText(operation: Operation): string {
  const { application, revisions, message, tasks = [] } = operation;
  const failed = tasks.filter((task) => task.status === 'Failed');
  // What stays because nothing prunes it did not wait for its turn
  const skipped = tasks.filter((task) => task.status === 'Skipped' && task.message.startsWith('not run')).length;
  const rows = failed.slice(0, MOST_ROWS).map(row);
  const table =
    rows.length === 0 ? [] : ['', '| resource | phase, wave | what happened |', '| --- | --- | --- |', ...rows];
  const text = [
    syncMarker(application),
    `❌ ${code(application)} did not sync to ${code(short(revisions[0] ?? ''))}: ${plain(message)}`,
    ...table,
    ...(skipped === 0 ? [] : ['', `${count(skipped, 'task')} after that did not run.`]),
    '',
    `Mend it and merge, try again with ${code(`/sync ${application}`)}, or go back with ${code('/rollback')}.`,
  ].join('\n');
  return text.slice(0, GITHUB_LIMIT - 1);
}

/** What replaces that note once the application is synced after all. */
export function syncSucceededText(operation: Operation): string {
  const { application, revisions } = operation;
  return `${syncMarker(application)}\n✅ ${code(application)} is synced to ${code(short(revisions[0] ?? ''))}, after all.\n`;
}

function row({ key, phase, wave, message }: Task): string {
  return `| ${cell(resourceText(key))} | ${phase}, ${wave} | ${cell(message)} |`;
}
