import { describe, expect, it } from 'vitest';
import { compareLive, createMarks } from '../../src/diff/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { ManagedFieldsEntry, Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation'), isClientSide: () => true };

function service(ports: readonly object[], more: object = {}): Manifest {
  const metadata = { name: 'web', namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports, ...more } };
}

/** The live object as somebody applied it from a manifest, client-side. */
function live(object: Manifest, applied: unknown, managedFields: readonly ManagedFieldsEntry[] = []): Manifest {
  const annotations = { [ANNOTATION.lastApplied]: typeof applied === 'string' ? applied : JSON.stringify(applied) };
  return { ...object, metadata: { ...object.metadata, annotations, managedFields } };
}

/** What differs, as paths. */
function paths(desired: Manifest, object: Manifest, given: Parameters<typeof compareLive>[2] = rules): unknown {
  return compareLive([desired], [object], given).flatMap(({ fields }) => fields.map(({ path }) => path));
}

const HTTP = { name: 'http', port: 80 };
const HTTPS = { name: 'https', port: 443 };
const THEIRS = { name: 'theirs', port: 9090 };

// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes
describe('an object that is applied client-side', () => {
  it('differs in what was applied before and is no longer desired, not in what others set', () => {
    const there = service([HTTP, HTTPS, THEIRS], { type: 'NodePort', sessionAffinity: 'None' });
    const applied = service([HTTP, HTTPS], { type: 'NodePort' });
    expect(paths(service([HTTP]), live(there, applied))).toEqual(['spec.ports[port=443]', 'spec.type']);
    expect(paths(service([HTTP]), live(there, service([HTTP])))).toEqual([]);
  });

  it('differs in what is ours by server-side apply as well, where it was applied so before', () => {
    const ours: ManagedFieldsEntry = {
      ...{ manager: 'trimtab', operation: 'Apply', apiVersion: 'v1' },
      fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } },
    };
    const there = service([HTTP, HTTPS, THEIRS], { type: 'NodePort' });
    const applied = service([HTTP], { type: 'NodePort' });
    expect(paths(service([HTTP]), live(there, applied, [ours]))).toEqual(['spec.ports[port=443]', 'spec.type']);
  });

  it.each(['{"spec":', '7', 'null', '["spec"]'])('goes by nothing where the annotation says %s', (text) => {
    expect(paths(service([HTTP]), live(service([HTTP, HTTPS]), text))).toEqual([]);
  });

  it('shows the mark of a value of a Secret that is no longer desired, by stringData as well', () => {
    const secret = (data: object): Manifest => ({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'shop' } },
      ...data,
    });
    const encoded = { user: btoa('ann'), password: btoa('hunter2') };
    const applied = secret({ stringData: { user: 'ann', password: 'hunter2' } });
    const changes = compareLive(
      [secret({ stringData: { user: 'ann' } })],
      [live(secret({ data: encoded }), applied)],
      rules,
    );
    expect(changes.flatMap(({ fields }) => fields.map(({ path }) => path))).toEqual(['data.password']);
    const text = JSON.stringify(changes);
    for (const value of ['hunter2', btoa('hunter2'), 'last-applied']) expect(text).not.toContain(value);
  });
});

describe('an object that is applied server-side, and was applied client-side before', () => {
  const wrote = (manager: string): ManagedFieldsEntry => ({
    ...{ manager, operation: 'Update', apiVersion: 'v1' },
    fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${ANNOTATION.lastApplied}`]: {} } } },
  });
  const there = service([HTTP, HTTPS]);
  const { isClientSide: _, ...serverSide } = rules;

  it('differs in what we applied so, which the first apply takes over', () => {
    const object = live(there, there, [wrote('trimtab')]);
    expect(paths(service([HTTP]), object, serverSide)).toEqual(['spec.ports[port=443]']);
  });

  it('differs in nothing that only the annotation of somebody else names', () => {
    expect(paths(service([HTTP]), live(there, there, [wrote('helm')]), serverSide)).toEqual([]);
  });
});
