import { describe, expect, it } from 'vitest';
import type { Application } from '../../src/spec/application.ts';
import type { SyncWindow } from '../../src/spec/project.ts';
import { isActive, windowsFor, windowsVerdict } from '../../src/sync/windows.ts';

/** A day of which every minute is in the window, and one that is never active at noon. */
const ACTIVE = { schedule: '0 8 * * *', duration: '8h', applications: ['*'] };
const INACTIVE = { schedule: '0 20 * * *', duration: '1h', applications: ['*'] };
const NOON = '2026-03-02T12:00:00Z';

const deny = (more: Partial<SyncWindow> = {}): SyncWindow => ({ kind: 'deny', ...ACTIVE, ...more });
const allow = (more: Partial<SyncWindow> = {}): SyncWindow => ({ kind: 'allow', ...ACTIVE, ...more });

// The rows of "Effect of Sync Windows" in Argo CD's documentation.
describe('whether a sync may run', () => {
  it.each<[string, SyncWindow[], 'automated' | 'manual', boolean]>([
    ['no windows', [], 'automated', true],
    ['an active deny', [deny()], 'automated', false],
    ['an active deny', [deny()], 'manual', false],
    ['an inactive deny', [deny(INACTIVE)], 'automated', true],
    ['an active deny with manualSync', [deny({ manualSync: true })], 'manual', true],
    ['an active deny with manualSync', [deny({ manualSync: true })], 'automated', false],
    ['two active denies, one with manualSync', [deny({ manualSync: true }), deny()], 'manual', false],
    ['an active allow', [allow()], 'automated', true],
    ['an active allow and an active deny', [allow(), deny()], 'automated', false],
    ['an inactive allow', [allow(INACTIVE)], 'automated', false],
    ['an inactive allow with manualSync', [allow({ ...INACTIVE, manualSync: true })], 'manual', true],
    ['an inactive allow with manualSync', [allow({ ...INACTIVE, manualSync: true })], 'automated', false],
    [
      'two inactive allows, one with manualSync',
      [allow({ ...INACTIVE, manualSync: true }), allow(INACTIVE)],
      'manual',
      false,
    ],
    ['an active and an inactive allow', [allow(), allow(INACTIVE)], 'automated', true],
    ['an inactive deny and an inactive allow', [deny(INACTIVE), allow(INACTIVE)], 'automated', false],
    ['a schedule that cannot be read', [deny({ schedule: 'noon' })], 'manual', false],
    ['a duration that cannot be read', [allow({ duration: '1d' })], 'automated', false],
    ['a time zone that does not exist', [allow({ timeZone: 'Mars/Base' })], 'automated', false],
  ])('%s (%j), %s: %j', (_, windows, kind, allowed) => {
    expect(windowsVerdict({ windows, at: NOON, manual: kind === 'manual' }).allowed).toBe(allowed);
  });

  // "Transition Scenarios" of the same page; the sync began at 07:30, or at 19:30 where the allow window was open.
  const MORNING = { schedule: '0 7 * * *', duration: '1h', applications: ['*'] };
  it.each<[string, SyncWindow[], boolean]>([
    ['no window → deny with overrun', [deny({ syncOverrun: true })], true],
    ['no window → deny without overrun', [deny()], false],
    [
      'allow with overrun → deny with overrun',
      [allow({ ...MORNING, syncOverrun: true }), deny({ syncOverrun: true })],
      true,
    ],
    ['allow with overrun → deny without', [allow({ ...MORNING, syncOverrun: true }), deny()], false],
    ['allow without → deny with overrun', [allow(MORNING), deny({ syncOverrun: true })], true],
    ['allow without → deny without', [allow(MORNING), deny()], false],
    ['allow with overrun → it ends', [allow({ ...MORNING, syncOverrun: true })], true],
    [
      'two allows with overrun → both end',
      [allow({ ...MORNING, syncOverrun: true }), allow({ ...MORNING, syncOverrun: true })],
      true,
    ],
    ['two allows, one without → both end', [allow({ ...MORNING, syncOverrun: true }), allow(MORNING)], false],
    ['it began when it was not allowed', [allow({ ...INACTIVE, syncOverrun: true })], false],
  ])('a sync under way, %s: %#', (_, windows, allowed) => {
    const question = { windows, at: NOON, manual: false, startedAt: '2026-03-02T07:30:00Z' };
    expect(windowsVerdict(question).allowed).toBe(allowed);
  });

  it('says which window holds a sync back, and from when on it may run', () => {
    const windows = [deny({ timeZone: 'Europe/Berlin', description: 'shop is open' })];
    expect(windowsVerdict({ windows, at: NOON, manual: false })).toEqual({
      allowed: false,
      because: 'sync window active: deny 0 8 * * * for 8h (Europe/Berlin: shop is open)',
      until: '2026-03-02T15:00:00.000Z',
    });
  });

  it('waits for the end of all deny windows, and for an allow window where there is one', () => {
    const windows = [
      deny(),
      deny({ schedule: '0 15 * * *', duration: '3h' }),
      allow({ schedule: '30 17 * * *', duration: '2h' }),
    ];
    expect(windowsVerdict({ windows, at: NOON, manual: false })).toMatchObject({ until: '2026-03-02T18:00:00.000Z' });
  });

  it('knows that some windows never let a sync run', () => {
    const windows = [deny({ schedule: '* * * * *', duration: '1h' })];
    const verdict = windowsVerdict({ windows, at: NOON, manual: false });
    expect(verdict.allowed).toBe(false);
    expect(verdict).not.toHaveProperty('until');
  });
});

describe('when a window is active', () => {
  const window = (schedule: string, duration: string, timeZone?: string): SyncWindow => ({
    kind: 'deny',
    schedule,
    duration,
    ...(timeZone === undefined ? {} : { timeZone }),
  });

  it.each<[string, SyncWindow, string, boolean]>([
    ['from its first moment', window('0 22 * * *', '1h'), '2026-01-01T22:00:00Z', true],
    ['before its first moment', window('0 22 * * *', '1h'), '2026-01-01T21:59:59Z', false],
    ['to its last moment', window('0 22 * * *', '1h'), '2026-01-01T22:59:59Z', true],
    ['after its last moment', window('0 22 * * *', '1h'), '2026-01-01T23:00:00Z', false],
    ['over midnight', window('0 22 * * *', '8h'), '2026-01-02T05:00:00Z', true],
    ['over a weekend', window('0 18 * * 5', '62h'), '2026-01-04T12:00:00Z', true],
    ['in its time zone, in winter', window('0 22 * * *', '1h', 'Europe/Amsterdam'), '2026-01-01T21:30:00Z', true],
    ['in its time zone, in summer', window('0 22 * * *', '1h', 'Europe/Amsterdam'), '2026-07-01T20:30:00Z', true],
    ['not in UTC then', window('0 22 * * *', '1h', 'Europe/Amsterdam'), '2026-07-01T22:30:00Z', false],
    ['in a zone half an hour off', window('0 0 * * *', '10m', 'Asia/Kolkata'), '2026-01-01T18:35:00Z', true],
    ['in the hour that the clocks skip', window('30 2 29 3 *', '1h', 'Europe/Berlin'), '2026-03-29T01:15:00Z', true],
    ['on the 13th or a Friday', window('0 0 13 * FRI', '24h'), '2026-01-02T10:00:00Z', true],
    ['on Mondays of odd days or any Monday', window('0 0 */2 * 1', '24h'), '2026-01-12T10:00:00Z', true],
    ['on a day that never comes', window('0 0 30 2 *', '24h'), '2026-03-02T10:00:00Z', false],
    ['every quarter past five', window('5/15 * * * *', '1m'), '2026-01-01T10:20:30Z', true],
  ])('%s: %j at %s: %j', (_, each, at, active) => {
    expect(isActive(each, at)).toBe(active);
  });
});

describe('which applications a window concerns', () => {
  const shop: Application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop-prod' },
    spec: { project: 'shop', destination: { name: 'eu', namespace: 'shop' } },
  };

  it.each<[Partial<SyncWindow>, boolean]>([
    [{}, false],
    [{ andOperator: true }, false],
    [{ applications: ['*-prod'] }, true],
    [{ applications: ['web'] }, false],
    [{ clusters: ['eu'] }, true],
    [{ clusters: ['https://*'] }, false],
    [{ namespaces: ['sh?p'] }, true],
    [{ applications: ['web'], namespaces: ['shop'] }, true],
    [{ applications: ['web'], namespaces: ['shop'], andOperator: true }, false],
    [{ applications: ['shop-*'], namespaces: ['shop'], andOperator: true }, true],
    [{ applications: ['shop-*'], clusters: ['us'], namespaces: ['shop'], andOperator: true }, false],
  ])('%j: %j', (selectors, concerned) => {
    const window: SyncWindow = { kind: 'deny', schedule: '* * * * *', duration: '1h', ...selectors };
    expect(windowsFor([window], shop)).toHaveLength(concerned ? 1 : 0);
  });
});
