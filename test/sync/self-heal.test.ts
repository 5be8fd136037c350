import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/spec/change.ts';
import type { HealRounds } from '../../src/spec/operation.ts';
import { lastedHeal, type SelfHealDecision, selfHeal } from '../../src/sync/self-heal.ts';

const ENDED = '2026-03-02T10:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(ENDED) + seconds * 1000).toISOString();

function drifted(path: string, manager: string | undefined): Change {
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    action: 'update',
    fields: [{ path, from: 5, to: 2, ...(manager === undefined ? {} : { manager }) }],
    before: '',
    after: '',
    hook: false,
    wave: 0,
  };
}

const SCALED = [drifted('spec.replicas', 'scaler')];
const outOfSync = (drift: readonly Change[]) => ({ sync: 'OutOfSync', drift }) as const;
const repair = (heal: HealRounds) => ({ id: 'last', heal, startedAt: ENDED, finishedAt: ENDED });
/** A sync that was no repair: a new revision, or somebody's `/sync`. */
const SYNC = { id: 'sync', startedAt: ENDED, finishedAt: ENDED };

function decide(heal: HealRounds | undefined, seconds: number, drift = SCALED): SelfHealDecision {
  const last = heal === undefined ? SYNC : repair(heal);
  return selfHeal({ status: outOfSync(drift), last, now: later(seconds) });
}

/** Repairs as soon as it is permitted; answers the waits and the last decision. */
function heals(drifts: readonly (readonly Change[])[]): {
  readonly waits: readonly number[];
  readonly end: SelfHealDecision;
} {
  let heal: HealRounds | undefined;
  let end: SelfHealDecision = { act: 'wait', seconds: 0 };
  const waits: number[] = [];
  for (const drift of drifts) {
    const last = heal === undefined ? SYNC : repair(heal);
    const first = selfHeal({ status: outOfSync(drift), last, now: ENDED });
    const seconds = first.act === 'wait' ? first.seconds : 0;
    end = selfHeal({ status: outOfSync(drift), last, now: later(seconds) });
    if (end.act !== 'start') break;
    waits.push(seconds);
    heal = end.heal;
  }
  return { waits, end };
}

describe('self-heal of the same revisions', () => {
  const nobodys = [drifted('spec.replicas', undefined)];

  it('comes at once, then 2 seconds after the last one ended, then three times as long, at most 300 seconds', () => {
    expect(heals(Array(8).fill(nobodys)).waits).toEqual([0, 2, 6, 18, 54, 162, 300, 300]);
  });

  it('says how much is left to wait', () => {
    const third = { attempts: 3, rounds: 1, fields: [] };
    expect(decide(third, 5)).toEqual({ act: 'wait', seconds: 13 });
    expect(decide(third, 18)).toMatchObject({ act: 'start', heal: { attempts: 4 } });
  });

  it('begins anew after a sync that was no repair', () => {
    expect(decide(undefined, 0)).toMatchObject({ act: 'start', heal: { attempts: 1, rounds: 1 } });
  });

  it('begins anew once a repair has lasted, as a look says that finds it Synced 330 seconds later', () => {
    const last = repair({ attempts: 7, rounds: 4, fields: [] });
    const synced = { sync: 'Synced', drift: [] } as const;
    expect(lastedHeal({ status: synced, last, now: later(329) })).toBeUndefined();
    expect(lastedHeal({ status: synced, last, now: later(330) })).toBe('last');
    expect(lastedHeal({ status: outOfSync(SCALED), last, now: later(400) })).toBeUndefined();
    const status = { ...outOfSync(SCALED), lastedHeal: 'last' };
    expect(lastedHeal({ status, last, now: later(400) })).toBe('last');
    expect(lastedHeal({ status, last: { ...last, id: 'another' }, now: later(400) })).toBeUndefined();
    expect(selfHeal({ status, last, now: later(1) })).toMatchObject({ act: 'start', heal: { attempts: 1, rounds: 1 } });
  });
});

describe('a field that another manager writes again after each repair', () => {
  const FIVE = {
    attempts: 5,
    rounds: 5,
    fields: [{ resource: 'Deployment shop/web', path: 'spec.replicas', manager: 'scaler' }],
  };

  it('is repaired five times, then left, naming resource, field and manager', () => {
    const { waits, end } = heals(Array(9).fill(SCALED));
    expect(waits).toHaveLength(5);
    expect(end).toMatchObject({
      act: 'leave',
      because: expect.stringContaining('scaler changed spec.replicas of Deployment shop/web again'),
    });
  });

  it('is left however long ago the last repair was, and whatever else drifts beside it', () => {
    expect(decide(FIVE, 90_000).act).toBe('leave');
    expect(decide(FIVE, 400, [...SCALED, drifted('spec.paused', 'kubectl-edit')]).act).toBe('leave');
  });

  it('is found although something else drifts in every other round', () => {
    const more = [...SCALED, drifted('spec.paused', 'kubectl-edit')];
    expect(heals([SCALED, more, SCALED, more, SCALED, more]).end.act).toBe('leave');
  });

  it.each([
    ['another field', [drifted('spec.paused', 'scaler')]],
    ['another manager', [drifted('spec.replicas', 'kubectl-edit')]],
  ])('no longer counts when %s drifts', (_, drift) => {
    expect(decide(FIVE, 400, drift)).toMatchObject({ act: 'start', heal: { attempts: 6, rounds: 1 } });
  });

  it.each([undefined, 'trimtab'])('is none of those that %s wrote: they are repaired for ever', (manager) => {
    expect(heals(Array(9).fill([drifted('spec.replicas', manager)])).waits).toHaveLength(9);
  });
});
