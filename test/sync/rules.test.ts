import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { hookDeletePolicies } from '../../src/sync/hooks.ts';
import { type AutomatedInput, automated, readSyncOptions, unknownSyncOptions } from '../../src/sync/index.ts';
import { applyOptions, isClientSide, resourceOptions } from '../../src/sync/options.ts';
import { goSeconds, retryAfter } from '../../src/sync/retry.ts';

describe('sync options', () => {
  it.each([
    ['Prune=false', { prune: 'no' }],
    ['Prune=confirm', { prune: 'confirm' }],
    [' PruneLast = true ', { pruneLast: true }],
    ['PrunePropagationPolicy=background', { propagation: 'Background' }],
    ['Validate=false', { validate: false }],
    ['Replace=true', { replace: true }],
    ['CreateNamespace=true', { createNamespace: true }],
    ['ServerSideApply=false', { serverSide: false }],
    ['ApplyOutOfSyncOnly=true', { applyOutOfSyncOnly: true }],
    ['FailOnSharedResource=true', { failOnSharedResource: true }],
  ])('%s is read', (text, expected) => {
    expect(readSyncOptions([text])).toMatchObject(expected);
  });

  it('of a resource win over those of the application', () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', annotations: { [ANNOTATION.syncOptions]: 'Replace=false, Validate=false' } },
    };
    const read = resourceOptions(manifest, readSyncOptions(['Replace=true', 'PruneLast=true']));
    expect(read).toMatchObject({ replace: false, validate: false, pruneLast: true });
    expect(applyOptions(read)).toEqual({
      ...{ force: true, migrate: true, validate: 'Ignore' },
      ...{ replace: false, clientSide: false },
    });
  });

  it.each([
    [[], undefined, false],
    [['ServerSideApply=false'], undefined, true],
    [['ServerSideApply=true'], undefined, false],
    [['ServerSideApply=false'], 'ServerSideApply=true', false],
    [['ServerSideApply=true'], 'ServerSideApply=false', true],
    [['ServerSideApply=false'], 'Prune=false', true],
    [['ServerSideApply=false', 'Replace=true'], undefined, false],
    [['ServerSideApply=false'], 'Replace=true', false],
  ])('%j and at the resource %j: applied client-side is %j', (texts, own, expected) => {
    const annotations = own === undefined ? {} : { [ANNOTATION.syncOptions]: own };
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', annotations } };
    expect(isClientSide(manifest, readSyncOptions(texts))).toBe(expected);
  });

  it('leave the namespace of CreateNamespace=true to server-side apply, as Argo CD does', () => {
    const options = readSyncOptions(['CreateNamespace=true', 'ServerSideApply=false']);
    const created = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    const own = {
      ...created,
      metadata: { name: 'shop', annotations: { [ANNOTATION.trackingId]: 'shop:/Namespace:/shop' } },
    };
    expect([isClientSide(created, options), isClientSide(own, options)]).toEqual([false, true]);
  });

  it('that trimtab does not know are named, each once', () => {
    const texts = [
      'ServerSideApply=true',
      'ServerSideApply=false',
      'prune=false',
      'Prune=maybe',
      'Validate=false',
      '__proto__=x',
      '',
    ];
    const problems = unknownSyncOptions(texts, { application: 'shop' });
    expect(problems.map((problem) => problem.message.split(':')[0])).toEqual([
      'the sync option "prune=false" has no effect',
      'the sync option "Prune=maybe" has no effect',
      'the sync option "__proto__=x" has no effect',
    ]);
  });
});

describe('Force=true', () => {
  it('counts at a resource alone: as in Argo CD no application says of all that it has that it may be deleted', () => {
    const forced = readSyncOptions(['Replace=true', 'Force=true']);
    const manifest = (annotations: Readonly<Record<string, string>>) =>
      resourceOptions({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'import', annotations } }, forced);
    expect(manifest({})).toMatchObject({ replace: true, force: false });
    expect(manifest({ [ANNOTATION.syncOptions]: 'Force=true' })).toMatchObject({ replace: true, force: true });
  });
});

describe('hook deletion policies', () => {
  it.each([
    [undefined, undefined, ['BeforeHookCreation']],
    ['HookSucceeded', undefined, ['HookSucceeded']],
    ['HookSucceeded, HookFailed', undefined, ['HookSucceeded', 'HookFailed']],
    [undefined, 'before-hook-creation,hook-failed', ['BeforeHookCreation', 'HookFailed']],
    ['HookSucceeded', 'hook-failed', ['HookSucceeded', 'HookFailed']],
    ['Nonsense', undefined, ['BeforeHookCreation']],
  ])("Argo CD's %s and Helm's %s", (own, helm, expected) => {
    const annotations = {
      ...(own === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: own }),
      ...(helm === undefined ? {} : { [ANNOTATION.helmHookDeletePolicy]: helm }),
    };
    expect(hookDeletePolicies({ apiVersion: 'v1', kind: 'Pod', metadata: { annotations } })).toEqual(expected);
  });
});

describe('retry', () => {
  const policy = { limit: 5, backoff: { duration: '5s', factor: 2, maxDuration: '1m' } };

  it('waits duration × factor, at most maxDuration, until the limit', () => {
    expect([0, 1, 2, 3, 4, 5].map((attempt) => retryAfter(policy, 'push', attempt))).toEqual([
      5,
      10,
      20,
      40,
      60,
      undefined,
    ]);
  });

  it.each([
    ['an automated sync without a policy tries five times more', undefined, 'push', 4, 80],
    ['and no sixth time', undefined, 'schedule', 5, undefined],
    ['a sync by hand without a policy never tries again', undefined, 'command', 0, undefined],
    ['a policy counts by hand, too', { limit: 1 }, 'cli', 0, 5],
    ['a limit below 0 is for ever', { limit: -1 }, 'push', 1000, 180],
    ['no limit is none', { backoff: { duration: '1s' } }, 'push', 0, undefined],
    ['a factor below 1 does not shorten the wait', { limit: 9, backoff: { factor: 0 } }, 'push', 3, 5],
  ] as const)('%s', (_, of, trigger, attempt, seconds) => {
    expect(retryAfter(of, trigger, attempt)).toBe(seconds);
  });

  it.each([
    ['5s', 5],
    ['1h30m', 5400],
    ['1m0.5s', 60.5],
    ['90', 90],
    ['soon', undefined],
    ['', undefined],
    ['-5s', undefined],
  ])('reads the Go duration %j', (text, seconds) => {
    expect(goSeconds(text)).toBe(seconds);
  });
});

describe('automated sync', () => {
  const status = (sync: 'Synced' | 'OutOfSync' | 'Unknown', requiresPruning = false): AutomatedInput['status'] => ({
    sync,
    resources: [
      {
        key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'web' },
        version: 'v1',
        sync,
        requiresPruning,
        hook: false,
      },
    ],
  });
  const tried = { revisions: ['aaa'], parameters: 'ddd' };
  const input: AutomatedInput = {
    policy: { automated: {} },
    status: status('OutOfSync'),
    revisions: ['aaa'],
    parameters: 'ddd',
    lastPhase: undefined,
  };
  const healing: AutomatedInput = {
    ...input,
    policy: { automated: { selfHeal: true } },
    status: { ...status('OutOfSync'), lastAttempt: tried },
    lastPhase: 'Succeeded',
  };

  const cases: readonly [string, AutomatedInput, string | false][] = [
    ['starts when Git says something new', input, 'schedule'],
    ['does not start without the policy', { ...input, policy: {} }, false],
    ['does not start when it is disabled', { ...input, policy: { automated: { enabled: false } } }, false],
    ['does not start when all is in sync', { ...input, status: status('Synced') }, false],
    ['does not start when the state is not known', { ...input, status: status('Unknown') }, false],
    ['does not start while an operation runs', { ...input, lastPhase: 'Running' }, false],
    [
      'does not start when only pruning is left, and prune is off',
      { ...input, status: status('OutOfSync', true) },
      false,
    ],
    [
      'starts when only pruning is left, and prune is on',
      { ...input, policy: { automated: { prune: true } }, status: status('OutOfSync', true) },
      'schedule',
    ],
    ['tries a revision once', { ...healing, policy: { automated: {} } }, false],
    [
      'tries a revision once, even if that failed',
      { ...healing, policy: { automated: {} }, lastPhase: 'Failed' },
      false,
    ],
    ['heals drift of a revision that was synced', healing, 'self-heal'],
    ['does not heal what failed to sync', { ...healing, lastPhase: 'Failed' }, false],
    ['takes a new revision for new', { ...healing, revisions: ['bbb'], lastPhase: 'Failed' }, 'schedule'],
    ['takes a changed Application for new', { ...healing, parameters: 'eee', lastPhase: 'Failed' }, 'schedule'],
  ];

  it.each(cases)('%s', (_, of, expected) => {
    const decision = automated(of);
    expect(decision.start ? decision.trigger : false).toBe(expected);
    expect(decision.because).not.toBe('');
  });
});
