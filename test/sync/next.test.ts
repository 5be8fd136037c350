import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Operation } from '../../src/spec/operation.ts';
import { Problem } from '../../src/spec/problem.ts';
import { next, plan, readSyncOptions, ready, record, terminate } from '../../src/sync/index.ts';
import { BEGUN, RULES, resource, simulate, type World } from './simulation.ts';

const payments: World = {
  rules: RULES,
  rendered: [
    resource('Ingress', 'web', { wave: 3 }),
    resource('Service', 'web', { wave: 2 }),
    resource('Deployment', 'web', { wave: 1 }),
    resource('Secret', 'web'),
    resource('ConfigMap', 'web'),
    resource('Namespace', 'shop', { wave: -1 }),
    resource('Job', 'migrate', { hook: 'PreSync', policy: 'BeforeHookCreation' }),
    resource('Job', 'smoke', { hook: 'PostSync', policy: 'HookSucceeded' }),
  ],
  behaviour: { migrate: { takes: 3 }, web: { takes: 4 }, smoke: { takes: 2 } },
};

describe('a sync with phases, waves and hooks', () => {
  it('runs PreSync, the waves in order and PostSync, each after the one before is done', () => {
    const { operation, log } = simulate(payments);
    expect(operation.phase).toBe('Succeeded');
    expect(operation.message).toBe('successfully synced (all tasks run)');
    expect(log).toEqual([
      'apply Namespace/shop',
      'create Job/migrate',
      'apply Secret/web',
      'apply ConfigMap/web',
      'apply Deployment/web',
      'apply Service/web',
      'apply Ingress/web',
      'create Job/smoke',
      'remove Job/smoke',
    ]);
  });

  it('says what it waits for while a Deployment rolls out', () => {
    const { step, cluster } = stepper([resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })]);
    step();
    cluster.set('apps/Deployment:shop/web', { status: 'Progressing', message: '1 of 3 updated' });
    const waiting = step();
    expect(waiting.operation.message).toBe('waiting for healthy state of Deployment shop/web');
    expect(waiting.operation.tasks?.[0]?.message).toBe('1 of 3 updated');
    expect(waiting.actions).toEqual([]);
    cluster.set('apps/Deployment:shop/web', { status: 'Healthy', message: '' });
    expect(step().operation.tasks?.[0]).toMatchObject({ status: 'Succeeded', message: 'created' });
  });

  it('looks again after 1, 2, 4, 8 and then every 15 seconds while nothing changes', () => {
    const { step, cluster } = stepper([resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })]);
    step();
    cluster.set('apps/Deployment:shop/web', { status: 'Progressing', message: '' });
    expect([step(), step(), step(), step(), step(), step()].map(({ wake }) => wake)).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('pauses two seconds between waves', () => {
    const { step, cluster } = stepper([resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })]);
    step();
    cluster.set('apps/Deployment:shop/web', { status: 'Healthy', message: '' });
    expect(step()).toMatchObject({ actions: [], wake: 2 });
    expect(step(2).actions).toMatchObject([{ kind: 'apply', manifest: { kind: 'Service' } }]);
  });

  it('is over after applying when there is only one wave, whatever the health, as in Argo CD', () => {
    const { operation } = simulate({
      rules: RULES,
      rendered: [resource('Deployment', 'web'), resource('Service', 'web')],
      behaviour: { web: { takes: 600 } },
    });
    expect(operation.phase).toBe('Succeeded');
  });

  it.each<[string, readonly Manifest[]]>([
    ['the last of several waves', [resource('ConfigMap', 'first', { wave: -1 }), resource('Deployment', 'web')]],
    [
      'what comes after PreSync hooks',
      [resource('Job', 'migrate', { hook: 'PreSync' }), resource('Deployment', 'web')],
    ],
    [
      'the last wave where only SyncFail hooks are left',
      [
        resource('ConfigMap', 'first', { wave: -1 }),
        resource('Deployment', 'web'),
        resource('Job', 'alarm', { hook: 'SyncFail', wave: 9 }),
      ],
    ],
  ])('does not wait for the health of %s, whatever becomes of it, as in Argo CD', (_, rendered) => {
    const behaviour = { web: { takes: 0, fails: true } };
    const { operation, log } = simulate({ rules: { ...RULES, retry: { limit: 3 } }, rendered, behaviour });
    expect(operation).toMatchObject({ phase: 'Succeeded', attempt: 0 });
    expect(log.filter((line) => line.includes('Deployment'))).toEqual(['apply Deployment/web']);
  });

  it.each<[string, readonly Manifest[]]>([
    ['PostSync hooks', [resource('Deployment', 'web'), resource('Job', 'smoke', { hook: 'PostSync' })]],
    [
      'a hook in the last wave, beside which it was applied',
      [
        resource('ConfigMap', 'first', { wave: -1 }),
        resource('Deployment', 'web'),
        resource('Job', 'smoke', { hook: 'Sync' }),
      ],
    ],
  ])('waits for the health of what is followed by %s', (_, rendered) => {
    const { operation } = simulate({ rules: RULES, rendered, behaviour: { web: { takes: 20 } } });
    expect(operation.phase).toBe('Succeeded');
    const failing = simulate({ rules: RULES, rendered, behaviour: { web: { takes: 20, fails: true } } });
    expect(failing.operation).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('Deployment shop/web'),
    });
  });

  it('is over at once when there is nothing to do', () => {
    expect(simulate({ rules: RULES, rendered: [] }).operation.phase).toBe('Succeeded');
  });

  it('applies again what somebody deleted while its health was waited for', () => {
    const { step, live, cluster } = stepper([resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })]);
    step();
    cluster.set('apps/Deployment:shop/web', { status: 'Progressing', message: '' });
    step();
    live.delete('apps/Deployment:shop/web');
    expect(step().actions).toMatchObject([{ kind: 'apply', manifest: { kind: 'Deployment' } }]);
  });

  it('applies a CustomResourceDefinition before its resources, even in one wave', () => {
    const definition = resource('CustomResourceDefinition', 'crontabs.acme.io', {
      body: { spec: { group: 'acme.io', names: { kind: 'CronTab' } } },
    });
    const custom = { ...resource('CronTab', 'nightly'), apiVersion: 'acme.io/v1' };
    const { step } = stepper([custom, definition]);
    expect(step().actions).toMatchObject([{ manifest: { kind: 'CustomResourceDefinition' } }]);
    expect(step().actions).toMatchObject([{ manifest: { kind: 'CronTab' } }]);
  });
});

describe('a sync that fails', () => {
  it('ends when a PreSync hook fails, names it, and applies nothing', () => {
    const { operation, log } = simulate({ ...payments, behaviour: { migrate: { takes: 3, fails: true } } });
    expect(operation.phase).toBe('Failed');
    expect(operation.message).toBe(
      'one or more synchronization tasks completed unsuccessfully (Job shop/migrate: exit code 1)',
    );
    expect(log).toEqual(['apply Namespace/shop', 'create Job/migrate']);
    expect(operation.tasks?.find((task) => task.key.kind === 'Deployment')).toMatchObject({
      status: 'Skipped',
      message: 'not run: something before it failed',
    });
  });

  it("tells the API server's own reason when it refuses a resource", () => {
    const { operation } = simulate({ ...payments, behaviour: { web: { refused: 9 } } });
    expect(operation.message).toBe(
      'one or more objects failed to apply (Secret shop/web: the API server refused it (cluster-refused); ' +
        'its answer is not shown, because it may quote values of the Secret; ' +
        'ConfigMap shop/web: admission webhook "policy" denied the request)',
    );
  });

  it('fails when a resource of a wave is Degraded, and leaves the later waves alone', () => {
    const { operation, log } = simulate({
      rules: RULES,
      rendered: [resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })],
      behaviour: { web: { takes: 2, fails: true } },
    });
    expect(operation.message).toContain('Deployment shop/web: exit code 1');
    expect(log).toEqual(['apply Deployment/web']);
  });

  it('runs the SyncFail hooks, whose own failure changes nothing', () => {
    const { operation, log } = simulate({
      rules: RULES,
      rendered: [
        resource('Job', 'migrate', { hook: 'PreSync' }),
        resource('Job', 'alarm', { hook: 'SyncFail' }),
        resource('ConfigMap', 'web'),
      ],
      behaviour: { migrate: { fails: true }, alarm: { takes: 2, fails: true } },
    });
    expect(log).toEqual(['create Job/migrate', 'create Job/alarm']);
    expect(operation.message).toContain('Job shop/migrate');
    expect(operation.message).not.toContain('alarm');
  });

  it('waits for other hooks that run before SyncFail hooks start', () => {
    const { log, seconds } = simulate({
      rules: RULES,
      rendered: [
        resource('Job', 'a', { hook: 'PreSync' }),
        resource('Job', 'b', { hook: 'PreSync' }),
        resource('Job', 'alarm', { hook: 'SyncFail' }),
      ],
      behaviour: { a: { fails: true }, b: { takes: 20 } },
    });
    expect(log).toEqual(['create Job/a', 'create Job/b', 'create Job/alarm']);
    expect(seconds).toBeGreaterThanOrEqual(20);
  });

  it('does not run SyncFail hooks when all goes well', () => {
    const { log } = simulate({
      rules: RULES,
      rendered: [resource('ConfigMap', 'web'), resource('Job', 'alarm', { hook: 'SyncFail' })],
    });
    expect(log).toEqual(['apply ConfigMap/web']);
  });

  it('tries again after 5, 10, 20 seconds and succeeds when the cause is gone', () => {
    const { operation, seconds } = simulate({
      rules: { ...RULES, retry: { limit: 3 } },
      rendered: [resource('ConfigMap', 'web')],
      behaviour: { web: { refused: 2 } },
    });
    expect(operation).toMatchObject({ phase: 'Succeeded', attempt: 2 });
    expect(seconds).toBeGreaterThanOrEqual(15);
  });

  it('gives up when its retries are used up, and says how often it tried', () => {
    const { operation } = simulate({
      rules: { ...RULES, retry: { limit: 2 } },
      rendered: [resource('ConfigMap', 'web')],
      behaviour: { web: { refused: 99 } },
    });
    expect(operation.phase).toBe('Failed');
    expect(operation.message).toMatch(/denied the request\) \(tried 3 times\)$/);
  });

  it('ends at its deadline and says what it waited for', () => {
    const { operation } = simulate({
      rules: RULES,
      rendered: [resource('Deployment', 'web'), resource('Service', 'web', { wave: 1 })],
      behaviour: { web: { takes: 9999 } },
      deadline: '2026-11-24T10:05:00.000Z',
    });
    expect(operation).toMatchObject({
      phase: 'Failed',
      message: 'the deadline 2026-11-24T10:05:00.000Z passed while waiting for healthy state of Deployment shop/web',
    });
  });
});

describe('hooks', () => {
  it('deletes the object of the last run first, and waits until it is gone', () => {
    const old = {
      ...resource('Job', 'migrate', { hook: 'PreSync' }),
      metadata: { name: 'migrate', namespace: 'shop', annotations: { [ANNOTATION.operation]: 'op0-0-PreSync' } },
    };
    const { log, operation } = simulate({ ...payments, before: [old] });
    expect(log.slice(1, 3)).toEqual(['remove Job/migrate', 'create Job/migrate']);
    expect(operation.phase).toBe('Succeeded');
  });

  it('keeps a failed hook unless its policy is HookFailed', () => {
    const behaviour = { migrate: { fails: true } };
    const left = (policy: string): readonly string[] =>
      simulate({
        rules: RULES,
        rendered: [resource('Job', 'migrate', { hook: 'PreSync', policy }), resource('ConfigMap', 'web')],
        behaviour,
      }).objects.map((object) => object.metadata.name ?? '');
    expect(left('HookSucceeded')).toEqual(['migrate']);
    expect(left('HookFailed')).toEqual([]);
  });

  it('fails where the name is taken by something that is no hook and no policy allows to delete it', () => {
    const { operation, log } = simulate({
      rules: RULES,
      rendered: [resource('Job', 'migrate', { hook: 'PreSync', policy: 'HookSucceeded' })],
      before: [{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', namespace: 'shop' } }],
    });
    expect(operation.message).toContain('an object of that name is there already, and is no hook');
    expect(log).toEqual([]);
  });

  it('runs a hook of two phases in both', () => {
    const { runs } = simulate({
      rules: RULES,
      rendered: [resource('Job', 'check', { hook: 'PreSync,PostSync' }), resource('ConfigMap', 'web')],
    });
    expect([...runs]).toEqual([
      ['op1-0-PreSync check', 1],
      ['op1-0-PostSync check', 1],
    ]);
  });
});

describe('pruning within a sync', () => {
  const owned = (kind: string, name: string, wave: number): Manifest => {
    const manifest = resource(kind, name, { wave });
    const id = `shop:${keyText(keyOf(manifest))}`;
    return {
      ...manifest,
      metadata: {
        ...manifest.metadata,
        annotations: { ...manifest.metadata.annotations, [ANNOTATION.trackingId]: id },
      },
    };
  };
  const before = [owned('ConfigMap', 'first', 0), owned('ConfigMap', 'second', 1), owned('ConfigMap', 'kept', 0)];
  const inventory = before.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) }));

  it('deletes what was created last first, and waits until it is gone', () => {
    const {
      log,
      operation,
      inventory: left,
    } = simulate({
      rules: RULES,
      rendered: [resource('ConfigMap', 'kept')],
      before,
      inventory,
    });
    expect(operation.phase).toBe('Succeeded');
    expect(log).toEqual(['remove ConfigMap/second', 'apply ConfigMap/kept', 'remove ConfigMap/first']);
    expect(left.map((item) => item.key.name)).toEqual(['kept']);
  });

  it('deletes after everything else with PruneLast=true', () => {
    const { log } = simulate({
      rules: { options: readSyncOptions(['PruneLast=true']) },
      rendered: [resource('ConfigMap', 'kept'), resource('ConfigMap', 'new', { wave: 5 })],
      before,
      inventory,
    });
    expect(log.slice(0, 2)).toEqual(['apply ConfigMap/kept', 'apply ConfigMap/new']);
    expect(log.slice(2).sort()).toEqual(['remove ConfigMap/first', 'remove ConfigMap/second']);
  });
});

describe('Replace=true,Force=true', () => {
  it('deletes the object that was there, and creates it anew, once', () => {
    const web = resource('Job', 'import');
    const forced = {
      ...web,
      metadata: { ...web.metadata, annotations: { [ANNOTATION.syncOptions]: 'Replace=true, Force=true' } },
    };
    const { log, operation } = simulate({ rules: RULES, rendered: [forced], before: [web] });
    expect(operation.phase).toBe('Succeeded');
    expect(log).toEqual(['remove Job/import', 'apply Job/import']);
  });
});

describe('terminating', () => {
  it('deletes the hooks that run, then fails with the reason', () => {
    const { step, live, cluster, change } = stepper([
      resource('Job', 'migrate', { hook: 'PreSync' }),
      resource('ConfigMap', 'web'),
    ]);
    step();
    cluster.set('batch/Job:shop/migrate', { status: 'Progressing', message: '' });
    step();
    change((operation) => terminate(operation));
    expect(step().actions).toMatchObject([
      { kind: 'release', key: { name: 'migrate' } },
      { kind: 'remove', key: { name: 'migrate' }, because: 'after' },
    ]);
    live.clear();
    const last = step();
    expect(last.operation).toMatchObject({ phase: 'Failed', message: 'terminated' });
    expect(last.operation.tasks?.map((task) => task.status)).toEqual(['Failed', 'Skipped']);
    expect(last.wake).toBeUndefined();
  });

  it('ends although a hook cannot be deleted, and says so at the hook', () => {
    const { step, cluster, change, refuse } = stepper([resource('Job', 'migrate', { hook: 'PreSync' })]);
    step();
    cluster.set('batch/Job:shop/migrate', { status: 'Progressing', message: '' });
    change((operation) => terminate(operation));
    refuse(new Problem('forbidden', 'jobs.batch "migrate" is forbidden'));
    step();
    expect(step().operation.phase).toBe('Failed');
  });
});

describe('Prune=confirm', () => {
  const old = resource('ConfigMap', 'old');
  const id = { [ANNOTATION.trackingId]: 'shop:/ConfigMap:shop/old', [ANNOTATION.syncOptions]: 'Prune=confirm' };
  const live = { ...old, metadata: { ...old.metadata, uid: 'u1', annotations: id } };
  const asking: Operation = {
    ...operationAt('2026-11-24T10:00:00.000Z'),
    tasks: plan({
      operation: { application: 'shop', prune: true },
      desired: [],
      live: new Map([[keyText(keyOf(old)), live]]),
      inventory: [{ apiVersion: 'v1', key: keyOf(old) }],
      options: RULES.options,
      allowEmpty: true,
    }),
  };
  const look = (now: string, deletionApproved?: string): ReturnType<typeof next> =>
    next(
      asking,
      {
        now,
        desired: new Map(),
        live: new Map([[keyText(keyOf(old)), live]]),
        health: new Map(),
        ...(deletionApproved === undefined ? {} : { deletionApproved }),
      },
      RULES,
    );

  it('waits for the approval on the Application, and says so', () => {
    const { operation, actions } = look('2026-11-24T10:00:05Z');
    expect(actions).toEqual([]);
    expect(operation.phase).toBe('Running');
    expect(operation.message).toBe(
      'waiting for pruning confirmation of ConfigMap shop/old: it waits for the annotation ' +
        'argocd.argoproj.io/deletion-approved on the Application, with a time after the start of the sync',
    );
  });

  it('does not take an approval from before the sync', () => {
    expect(look('2026-11-24T10:00:05Z', '2026-11-24T09:59:00Z').actions).toEqual([]);
  });

  it('prunes once it is approved', () => {
    const { actions } = look('2026-11-24T10:00:05Z', '2026-11-24T10:00:03Z');
    expect(actions).toMatchObject([{ kind: 'remove', because: 'prune', uid: 'u1' }]);
  });

  it('outlives the deadline: people may take a weekend', () => {
    expect(look('2026-11-27T10:00:00Z').operation.phase).toBe('Running');
  });
});

function operationAt(startedAt: string): Operation {
  return { ...BEGUN, startedAt, deadline: new Date(Date.parse(startedAt) + 3600_000).toISOString() };
}

describe('Delete=confirm of one resource', () => {
  const owned = (name: string, wave: number, options: string): Manifest => {
    const manifest = resource('ConfigMap', name, { wave });
    const tracking = { [ANNOTATION.trackingId]: `shop:${keyText(keyOf(manifest))}`, [ANNOTATION.syncOptions]: options };
    const annotations = { ...manifest.metadata.annotations, ...tracking };
    return { ...manifest, metadata: { ...manifest.metadata, annotations, uid: name } };
  };
  const before = [owned('first', 0, 'Delete=confirm'), owned('last', 5, '')];
  const live = new Map(before.map((manifest) => [keyText(keyOf(manifest)), manifest]));
  const begun: Operation = { ...operationAt('2026-11-24T10:00:00Z'), deletes: true };
  const inventory = before.map((manifest) => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) }));
  const options = RULES.options;
  const tasks = plan({ operation: begun, desired: [], live, inventory, options, allowDelete: true });
  const look = (deletionApproved?: string): ReturnType<typeof next> =>
    next(
      { ...begun, tasks },
      {
        now: '2026-11-24T10:00:10Z',
        desired: new Map(),
        live,
        health: new Map(),
        ...(deletionApproved === undefined ? {} : { deletionApproved }),
      },
      { ...RULES, waveDelay: 0 },
    );

  it('holds the whole deletion, also the waves before it', () => {
    const { operation, actions } = look();
    expect(actions).toEqual([]);
    expect(operation.message).toContain('waiting for pruning confirmation of ConfigMap shop/first');
  });

  it('lets the waves go in their order once it is confirmed', () => {
    expect(look('2026-11-24T10:00:05Z').actions).toMatchObject([{ kind: 'remove', key: { name: 'last' } }]);
  });
});

describe('a sync that finds nothing to do', () => {
  it('of the resources that were named says so, and not that all is well', () => {
    const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const { operation } = next(
      { ...operationAt('2026-11-24T10:00:00Z'), only: [key], tasks: [] },
      { now: '2026-11-24T10:00:01Z', desired: new Map(), live: new Map(), health: new Map() },
      RULES,
    );
    expect(operation).toMatchObject({
      phase: 'Succeeded',
      message: 'nothing was synced: in sync already, or no longer there: apps:Deployment:shop/web',
    });
  });

  it('of an application that is deleted says that nothing was left', () => {
    const { operation } = next(
      { ...operationAt('2026-11-24T10:00:00Z'), deletes: true, tasks: [] },
      { now: '2026-11-24T10:00:01Z', desired: new Map(), live: new Map(), health: new Map() },
      RULES,
    );
    expect(operation.message).toBe('nothing was deleted: the application had no resource left in the cluster');
  });
});

describe('an API server that cannot be reached for a moment', () => {
  it('is asked again, a little later each time, without failing the operation', () => {
    const { step, refuse } = stepper([resource('ConfigMap', 'web')]);
    refuse(new Problem('unavailable', 'the API server is starting'));
    expect([step(), step(), step(), step()].map(({ wake }) => wake)).toEqual([0, 2, 4, 8]);
    refuse(undefined);
    step();
    expect(step().operation.phase).toBe('Succeeded');
  });
});

/** One operation, stepped by hand: applied objects are there at once, health is what the test says. */
function stepper(rendered: readonly Manifest[]): Stepper {
  let at = Date.parse('2026-11-24T10:00:00.000Z');
  let refusal: Problem | undefined;
  const live = new Map<string, Manifest>();
  const health = new Map<string, { status: 'Healthy' | 'Progressing'; message: string }>();
  let operation: Operation = { ...BEGUN, prune: false };
  const { options } = RULES;
  const desired = ready({ rendered, operation, options, namespace: 'shop' });
  const byKey = new Map(desired.map((manifest) => [keyText(keyOf(manifest)), manifest]));
  operation = { ...operation, tasks: plan({ operation, desired, live, inventory: [], options }) };
  return {
    live,
    cluster: health,
    change: (by) => {
      operation = by(operation);
    },
    refuse: (problem) => {
      refusal = problem;
    },
    step: (seconds = 0) => {
      at += seconds * 1000;
      const taken = next(operation, { now: new Date(at).toISOString(), desired: byKey, live, health }, RULES);
      const outcomes = taken.actions.map((action) => {
        if (refusal !== undefined) return { action, result: { ok: false, problem: refusal } as const };
        if (action.kind === 'remove') return { action, result: { ok: true, did: 'deleted' } as const };
        if (action.kind === 'release') return { action, result: { ok: true, did: 'released' } as const };
        const text = keyText(keyOf(action.manifest));
        live.set(text, { ...action.manifest, metadata: { ...action.manifest.metadata, uid: text } });
        return { action, result: { ok: true, did: 'created', uid: text } as const };
      });
      operation = outcomes.length > 0 ? record(taken.operation, outcomes) : taken.operation;
      return { ...taken, operation };
    },
  };
}

interface Stepper {
  readonly live: Map<string, Manifest>;
  readonly cluster: Map<string, { status: 'Healthy' | 'Progressing'; message: string }>;
  change(by: (operation: Operation) => Operation): void;
  refuse(problem: Problem | undefined): void;
  step(seconds?: number): ReturnType<typeof next>;
}
