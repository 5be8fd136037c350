import { styleText } from 'node:util';
import { CHANGE_WORDS, driftLine } from '../../templates/diff-answer.ts';
import { unifiedDiff } from '../diff/index.ts';
import type { Change } from '../spec/change.ts';
import { resourceText } from '../spec/manifest.ts';

/** Changes for a terminal: what, which fields and who wrote them, and a unified diff of each resource. */
export function changesText(changes: readonly Change[]): string {
  return changes.map(changeText).join('\n');
}

/**
 * Changes for programs: `[{group, kind, namespace, name, action, fields: [{path, from, to, manager, at}]}]`. A side that
 * says nothing is left out.
 */
export function changesJson(changes: readonly Change[]): string {
  const rows = changes.map(({ key, action, fields }) => ({ ...key, action, fields }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function changeText(change: Change): string {
  const title = `${resourceText(change.key)} ${CHANGE_WORDS[change.action]}`;
  const fields = change.action === 'update' ? change.fields.map((field) => `  ${driftLine(field)}`) : [];
  const lines = `--- live\n+++ desired\n${unifiedDiff(change)}`.trimEnd().split('\n').map(coloured);
  return `${[style('bold', title), ...fields, ...lines].join('\n')}\n`;
}

function coloured(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style('bold', line);
  if (line.startsWith('+')) return style('green', line);
  if (line.startsWith('-')) return style('red', line);
  return line.startsWith('@@') ? style('cyan', line) : line;
}

function style(name: 'bold' | 'green' | 'red' | 'cyan', text: string): string {
  return styleText(name, text, { stream: process.stdout });
}
