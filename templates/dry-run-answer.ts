import type { Change } from '../src/spec/change.ts';
import { resourceText } from '../src/spec/manifest.ts';
import type { Condition } from '../src/spec/operation.ts';
import { driftLine } from './diff-answer.ts';
import { code, count, fenced, GITHUB_LIMIT } from './markdown.ts';
import { fitting } from './pages.ts';

/** What a sync of one application would do. */
export interface DryRun {
  readonly application: string;
  readonly conditions: readonly Condition[];
  readonly changes: readonly { readonly change: Change; readonly diff: string }[];
  /** What Git has no more, and stays because nobody asked for a prune. */
  readonly kept: readonly string[];
  readonly hooks: readonly string[];
}

/** The answer to `/sync --dry-run`: resource by resource, and what stays. */
export function dryRunAnswer(runs: readonly DryRun[]): string {
  const blocks = runs.flatMap(({ application, conditions, changes, kept, hooks }) => {
    const heading = `#### ${code(application)}: a sync would change ${count(changes.length, 'resource')}`;
    const notes = [
      ...conditions.map(({ type, message }) => `- ❌ ${type}: ${code(message)}`),
      ...(hooks.length === 0 ? [] : [`- runs ${hooks.map(code).join(', ')}`]),
      ...(kept.length === 0 ? [] : [`- stays without ${code('--prune')}: ${kept.map(code).join(', ')}`]),
    ];
    const details = changes.map(({ change, diff }) => ({
      heading,
      body: [
        `${code(resourceText(change.key))}${change.action === 'delete' ? ' goes' : ''}`,
        ...change.fields.slice(0, 20).map((field) => `- ${code(driftLine(field))}`),
        fenced('diff', diff),
      ].join('\n'),
    }));
    if (notes.length === 0 && details.length > 0) return details;
    return [{ heading, body: notes.length === 0 ? 'The cluster is as Git says.' : notes.join('\n') }, ...details];
  });
  const shown = fitting(blocks, GITHUB_LIMIT - 500);
  const more = shown.left === 0 ? '' : `\n\n… and ${shown.left} more.`;
  return `${shown.text}${more}\n\nNothing was done. This is how it was seen last; the same comment without ${code('--dry-run')} does it.`;
}
