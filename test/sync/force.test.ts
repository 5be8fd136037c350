import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Operation } from '../../src/spec/operation.ts';
import { Problem } from '../../src/spec/problem.ts';
import { next, plan, ready, record, recreating, rehearsals } from '../../src/sync/index.ts';
import { BEGUN, RULES, resource } from './simulation.ts';

const AT = '2026-11-24T10:00:00Z';
const begun: Operation = { ...BEGUN, prune: false };

const IMMUTABLE = new Problem('immutable-field', 'spec.selector: Invalid value: field is immutable', {
  fix: 'Say Force=true,Replace=true.',
});

function forced(kind: string, options: string): Manifest {
  const manifest = resource(kind, 'web');
  const annotations = { ...manifest.metadata.annotations, [ANNOTATION.syncOptions]: options };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** A sync of one resource that is there already, as `u1`. */
function syncOf(manifest: Manifest) {
  const { options } = RULES;
  const desired = ready({ rendered: [manifest], operation: begun, options, namespace: 'shop' });
  const byKey = new Map(desired.map((one) => [keyText(keyOf(one)), one]));
  const live = new Map([...byKey].map(([key, one]) => [key, { ...one, metadata: { ...one.metadata, uid: 'u1' } }]));
  const operation = { ...begun, tasks: plan({ operation: begun, desired, live, inventory: [], options }) };
  const look = (now: Operation) => next(now, { now: AT, desired: byKey, live, health: new Map() }, RULES);
  return { operation, look, live, desired: byKey };
}

/** What is done after the API server refused a change of an immutable field. */
function afterRefusal(manifest: Manifest) {
  const { operation, look } = syncOf(manifest);
  const { operation: taken, actions } = look(operation);
  const outcomes = actions.map((action) => ({ action, result: { ok: false, problem: IMMUTABLE } as const }));
  return look(record(taken, outcomes));
}

describe('Force=true without Replace=true', () => {
  it('deletes the object of which a field cannot change, that very one, and creates it anew', () => {
    const after = afterRefusal(forced('Service', 'Force=true'));
    expect(after.actions).toMatchObject([{ kind: 'remove', uid: 'u1', because: 'replace' }]);
    expect(after.operation.tasks?.[0]?.message).toBe(
      'a field of it cannot change: it is deleted, and created anew (Force=true)',
    );
  });

  it('deletes nothing that can be changed', () => {
    const { operation, look } = syncOf(forced('Service', 'Force=true'));
    expect(look(operation).actions).toMatchObject([{ kind: 'apply', recreates: 'u1' }]);
  });

  it('is decided by the rehearsal already, so that the first write is the deletion', () => {
    const { operation, look, live, desired } = syncOf(forced('Service', 'Force=true'));
    const kinds = [{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true, verbs: [] }];
    const { rehearse } = rehearsals({ operation, desired, live, kinds }, RULES);
    expect(rehearse).toMatchObject([{ task: 0, recreates: 'u1' }]);
    expect(look(recreating(operation, new Map([[0, 'u1']]))).actions).toMatchObject([{ kind: 'remove', uid: 'u1' }]);
  });

  it.each(['Namespace', 'CustomResourceDefinition'])('never deletes a %s', (kind) => {
    expect(afterRefusal(forced(kind, 'Force=true')).operation.phase).toBe('Failed');
  });
});

describe('a field that cannot change', () => {
  it("fails the sync with the API server's reason, and what to do about it", () => {
    const { operation } = afterRefusal(resource('Service', 'web'));
    expect(operation.message).toContain(
      'Service shop/web: spec.selector: Invalid value: field is immutable. Say Force=true,Replace=true.',
    );
  });

  it('of a Secret is told without its words, but with what to do', () => {
    const { operation } = afterRefusal(resource('Secret', 'web'));
    expect(operation.message).not.toContain('spec.selector');
    expect(operation.message).toContain('Say Force=true,Replace=true.');
  });
});
