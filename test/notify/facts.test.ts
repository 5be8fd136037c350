import { expect, it } from 'vitest';
import { applicationFacts } from '../../src/notify/facts.ts';
import type { HistoryEntry, Task } from '../../src/spec/operation.ts';
import { HEALTHY, REVISION, SHOP, SUCCEEDED } from './moments.ts';

const TASK: Task = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  apiVersion: 'apps/v1',
  phase: 'Sync',
  wave: 1,
  action: 'apply',
  status: 'Succeeded',
  message: 'configured',
  hookDeletePolicies: [],
};

function entry(id: number, phase: HistoryEntry['phase']): HistoryEntry {
  const { revisions, definition, trigger, message, startedAt } = SUCCEEDED;
  const finishedAt = '2026-01-31T08:00:30.000Z';
  return {
    id,
    operation: `op-${id}`,
    revisions,
    definition,
    trigger,
    phase,
    message,
    startedAt,
    finishedAt,
    tasks: [],
  };
}

it("shows an application as Argo CD's templates know it", () => {
  const operation = {
    ...SUCCEEDED,
    tasks: [
      TASK,
      { ...TASK, action: 'hook', phase: 'PreSync' } as const,
      { ...TASK, action: 'prune', status: 'Skipped' } as const,
      { ...TASK, status: 'Failed' } as const,
      { ...TASK, status: 'Pending' } as const,
    ],
  };
  const history = [entry(3, 'Succeeded'), entry(2, 'Failed'), entry(1, 'Succeeded')];
  const source = SHOP.spec.source;
  expect(applicationFacts({ application: SHOP, status: HEALTHY, operation, history })).toMatchObject({
    metadata: { name: 'shop', labels: { team: 'shop' }, annotations: {} },
    spec: { project: 'production' },
    status: {
      sync: { status: 'Synced', revision: REVISION, comparedTo: { source } },
      health: { status: 'Healthy', lastTransitionTime: '2026-01-31T08:00:20.000Z' },
      operationState: {
        phase: 'Succeeded',
        message: 'successfully synced',
        startedAt: '2026-01-31T08:00:00.000Z',
        finishedAt: '2026-01-31T08:00:30.000Z',
        operation: { initiatedBy: { username: 'octocat' }, sync: { revision: REVISION } },
        syncResult: {
          revision: REVISION,
          resources: [
            { group: 'apps', version: 'v1', kind: 'Deployment', name: 'web', status: 'Synced' },
            { hookType: 'PreSync', hookPhase: 'Succeeded' },
            { status: 'PruneSkipped' },
            { status: 'SyncFailed' },
          ],
        },
      },
      history: [
        { id: 1, revision: REVISION, deployedAt: '2026-01-31T08:00:30.000Z' },
        { id: 3, revision: REVISION },
      ],
    },
  });
});

it('leaves out what is not known yet, as Argo CD does', () => {
  const facts = applicationFacts({ application: SHOP, history: [] });
  expect(facts['status']).toMatchObject({ health: {}, history: [] });
  expect(facts['status']).not.toHaveProperty('sync.status');
  expect(facts['status']).not.toHaveProperty('health.status');
  expect(facts['status']).not.toHaveProperty('operationState');
});

it('gives the revisions of several sources as a list', () => {
  const { source, ...rest } = SHOP.spec;
  const application = { ...SHOP, spec: { ...rest, sources: source === undefined ? [] : [source, source] } };
  const operation = { ...SUCCEEDED, revisions: ['a', 'b'] };
  const facts = applicationFacts({ application, status: HEALTHY, operation, history: [] });
  expect(facts).toMatchObject({ status: { operationState: { syncResult: { revisions: ['a', 'b'] } } } });
});
