import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assess } from '../../src/health/assess.ts';
import { HEALTH_ORDER } from '../../src/spec/operation.ts';

const kind = fc.constantFrom(
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'ReplicaSet'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'PersistentVolumeClaim'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['autoscaling/v1', 'HorizontalPodAutoscaler'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['argoproj.io/v1alpha1', 'Workflow'],
  ['argoproj.io/v1alpha1', 'Application'],
);
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constant({ conditions: [null, 1, { type: 'Failed' }], containerStatuses: [[]] }),
);

it('gives a verdict for whatever a cluster may hold, and never throws', () => {
  fc.assert(
    fc.property(kind, odd, odd, ([apiVersion = '', name = ''], spec, status) => {
      const health = assess({ apiVersion, kind: name, metadata: { name: 'x' }, spec, status });
      expect(HEALTH_ORDER).toContain(health?.status);
      expect(typeof health?.message).toBe('string');
    }),
    { numRuns: 500 },
  );
});
