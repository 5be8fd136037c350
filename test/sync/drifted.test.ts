import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/spec/change.ts';
import type { ApplicationStatus, Drifted, Operation, ResourceStatus } from '../../src/spec/operation.ts';
import { type DriftedInput, driftedAfter, isFight } from '../../src/sync/drifted.ts';
import { fight } from '../../src/sync/self-heal.ts';

const BEGIN = Date.parse('2026-03-02T10:00:00.000Z');
const at = (seconds: number): string => new Date(BEGIN + seconds * 1000).toISOString();
const KEY = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };

function change(action: Change['action'], fields: Change['fields'] = []): Change {
  return { key: KEY, action, fields, before: '', after: '', hook: false, wave: 0 };
}

const scaled = (from = 5, to = 2, manager = 'scaler'): readonly Change[] => [
  change('update', [{ path: 'spec.replicas', from, to, manager }]),
];
const TAKEN = [change('update', [{ path: 'spec.replicas', from: undefined, to: 2 }])];
const GONE = [change('create')];
const EXTRA = [change('delete')];

const WEB: ResourceStatus = {
  key: KEY,
  version: 'v1',
  sync: 'Synced',
  health: { status: 'Healthy', message: '' },
  requiresPruning: false,
  hook: false,
};

function look(seconds: number, drift: readonly Change[], more: Partial<ApplicationStatus> = {}): ApplicationStatus {
  return {
    application: 'shop',
    sync: drift.length === 0 ? 'Synced' : 'OutOfSync',
    health: { status: 'Healthy', message: '' },
    healthSince: at(0),
    revisions: ['r1'],
    definition: 'd1',
    conditions: [],
    resources: [WEB],
    drift,
    observedAt: at(seconds),
    ...more,
  };
}

function operation(id: string, seconds: number, more: Partial<Operation> = {}): Operation {
  return {
    id,
    application: 'shop',
    revisions: ['r1'],
    definition: 'd1',
    trigger: { kind: 'self-heal' },
    phase: 'Succeeded',
    message: '',
    startedAt: at(seconds),
    finishedAt: at(seconds),
    deadline: at(7200),
    looks: 1,
    attempt: 0,
    prune: true,
    ...more,
  };
}

const SYNC = operation('sync', 0, { trigger: { kind: 'push' } });

/** Looks one after the other, each with the operation that was newest; what is remembered after the last one. */
function looked(
  ...looks: readonly { readonly status: ApplicationStatus; readonly last?: Operation; readonly selfHeal?: boolean }[]
): ApplicationStatus {
  let before: ApplicationStatus | undefined;
  for (const { status, last = SYNC, selfHeal = true } of looks) {
    const input: DriftedInput = { before, status, last, selfHeal };
    before = { ...status, drifted: driftedAfter(input) };
  }
  return before ?? expect.unreachable();
}

/** The same drift after each of so many repairs, a minute apart. */
const undone = (times: number, drift = scaled()) =>
  Array.from({ length: times + 1 }, (_, nth) => ({
    status: look(nth * 60 + 30, drift),
    last: nth === 0 ? SYNC : operation(`heal-${nth}`, nth * 60),
  }));

const summary = ({ drifted = [] }: ApplicationStatus) =>
  drifted.map(({ resource, is, path, manager, undone: times, left }: Drifted) =>
    [resource, is, path, manager, times, left && 'left'].filter((one) => one !== undefined).join(' '),
  );

describe('what is somebody’s work', () => {
  it.each<[string, readonly Change[], Partial<ApplicationStatus>, readonly string[]]>([
    ['a field that another manager wrote', scaled(), {}, ['Deployment shop/web changed spec.replicas scaler 0']],
    [
      'a field that another manager wrote, in the same moment as Git changed another one',
      scaled(),
      { revisions: ['r2'] },
      ['Deployment shop/web changed spec.replicas scaler 0'],
    ],
    [
      'a field that is there no more, of a resource that was as Git wants it',
      TAKEN,
      {},
      ['Deployment shop/web changed spec.replicas 0'],
    ],
    ['not a field that a new commit asks for', TAKEN, { revisions: ['r2'] }, []],
    ['not a value of trimtab’s that a new commit changes', scaled(5, 2, 'trimtab'), { revisions: ['r2'] }, []],
    ['a resource that was there', GONE, {}, ['Deployment shop/web gone 0']],
    [
      'a resource that was there, and went while Git said something new',
      GONE,
      { revisions: ['r2'], definition: 'd2' },
      ['Deployment shop/web gone 0'],
    ],
  ])('%s', (_, drift, more, expected) => {
    expect(summary(looked({ status: look(0, []) }, { status: look(60, drift, more) }))).toEqual(expected);
  });

  it('is not a resource that was never there', () => {
    const missing = { ...WEB, sync: 'OutOfSync', health: { status: 'Missing', message: '' } } as const;
    expect(summary(looked({ status: look(0, GONE) }))).toEqual([]);
    const first = look(0, GONE, { resources: [missing] });
    expect(summary(looked({ status: first }, { status: look(60, GONE, { resources: [missing] }) }))).toEqual([]);
  });

  it('is a resource that the newest sync made, and that is gone before any look saw it', () => {
    const task = {
      key: KEY,
      apiVersion: 'apps/v1',
      phase: 'Sync',
      wave: 0,
      action: 'apply',
      status: 'Succeeded',
      message: '',
      hookDeletePolicies: [],
    } as const;
    expect(summary(looked({ status: look(0, GONE), last: { ...SYNC, tasks: [task] } }))).toEqual([
      'Deployment shop/web gone 0',
    ]);
    const refused = { ...SYNC, phase: 'Failed', tasks: [{ ...task, status: 'Failed' }] } as const;
    expect(summary(looked({ status: look(0, GONE), last: refused }))).toEqual([]);
  });

  it('is an object that came to an application, and not one that Git took out', () => {
    expect(summary(looked({ status: look(0, [], { resources: [] }) }, { status: look(60, EXTRA) }))).toEqual([
      'Deployment shop/web extra 0',
    ]);
    expect(summary(looked({ status: look(0, []) }, { status: look(60, EXTRA, { revisions: ['r2'] }) }))).toEqual([]);
  });

  it('stays while Git says something else, says since when it is known, and is not known anew by each look', () => {
    const looks = [
      { status: look(0, []) },
      { status: look(60, GONE) },
      { status: look(240, GONE, { revisions: ['r2'], definition: 'd2' }) },
    ];
    expect(looked(...looks).drifted).toMatchObject([{ since: at(60), seenAt: at(240) }]);
  });

  it('is as it was while a sync runs, and where a look could not compare', () => {
    const looks = [{ status: look(0, []) }, { status: look(60, scaled()) }];
    const { drifted } = looked(...looks);
    const running = operation('running', 70, { phase: 'Running' });
    expect(looked(...looks, { status: look(90, GONE), last: running }).drifted).toEqual(drifted);
    expect(looked(...looks, { status: look(90, [], { sync: 'Unknown' }) }).drifted).toEqual(drifted);
  });
});

describe('a fight', () => {
  const FOUGHT = ['Deployment shop/web changed spec.replicas scaler 5 left'];

  it('is what is back after each of five repairs, whatever the other value is', () => {
    expect(summary(looked(...undone(4)))).toEqual(['Deployment shop/web changed spec.replicas scaler 4']);
    expect(summary(looked(...undone(4), { status: look(330, scaled(9)), last: operation('heal-5', 300) }))).toEqual(
      FOUGHT,
    );
  });

  it('is counted once a repair, however many looks find the same', () => {
    const [first, second] = undone(1);
    if (first === undefined || second === undefined) return expect.unreachable();
    expect(summary(looked(first, first, second, second, second))).toEqual([
      'Deployment shop/web changed spec.replicas scaler 1',
    ]);
  });

  it('goes on through commits that do not change the field, and through the syncs that they bring', () => {
    const commits = undone(5).map(({ status, last }, nth) => ({
      status: { ...status, revisions: [`r${nth}`], definition: `d${nth}` },
      last: { ...last, revisions: [`r${nth}`], definition: `d${nth}`, trigger: { kind: 'push' } } as const,
    }));
    expect(summary(looked(...commits))).toEqual(FOUGHT);
    const quiet = { status: look(400, [], { revisions: ['r9'] }), last: operation('commit', 390) };
    const again = { status: look(420, scaled(), { revisions: ['r9'] }), last: operation('commit', 390) };
    expect(summary(looked(...commits, quiet, again))).toEqual([
      'Deployment shop/web changed spec.replicas scaler 6 left',
    ]);
  });

  it('ends when Git wants another value there', () => {
    const changed = { status: look(400, scaled(5, 3), { revisions: ['r2'] }), last: operation('heal-5', 300) };
    expect(summary(looked(...undone(5), changed))).toEqual(['Deployment shop/web changed spec.replicas scaler 0']);
  });

  it('ends when the field is as Git wants it for 330 seconds, and not before', () => {
    const last = operation('heal-5', 300);
    const quiet = (seconds: number) => ({ status: look(seconds, []), last });
    expect(looked(...undone(5), quiet(330 + 329)).drifted).toHaveLength(1);
    expect(looked(...undone(5), quiet(330 + 330)).drifted).toEqual([]);
    // Left alone for hours, and for once by chance as Git wants it
    const long = { status: look(9000, scaled()), last };
    expect(looked(...undone(5), long, quiet(9180)).drifted).toHaveLength(1);
    expect(looked(...undone(5), long, quiet(9180), quiet(9330)).drifted).toEqual([]);
  });

  it('ends when somebody syncs it by hand, and not when they sync another resource', () => {
    const byHand = operation('by-hand', 340, { trigger: { kind: 'command', actor: 'octocat' } });
    const again = look(350, scaled());
    expect(summary(looked(...undone(5), { status: again, last: byHand }))).toEqual([
      'Deployment shop/web changed spec.replicas scaler 0',
    ]);
    const other = { ...byHand, only: [{ ...KEY, name: 'other' }] };
    expect(summary(looked(...undone(5), { status: again, last: other }))).toEqual(FOUGHT);
  });

  it('is none where nothing heals itself, nor while syncs fail', () => {
    const looks = undone(5).map((one) => ({ ...one, selfHeal: false }));
    expect(summary(looked(...looks))).toEqual(['Deployment shop/web changed spec.replicas scaler 5']);
    const failing = undone(5).map(({ status, last }) => ({ status, last: { ...last, phase: 'Failed' } as const }));
    expect(summary(looked(...failing))).toEqual(['Deployment shop/web changed spec.replicas scaler 0']);
  });

  it.each([
    ['a resource that is deleted', GONE, 'somebody deleted Deployment shop/web again'],
    ['a field that is taken away', TAKEN, 'somebody changed spec.replicas of Deployment'],
    ['a value that a webhook changes', scaled(5, 2, 'trimtab'), 'a webhook say, changed spec.replicas of Deployment'],
    [
      'a value that another writes',
      scaled(),
      'scaler changed spec.replicas of Deployment shop/web again after each of 5',
    ],
  ])('is as well %s after each repair, and says so', (_, drift, expected) => {
    const status = looked({ status: look(0, []) }, ...undone(5, drift));
    expect(fight(status)).toContain(expected);
    expect(fight(status)).toContain('self-heal leaves Deployment shop/web as it is');
    expect(isFight(status)).toBe(true);
    expect(isFight({ ...status, drift: [...drift, ...EXTRA] })).toBe(false);
  });

  it('is remembered of a hundred changes at most, those that came most often first', () => {
    const many = Array.from({ length: 150 }, (_, nth) => ({
      ...change('create'),
      key: { ...KEY, name: `web-${nth}` },
    }));
    const resources = many.map(({ key }) => ({ ...WEB, key }));
    const rounds = undone(1).map(({ status, last }) => ({ status: { ...status, resources }, last }));
    const status = looked(...rounds, {
      status: look(100, [...many, ...scaled()], { resources }),
      last: operation('heal-1', 60),
    });
    expect(status.drifted).toHaveLength(100);
    expect(status.drifted?.[0]).toMatchObject({ path: 'spec.replicas', undone: 1 });
  });
});
