import { expect, it } from 'vitest';
import { keyOf, keyText } from '../../src/spec/manifest.ts';
import type { Operation, Task } from '../../src/spec/operation.ts';
import { Problem, type ProblemCode } from '../../src/spec/problem.ts';
import { next, plan, ready, record } from '../../src/sync/index.ts';
import { BEGUN, RULES, resource } from './simulation.ts';

/** What an operation says of its one resource after so many looks at which the cluster refused it so. */
function refusedFor(looks: number, code: ProblemCode): Task | undefined {
  const { options } = RULES;
  const manifest = resource('ConfigMap', 'web');
  const begun: Operation = { ...BEGUN, prune: false };
  const desired = ready({ rendered: [manifest], operation: begun, options, namespace: 'shop' });
  const byKey = new Map(desired.map((one) => [keyText(keyOf(one)), one]));
  const live = new Map();
  let operation: Operation = { ...begun, tasks: plan({ operation: begun, desired, live, inventory: [], options }) };
  for (let look = 1; look <= looks; look += 1) {
    const taken = next(operation, { now: '2026-11-24T10:00:00Z', desired: byKey, live, health: new Map() }, RULES);
    const problem = new Problem(code, `the reason of look ${look}`);
    operation = record(
      taken.operation,
      taken.actions.map((action) => ({ action, result: { ok: false, problem } })),
    );
  }
  return operation.tasks?.[0];
}

it.each(['conflict', 'webhook-failed'] as const)(
  '%s may be over by the next look, so that it is a refusal only when it stays, with its last reason',
  (code) => {
    expect(refusedFor(3, code)).toMatchObject({ status: 'Pending', message: 'the reason of look 3' });
    expect(refusedFor(5, code)).toMatchObject({ status: 'Failed', message: expect.stringContaining('the reason of') });
  },
);

it.each(['rate-limited', 'unavailable', 'cluster-unreachable'] as const)(
  '%s says nothing of the resource: it is tried for as long as the operation may take',
  (code) => {
    expect(refusedFor(12, code)).toMatchObject({ status: 'Pending', message: 'the reason of look 12' });
  },
);

it('cluster-refused is a refusal at once', () => {
  expect(refusedFor(1, 'cluster-refused')).toMatchObject({ status: 'Failed', message: 'the reason of look 1' });
});
