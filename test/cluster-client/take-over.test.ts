import { describe, expect, it } from 'vitest';
import { migrated } from '../../src/cluster/take-over.ts';

const managers = ['kubectl-client-side-apply', 'argocd-controller'];

describe('the fields of those who applied before us', () => {
  it('become ours, beside those that are', () => {
    const entries = [
      {
        manager: 'kubectl-client-side-apply',
        operation: 'Update' as const,
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
      },
      {
        manager: 'trimtab',
        operation: 'Apply' as const,
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { 'f:b': {}, 'f:c': {} } },
      },
      {
        manager: 'kube-controller-manager',
        operation: 'Update' as const,
        apiVersion: 'v1',
        fieldsV1: { 'f:spec': {} },
      },
    ];
    expect(migrated(entries, managers)).toEqual([
      entries[2],
      {
        manager: 'trimtab',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {}, 'f:c': {} } },
      },
    ]);
  });

  it('stay where nobody of them owns anything, and of a subresource', () => {
    const ours = { manager: 'trimtab', operation: 'Apply' as const, apiVersion: 'v1', fieldsV1: {} };
    const status = { manager: 'argocd-controller', operation: 'Update' as const, subresource: 'status', fieldsV1: {} };
    expect(migrated([ours], managers)).toBeUndefined();
    expect(migrated([ours, status], managers)).toBeUndefined();
  });

  it('are kept apart by version', () => {
    const entry = (apiVersion: string) => ({
      manager: 'argocd-controller',
      operation: 'Apply' as const,
      apiVersion,
      fieldsV1: {},
    });
    expect(
      migrated([entry('v1'), entry('v2')], managers)?.map(({ manager, apiVersion }) => [manager, apiVersion]),
    ).toEqual([
      ['trimtab', 'v1'],
      ['trimtab', 'v2'],
    ]);
  });
});
