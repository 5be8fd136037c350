import type { Change, FieldChange } from '../src/spec/change.ts';
import { resourceText } from '../src/spec/manifest.ts';
import type { ApplicationStatus } from '../src/spec/operation.ts';
import { code, fenced, GITHUB_LIMIT } from './markdown.ts';
import { fitting } from './pages.ts';

/** What differs of a resource as a whole: follows its name. */
export const CHANGE_WORDS: Readonly<Record<Change['action'], string>> = {
  create: 'is in Git, not in the cluster',
  update: 'differs',
  delete: 'is in the cluster, no longer in Git',
};

/**
 * The answer to `/diff`: what differs between Git and the cluster, field by field, with who wrote the live value, and since
 * when it is known that what was there is gone. Of an application that could not be looked at, or that breaks a rule, it
 * says that instead.
 */
export function diffAnswer(
  statuses: readonly ApplicationStatus[],
  diffs: ReadonlyMap<string, readonly string[]>,
): string {
  const blocks = statuses.flatMap((status) => {
    const heading = `#### ${code(status.application)}: ${status.sync}, ${status.health.status}`;
    const conditions = status.conditions.map(
      ({ type, message }) => `- ${type.endsWith('Warning') ? '⚠️' : '❌'} ${type}: ${code(message)}`,
    );
    const broken = conditions.length === 0 ? [] : [{ heading, body: conditions.join('\n') }];
    if (status.drift.length === 0 && broken.length === 0) return [{ heading, body: 'The cluster is as Git says.' }];
    const drifted = status.drift.map((change, index) => ({
      heading,
      body: [
        `${code(resourceText(change.key))} ${CHANGE_WORDS[change.action]}${goneText(change, status)}`,
        ...change.fields.slice(0, 20).map((field) => `- ${code(driftLine(field))}`),
        fenced('diff', diffs.get(status.application)?.[index] ?? ''),
      ].join('\n'),
    }));
    return [...broken, ...drifted];
  });
  const shown = fitting(blocks, GITHUB_LIMIT - 500);
  return shown.left === 0 ? shown.text : `${shown.text}\n\n… ${shown.left} more resources differ.`;
}

function goneText({ action, key }: Change, { drifted = [] }: ApplicationStatus): string {
  const gone = drifted.find(({ is, resource }) => is === 'gone' && resource === resourceText(key));
  return action === 'create' && gone !== undefined ? `: gone since ${gone.since}` : '';
}

/** One drifted field in words: `spec.replicas: 3 in Git, 7 in the cluster (kubectl-edit, 2026-11-24T10:00:00Z)`. */
export function driftLine(field: FieldChange): string {
  const who = [field.manager, field.at].filter((part) => part !== undefined).join(', ');
  return `${field.path}: ${value(field.to)} in Git, ${value(field.from)} in the cluster${who === '' ? '' : ` (${who})`}`;
}

function value(of: unknown): string {
  if (of === undefined) return 'nothing';
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
