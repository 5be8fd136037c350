import { describe, expect, it } from 'vitest';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Operation } from '../../src/spec/operation.ts';
import type { ApiKind } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { next, plan, readSyncOptions, ready, refused, rehearsals } from '../../src/sync/index.ts';
import { BEGUN, RULES, resource } from './simulation.ts';

const KINDS: readonly ApiKind[] = [
  ['', 'v1', 'ConfigMap'],
  ['', 'v1', 'Namespace'],
  ['', 'v1', 'Secret'],
  ['batch', 'v1', 'Job'],
  ['apps', 'v1', 'Deployment'],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
].map(([group = '', version = '', kind = '']) => ({ group, version, kind, plural: '', namespaced: true, verbs: [] }));

const cronTab: Manifest = { ...resource('CronTab', 'nightly'), apiVersion: 'acme.io/v1' };

function planned(
  rendered: readonly Manifest[],
  given: { readonly live?: readonly Manifest[]; readonly options?: readonly string[] } = {},
): { readonly operation: Operation; readonly rehearsed: readonly string[]; readonly unserved: readonly string[] } {
  const options = readSyncOptions(given.options ?? []);
  const live = byKey(given.live ?? []);
  const desired = ready({ rendered, operation: BEGUN, options, namespace: 'shop' });
  const operation = { ...BEGUN, tasks: plan({ operation: BEGUN, desired, live, inventory: [], options }) };
  const found = rehearsals({ operation, desired: byKey(desired), live, kinds: KINDS }, { options });
  const name = (index: number): string => operation.tasks[index]?.key.name ?? '';
  return {
    operation,
    rehearsed: found.rehearse.map(({ task }) => name(task)),
    unserved: [...found.unserved].map(([task, problem]) => `${name(task)}: ${problem.message}`),
  };
}

function byKey(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest]));
}

describe('the rehearsal of a sync', () => {
  it('asks about every resource and hook, of all waves', () => {
    const manifests = [
      resource('ConfigMap', 'a'),
      resource('Deployment', 'b', { wave: 3 }),
      resource('Job', 'c', { hook: 'PostSync' }),
    ];
    expect(planned(manifests).rehearsed).toEqual(['a', 'b', 'c']);
  });

  it('leaves out what lives in a namespace that comes with the sync', () => {
    const namespace = resource('Namespace', 'shop');
    expect(planned([namespace, resource('ConfigMap', 'a')]).rehearsed).toEqual(['shop']);
    expect(planned([namespace, resource('ConfigMap', 'a')], { live: [namespace] }).rehearsed).toEqual(['shop', 'a']);
  });

  it('leaves out resources whose definition comes with the sync', () => {
    const definition = resource('CustomResourceDefinition', 'crontabs.acme.io', {
      body: { spec: { group: 'acme.io', names: { kind: 'CronTab' } } },
    });
    const { rehearsed, unserved } = planned([definition, cronTab]);
    expect(rehearsed).toEqual(['crontabs.acme.io']);
    expect(unserved).toEqual([]);
  });

  it('names a kind that nobody serves, unless SkipDryRunOnMissingResource=true', () => {
    expect(planned([cronTab]).unserved).toEqual(['nightly: the cluster serves no CronTab in acme.io/v1']);
    expect(planned([cronTab], { options: ['SkipDryRunOnMissingResource=true'] }).unserved).toEqual([]);
  });

  it('leaves out a hook whose last run is still there', () => {
    const hook = resource('Job', 'migrate', { hook: 'PreSync' });
    expect(planned([hook], { live: [hook] }).rehearsed).toEqual([]);
  });

  it('fails the sync before anything is done, and runs no SyncFail hook', () => {
    const { operation } = planned([
      resource('ConfigMap', 'a'),
      resource('Deployment', 'b', { wave: 3 }),
      resource('Job', 'alarm', { hook: 'SyncFail' }),
    ]);
    const problem = new Problem('cluster-refused', 'spec.selector: field is immutable');
    const failed = refused(operation, new Map([[1, problem]]));
    const observed = { now: '2026-11-24T10:00:01Z', desired: new Map(), live: new Map(), health: new Map() };
    const step = next(failed, observed, RULES);
    expect(step.actions).toEqual([]);
    expect(step.operation.phase).toBe('Failed');
    expect(step.operation.message).toContain('Deployment shop/b: spec.selector: field is immutable (dry run)');
    expect(step.operation.tasks?.map((task) => task.status)).toEqual(['Skipped', 'Failed', 'Skipped']);
  });

  it('quotes nothing of a Secret', () => {
    const { operation } = planned([resource('Secret', 'database')]);
    const problem = new Problem('cluster-refused', 'data.password: invalid value "hunter2"');
    expect(JSON.stringify(refused(operation, new Map([[0, problem]])))).not.toContain('hunter2');
  });
});
