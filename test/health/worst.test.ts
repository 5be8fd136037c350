import { describe, expect, it } from 'vitest';
import { applicationHealth, type ResourceHealth, worst } from '../../src/health/worst.ts';
import { HEALTH_ORDER, type HealthStatus } from '../../src/spec/operation.ts';

function resource(kind: string, status?: HealthStatus, more: Partial<ResourceHealth> = {}): ResourceHealth {
  const group = kind === 'Application' ? 'argoproj.io' : '';
  const health = status === undefined ? {} : { health: { status, message: `it is ${status}` } };
  return { key: { group, kind, namespace: 'shop', name: 'web' }, hook: false, ...health, ...more };
}

describe('worst', () => {
  it('is Healthy of none, and otherwise the last in the order of statuses', () => {
    expect(worst([]).status).toBe('Healthy');
    for (const [index, status] of HEALTH_ORDER.entries()) {
      const upTo = HEALTH_ORDER.slice(0, index + 1).map((each) => ({ status: each, message: each }));
      expect(worst(upTo.toReversed())).toEqual(index === 0 ? { status, message: '' } : { status, message: status });
    }
  });
});

describe('applicationHealth', () => {
  it.each<[string, ResourceHealth[], HealthStatus]>([
    ['without resources', [], 'Healthy'],
    ['with kinds that have no health', [resource('ConfigMap')], 'Healthy'],
    [
      'with one resource that makes progress',
      [resource('Pod', 'Healthy'), resource('Service', 'Progressing')],
      'Progressing',
    ],
    ['with the worst of several', [resource('Pod', 'Degraded'), resource('Service', 'Progressing')], 'Degraded'],
    ['with a failed hook', [resource('Pod', 'Healthy'), resource('Job', 'Degraded', { hook: true })], 'Healthy'],
    ['with one resource missing', [resource('Pod', 'Healthy'), resource('Service', 'Missing')], 'Healthy'],
    ['with one missing and one without health', [resource('ConfigMap'), resource('Service', 'Missing')], 'Healthy'],
    ['with all resources missing', [resource('Pod', 'Missing'), resource('Service', 'Missing')], 'Missing'],
    ['with a resource to be ignored', [resource('Pod', 'Degraded', { ignored: true })], 'Healthy'],
    ['with a child that nobody knows of', [resource('Application', 'Unknown'), resource('Pod', 'Healthy')], 'Healthy'],
    ['with a child that is degraded', [resource('Application', 'Degraded')], 'Degraded'],
    ['with a resource whose script failed', [resource('Pod', 'Unknown')], 'Unknown'],
  ])('%s', (_, resources, expected) => {
    expect(applicationHealth(resources).status).toBe(expected);
  });

  it('names the resource that makes it so', () => {
    expect(applicationHealth([resource('Pod', 'Degraded')]).message).toBe('Pod shop/web: it is Degraded');
  });
});
