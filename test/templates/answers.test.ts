import { expect, test } from 'vitest';
import type { HistoryEntry, Task, TaskStatus } from '../../src/spec/operation.ts';
import { historyAnswer } from '../../templates/answers.ts';
import { syncFailedText } from '../../templates/sync-comment.ts';

function task(name: string, status: TaskStatus, message = ''): Task {
  const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name };
  return { key, apiVersion: 'v1', phase: 'Sync', wave: 0, action: 'apply', status, message, hookDeletePolicies: [] };
}

const ENTRY: HistoryEntry = {
  ...{ id: 7, operation: 'op', revisions: ['4f2a91c0ffee'], definition: 'd00df00' },
  ...{ trigger: { kind: 'command', actor: 'ada' }, phase: 'Failed', message: '' },
  ...{ startedAt: '2026-11-24T10:00:00Z', finishedAt: '2026-11-24T10:00:09Z' },
  tasks: [task('a', 'Succeeded'), task('b', 'Succeeded'), task('c', 'Failed'), task('d', 'Skipped')],
  sources: [{ repoURL: 'https://github.com/acme/platform', path: 'apps/shop' }],
};

test('/history tells of each sync its revision, source, result, who, when, how long, and what became of the resources', () => {
  const row = historyAnswer('shop', [ENTRY])
    .split('\n')
    .find((line) => line.startsWith('| 7 |'));
  expect(row).toBe(
    '| 7 | `4f2a91c` | `apps/shop` | Failed | 2 Succeeded, 1 Failed, 1 Skipped: `ConfigMap shop/c` | command by `ada` | 2026-11-24T10:00:09Z | 9 s |',
  );
});

test('the note of a sync that failed counts what did not have its turn, and not what nothing prunes', () => {
  const left = [
    task('kept', 'Skipped', 'ignored (requires pruning)'),
    task('d', 'Skipped', 'not run: something failed'),
  ];
  const { revisions } = ENTRY;
  const operation = {
    ...ENTRY,
    id: 'op',
    application: 'shop',
    deadline: '',
    looks: 1,
    attempt: 0,
    prune: false,
    revisions,
  };
  const text = syncFailedText({ ...operation, tasks: [task('c', 'Failed', 'admission webhook denied it'), ...left] });
  expect(text).toContain('1 task after that did not run.');
  expect(text).toContain('| `ConfigMap shop/c` | Sync, 0 | `admission webhook denied it` |');
});
