import { describe, expect, it } from 'vitest';
import type { Drifted, Operation, ResourceStatus } from '../../src/spec/operation.ts';
import { type SelfHealDecision, selfHeal } from '../../src/sync/self-heal.ts';

const ENDED = '2026-03-02T10:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(ENDED) + seconds * 1000).toISOString();

const resource = (name: string, sync: 'Synced' | 'OutOfSync' = 'OutOfSync'): ResourceStatus => ({
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
  version: 'v1',
  sync,
  requiresPruning: false,
  hook: false,
});

const LEFT: Drifted = {
  resource: 'Deployment shop/web',
  is: 'changed',
  path: 'spec.replicas',
  manager: 'scaler',
  desired: '',
  since: ENDED,
  seenAt: ENDED,
  undone: 5,
  left: true,
};

/** Decides so many seconds after the end of the `heal`-th repair in a row; of none: after that of a sync. */
function decide(
  heal: number | undefined,
  seconds: number,
  resources: readonly ResourceStatus[] = [resource('web')],
  drifted: readonly Drifted[] = [],
): SelfHealDecision {
  const sync: Pick<Operation, 'phase' | 'startedAt' | 'finishedAt'> = {
    phase: 'Succeeded',
    startedAt: ENDED,
    finishedAt: ENDED,
  };
  const last = heal === undefined ? sync : { ...sync, heal };
  return selfHeal({ status: { resources, drifted, observedAt: ENDED }, last, now: later(seconds) });
}

describe('self-heal', () => {
  it('comes at once, then 2 seconds after the last one ended, then three times as long, at most 300 seconds', () => {
    const waits = [undefined, 1, 2, 3, 4, 5, 6, 7].map((heal) => {
      const first = decide(heal, 0);
      const seconds = first.act === 'wait' ? first.seconds : 0;
      expect(decide(heal, seconds)).toMatchObject({ act: 'start', heal: (heal ?? 0) + 1 });
      return seconds;
    });
    expect(waits).toEqual([0, 2, 6, 18, 54, 162, 300, 300]);
  });

  it('says how much is left to wait', () => {
    expect(decide(3, 5)).toEqual({ act: 'wait', seconds: 13 });
  });

  it('begins anew 330 seconds after the last repair', () => {
    expect(decide(7, 329)).toMatchObject({ act: 'start', heal: 8 });
    expect(decide(7, 330)).toMatchObject({ act: 'start', heal: 1 });
  });

  it('repairs what differs, and nothing else', () => {
    expect(decide(undefined, 0, [resource('web'), resource('same', 'Synced')])).toMatchObject({
      only: [{ kind: 'Deployment', name: 'web' }],
    });
  });

  it('leaves a resource that is fought over, and repairs the others', () => {
    expect(decide(5, 90_000, [resource('web')], [LEFT])).toEqual({ act: 'leave' });
    expect(decide(5, 90_000, [resource('web'), resource('api')], [LEFT])).toMatchObject({
      act: 'start',
      only: [{ name: 'api' }],
    });
  });

  it('no longer leaves it once a look finds it as Git wants it', () => {
    const quiet = { ...LEFT, seenAt: later(-60) };
    expect(decide(5, 90_000, [resource('web')], [quiet])).toMatchObject({ act: 'start', only: [{ name: 'web' }] });
  });
});
