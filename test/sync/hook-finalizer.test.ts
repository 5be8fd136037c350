import { describe, expect, it } from 'vitest';
import { assess } from '../../src/health/index.ts';
import { ANNOTATION, FINALIZER } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Health, Operation } from '../../src/spec/operation.ts';
import { Problem } from '../../src/spec/problem.ts';
import { withHookMark } from '../../src/sync/hooks.ts';
import { next, plan, ready, record, strays, terminate } from '../../src/sync/index.ts';
import { BEGUN, RULES, resource, simulate } from './simulation.ts';

const migration = [resource('Job', 'migrate', { hook: 'PreSync' }), resource('ConfigMap', 'web')];
const AT = '2026-11-24T10:00:00Z';

const begun: Operation = { ...BEGUN, prune: false };

/** A sync whose one hook was created, and is now as the cluster shows it. */
function withHook(change: (hook: Manifest) => Manifest | undefined): {
  readonly operation: Operation;
  readonly look: (operation: Operation) => ReturnType<typeof next>;
} {
  const { options } = RULES;
  const desired = ready({ rendered: migration, operation: begun, options, namespace: 'shop' });
  const byKey = new Map(desired.map((manifest) => [keyText(keyOf(manifest)), manifest]));
  const tasks = plan({ operation: begun, desired, live: new Map(), inventory: [], options });
  const first = next({ ...begun, tasks }, { now: AT, desired: byKey, live: new Map(), health: new Map() }, RULES);
  const [created] = first.actions;
  if (created?.kind !== 'create') throw new Error('the hook is created first');
  const operation = record(first.operation, [{ action: created, result: { ok: true, did: 'created', uid: 'u1' } }]);
  const hook = change({ ...created.manifest, metadata: { ...created.manifest.metadata, uid: 'u1' } });
  const live = new Map(hook === undefined ? [] : [[keyText(keyOf(hook)), hook]]);
  const look = (now: Operation): ReturnType<typeof next> => {
    const health = new Map<string, Health>();
    for (const [key, object] of live) {
      const found = assess(object);
      if (found !== undefined) health.set(key, found);
    }
    return next(now, { now: AT, desired: byKey, live, health }, { ...RULES, waveDelay: 0 });
  };
  return { operation, look };
}

const ended =
  (type: 'Complete' | 'Failed') =>
  (hook: Manifest): Manifest => ({
    ...hook,
    status: { conditions: [{ type, status: 'True', message: 'exit code 1' }] },
  });

const going = (hook: Manifest): Manifest => ({
  ...hook,
  metadata: { ...hook.metadata, deletionTimestamp: '2026-11-24T10:00:05Z' },
});

const RELEASE = { kind: 'release', finalizer: 'argocd.argoproj.io/hook-finalizer', uid: 'u1' };

describe('a hook Job that its ttlSecondsAfterFinished takes away at once', () => {
  it('fails the sync when it failed', () => {
    const { operation, objects } = simulate({
      rules: RULES,
      rendered: migration,
      behaviour: { migrate: { takes: 3, fails: true, ttl: 0 } },
    });
    expect(operation.phase).toBe('Failed');
    expect(operation.message).toContain('Job shop/migrate: exit code 1');
    expect(objects).toEqual([]);
  });

  it('lets the sync go on when it succeeded, and is gone at the end', () => {
    const { operation, objects, log } = simulate({
      rules: RULES,
      rendered: migration,
      behaviour: { migrate: { takes: 3, ttl: 0 } },
    });
    expect(operation.phase).toBe('Succeeded');
    expect(log).toEqual(['create Job/migrate', 'apply ConfigMap/web']);
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap']);
  });

  it('is read while it is held, though it is being deleted', () => {
    const { operation, look } = withHook((hook) => going(ended('Failed')(hook)));
    const seen = look(operation);
    expect(seen.operation.tasks?.[0]).toMatchObject({ status: 'Failed', message: 'exit code 1' });
    expect(seen.actions).toMatchObject([RELEASE]);
  });
});

describe('a hook that is held', () => {
  it('is let go only when its result is saved with the operation', () => {
    const { operation, look } = withHook(ended('Complete'));
    const seen = look(operation);
    expect(seen.operation.tasks?.[0]?.status).toBe('Succeeded');
    expect(seen.actions[0]).toMatchObject(RELEASE);
  });

  it('is not let go while it runs', () => {
    const { operation, look } = withHook((hook) => ({ ...hook, status: { active: 1 } }));
    expect(look(operation).actions).toEqual([]);
  });

  it('has the finalizer beside its own', () => {
    const hook = resource('Job', 'migrate', { hook: 'PreSync' });
    const own = { ...hook, metadata: { ...hook.metadata, finalizers: ['acme.io/backup'] } };
    expect(withHookMark(own, 'op1-0-PreSync').metadata.finalizers).toEqual(['acme.io/backup', FINALIZER.hook]);
  });

  it('counts as failed when somebody deletes it while it runs, so that nobody waits for ever', () => {
    const { operation, look } = withHook((hook) => going({ ...hook, status: { active: 1 } }));
    const seen = look(operation);
    expect(seen.operation.tasks?.[0]).toMatchObject({
      status: 'Failed',
      message: 'somebody deleted it before it was over',
    });
    expect(seen.actions).toMatchObject([RELEASE]);
  });

  it('counts as failed when it is gone by force, for nobody knows how it ended', () => {
    const { operation, look } = withHook(() => undefined);
    expect(look(operation).operation.message).toContain('is gone before anybody saw how it ended');
  });

  it('is let go and deleted when the sync is terminated, also while it is being deleted', () => {
    const running = withHook((hook) => hook);
    const stopped = running.look(terminate(running.operation));
    expect(stopped.actions).toMatchObject([RELEASE, { kind: 'remove', because: 'after' }]);
    const deleted = withHook(going);
    expect(deleted.look(terminate(deleted.operation)).actions).toMatchObject([RELEASE]);
  });

  it('fails the sync, loudly, when its finalizer may not be removed, and is not asked about again', () => {
    const { operation, look } = withHook(ended('Complete'));
    const seen = look(operation);
    const forbidden = new Problem('forbidden', 'jobs.batch "migrate" is forbidden: cannot patch');
    const outcomes = seen.actions.map((action) => ({ action, result: { ok: false, problem: forbidden } as const }));
    const told = record(seen.operation, outcomes.slice(0, 1));
    expect(told.tasks?.[0]).toMatchObject({ status: 'Failed', held: true });
    expect(told.tasks?.[0]?.message).toContain('its finalizer argocd.argoproj.io/hook-finalizer could not be removed');
    const last = look(told);
    expect(last).toMatchObject({ operation: { phase: 'Failed' }, actions: [] });
  });

  it('is asked about again, a little later each time, while the API server cannot be reached', () => {
    const { operation, look } = withHook(ended('Failed'));
    const down = new Problem('unavailable', 'the API server is starting');
    let now = operation;
    const waits: (number | undefined)[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const { operation: taken, actions, wake } = look(now);
      waits.push(wake);
      now = record(
        taken,
        actions.map((action) => ({ action, result: { ok: false, problem: down } as const })),
      );
    }
    expect(now).toMatchObject({ phase: 'Running', tasks: [{ status: 'Failed', message: 'exit code 1' }, {}] });
    expect(waits).toEqual([0, 2, 4]);
  });
});

describe('what an earlier run left behind', () => {
  const old = (annotations: Readonly<Record<string, string>>): Manifest => {
    const hook = resource('Job', 'migrate', { hook: 'PreSync' });
    return {
      ...hook,
      metadata: {
        ...hook.metadata,
        uid: 'u0',
        finalizers: [FINALIZER.hook],
        annotations: {
          ...hook.metadata.annotations,
          [ANNOTATION.trackingId]: 'shop:batch/Job:shop/migrate',
          ...annotations,
        },
      },
    };
  };

  it("is let go before it is deleted for the new run, also Argo CD's", () => {
    const { log, operation, objects } = simulate({ rules: RULES, rendered: migration, before: [old({})] });
    expect(log).toEqual(['remove Job/migrate', 'create Job/migrate', 'apply ConfigMap/web']);
    expect(operation.phase).toBe('Succeeded');
    expect(objects.filter(({ metadata }) => metadata.finalizers !== undefined)).toEqual([]);
  });

  const found = (object: Manifest, status: Health['status']): readonly unknown[] => {
    const key = keyText(keyOf(object));
    return strays(begun, { live: new Map([[key, object]]), health: new Map([[key, { status, message: '' }]]) });
  };

  it('is let go when its operation was lost, once it is over or is being deleted', () => {
    expect(found(old({ [ANNOTATION.operation]: 'op0-0-PreSync' }), 'Degraded')).toMatchObject([
      { kind: 'release', uid: 'u0', key: { name: 'migrate' } },
    ]);
    expect(found(old({}), 'Healthy')).toHaveLength(1);
    expect(found(going(old({})), 'Progressing')).toHaveLength(1);
  });

  it("is left alone while it runs, as this sync's own, and where it is another application's", () => {
    expect(found(old({}), 'Progressing')).toEqual([]);
    expect(found(old({ [ANNOTATION.operation]: 'op1-0-PreSync' }), 'Healthy')).toEqual([]);
    expect(found(old({ [ANNOTATION.trackingId]: 'other:batch/Job:shop/migrate' }), 'Healthy')).toEqual([]);
  });
});
