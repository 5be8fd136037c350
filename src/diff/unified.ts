import { structuredPatch } from 'diff';
import type { Change } from '../spec/change.ts';

/** Lines shown around a change. */
const CONTEXT = 3;

/** Past this many changed lines the search for the smallest diff takes seconds; then all old lines go, all new come. */
const MOST_EDITS = 4000;

/**
 * The hunks of a change as unified diff, without file headers (the caller names the resource): for a fence ```diff.
 * Empty when both texts are the same.
 */
export function unifiedDiff(change: Pick<Change, 'before' | 'after'>): string {
  if (change.before === change.after) return '';
  const patch = structuredPatch('', '', change.before, change.after, '', '', {
    context: CONTEXT,
    maxEditLength: MOST_EDITS,
  });
  if (patch === undefined) return [...signed('-', change.before), ...signed('+', change.after)].join('\n');
  const hunks = patch.hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ]);
  return hunks.join('\n');
}

function signed(sign: string, text: string): readonly string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${sign}${line}`);
}
