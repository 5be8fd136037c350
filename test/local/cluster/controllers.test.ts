import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalCluster, type LocalCluster } from '../../../src/local/cluster/index.ts';
import type { Client } from '../../contract/cluster/client.ts';
import { configMap, deployment } from '../../contract/cluster/fixtures.ts';
import { at, clientOf, condition } from './api.ts';

const WEB = '/apis/apps/v1/namespaces/default/deployments/web';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';

let cluster: LocalCluster;
let client: Client;
let clock: number;

beforeEach(async () => {
  clock = Date.parse('2026-11-24T12:00:00Z');
  cluster = await createLocalCluster({ controllers: 'manual', now: () => clock });
  client = clientOf(cluster);
});
afterEach(() => cluster.close());

function pods(): string[] {
  return cluster.all('Pod').map((pod) => String(at(pod, 'status', 'phase')));
}

function job(name: string, command: readonly string[], spec: Readonly<Record<string, unknown>> = {}): unknown {
  const container = { name: 'run', image: 'busybox:1.37', command };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template, ...spec } };
}

function withImage(image: string, spec: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } };
  return deployment('web', { template, ...spec });
}

describe('a Deployment', () => {
  it('is progressing first and available after its pods are', async () => {
    await client.post(DEPLOYMENTS, deployment('web'));
    cluster.tick();
    expect(condition(cluster.get(WEB), 'Available')).toBe('False MinimumReplicasUnavailable');
    expect(condition(cluster.get(WEB), 'Progressing')).toBe('True ReplicaSetUpdated');
    cluster.settle();
    expect(pods()).toEqual(['Running', 'Running']);
    const web = cluster.get(WEB);
    expect(condition(web, 'Available')).toBe('True MinimumReplicasAvailable');
    expect(condition(web, 'Progressing')).toBe('True NewReplicaSetAvailable');
    expect(at(web, 'status')).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
    });
    expect(at(web, 'metadata', 'generation')).toBe(1);
  });

  it('replaces its pods when the template changes, and keeps the old ReplicaSet for a rollback', async () => {
    await client.post(DEPLOYMENTS, withImage('nginx:1.27'));
    cluster.settle();
    await client.merge(WEB, withImage('nginx:1.28'));
    cluster.settle();
    expect(cluster.all('Pod').map((pod) => at(pod, 'spec', 'containers', '0', 'image'))).toEqual([
      'nginx:1.28',
      'nginx:1.28',
    ]);
    expect(
      cluster
        .all('ReplicaSet')
        .map((set) => at(set, 'spec', 'replicas'))
        .sort(),
    ).toEqual([0, 2]);
    expect(at(cluster.get(WEB), 'metadata', 'annotations', 'deployment.kubernetes.io/revision')).toBe('2');
  });

  it('keeps the old pods running when the new image cannot be pulled, and gives up after the deadline', async () => {
    await client.post(DEPLOYMENTS, withImage('nginx:1.27'));
    cluster.settle();
    await client.merge(WEB, withImage('registry.example.com/does-not-exist:1', { progressDeadlineSeconds: 60 }));
    cluster.settle();
    expect(pods().sort()).toEqual(['Pending', 'Pending', 'Running', 'Running']);
    const waiting = cluster
      .all('Pod')
      .map((pod) => at(pod, 'status', 'containerStatuses', '0', 'state', 'waiting', 'reason'));
    expect(waiting.filter((reason) => reason !== undefined)).toEqual(['ImagePullBackOff', 'ImagePullBackOff']);
    expect(condition(cluster.get(WEB), 'Available')).toBe('True MinimumReplicasAvailable');
    expect(condition(cluster.get(WEB), 'Progressing')).toBe('True ReplicaSetUpdated');
    clock += 61_000;
    cluster.settle();
    expect(condition(cluster.get(WEB), 'Progressing')).toBe('False ProgressDeadlineExceeded');
    await client.merge(WEB, withImage('nginx:1.27'));
    cluster.settle();
    expect(condition(cluster.get(WEB), 'Progressing')).toBe('True NewReplicaSetAvailable');
  });

  it('scales down to nothing', async () => {
    await client.post(DEPLOYMENTS, deployment('web'));
    cluster.settle();
    await client.merge(`${WEB}/scale`, { spec: { replicas: 0 } });
    cluster.settle();
    expect(pods()).toEqual([]);
    expect(condition(cluster.get(WEB), 'Available')).toBe('True MinimumReplicasAvailable');
  });

  it('does nothing while it is paused', async () => {
    await client.post(DEPLOYMENTS, deployment('web', { paused: true }));
    cluster.settle();
    expect(cluster.all('ReplicaSet')).toEqual([]);
  });
});

describe('other workloads', () => {
  it('numbers the pods of a StatefulSet and gives each its claim', async () => {
    const { replicas: _replicas, ...spec } = deployment('db')['spec'] as Record<string, unknown>;
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const set = {
      ...deployment('db'),
      kind: 'StatefulSet',
      spec: { ...spec, replicas: 2, serviceName: 'db', volumeClaimTemplates: [claim] },
    };
    expect((await client.post('/apis/apps/v1/namespaces/default/statefulsets', set)).code).toBe(201);
    cluster.settle();
    expect(cluster.all('Pod').map((pod) => at(pod, 'metadata', 'name'))).toEqual(['db-0', 'db-1']);
    const claims = cluster.all('PersistentVolumeClaim');
    expect(claims.map((one) => [at(one, 'metadata', 'name'), at(one, 'status', 'phase')])).toEqual([
      ['data-db-0', 'Bound'],
      ['data-db-1', 'Bound'],
    ]);
    const status = at(cluster.get('/apis/apps/v1/namespaces/default/statefulsets/db'), 'status');
    expect(status).toMatchObject({ observedGeneration: 1, replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
    expect(at(status, 'currentRevision')).toBe(at(status, 'updateRevision'));
  });

  it('puts one pod of a DaemonSet on the node', async () => {
    const { replicas: _replicas, ...spec } = deployment('agent')['spec'] as Record<string, unknown>;
    await client.post('/apis/apps/v1/namespaces/default/daemonsets', {
      ...deployment('agent'),
      kind: 'DaemonSet',
      spec,
    });
    cluster.settle();
    expect(at(cluster.get('/apis/apps/v1/namespaces/default/daemonsets/agent'), 'status')).toMatchObject({
      desiredNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
    });
  });

  it('gives addresses to Ingresses and load balancers', async () => {
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    await client.post('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec,
    });
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web' },
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    };
    await client.post('/apis/networking.k8s.io/v1/namespaces/default/ingresses', ingress);
    cluster.settle();
    for (const path of [
      '/api/v1/namespaces/default/services/web',
      '/apis/networking.k8s.io/v1/namespaces/default/ingresses/web',
    ]) {
      expect(at(cluster.get(path), 'status', 'loadBalancer', 'ingress', '0', 'ip')).toBe('127.0.0.1');
    }
  });
});

describe('a Job', () => {
  it('completes when its command ends well', async () => {
    await client.post(JOBS, job('migrate', ['sh', '-c', 'echo migrated']));
    cluster.tick();
    cluster.tick();
    expect(at(cluster.get(`${JOBS}/migrate`), 'status', 'active')).toBe(1);
    cluster.settle();
    const done = cluster.get(`${JOBS}/migrate`);
    expect(condition(done, 'Complete')).toBe('True CompletionsReached');
    expect(at(done, 'status')).toMatchObject({ succeeded: 1, ready: 0, completionTime: '2026-11-24T12:00:00Z' });
    expect(pods()).toEqual(['Succeeded']);
  });

  it.each([
    ['exit 1 in a script', ['sh', '-c', 'echo no; exit 1']],
    ['false', ['/bin/false']],
  ])('fails with %s, as often as it may', async (_what, command) => {
    await client.post(JOBS, job('migrate', command, { backoffLimit: 2 }));
    cluster.settle();
    expect(pods()).toEqual(['Failed', 'Failed', 'Failed']);
    expect(condition(cluster.get(`${JOBS}/migrate`), 'Failed')).toBe('True BackoffLimitExceeded');
  });

  it('fails at once with a backoffLimit of 0, also when an annotation says so', async () => {
    const annotated = job('migrate', ['true'], { backoffLimit: 0 }) as { spec: { template: Record<string, unknown> } };
    annotated.spec.template['metadata'] = { annotations: { 'local.trimtab.dev/outcome': 'fail' } };
    await client.post(JOBS, annotated);
    cluster.settle();
    expect(pods()).toEqual(['Failed']);
  });

  it('goes after its time to live', async () => {
    await client.post(JOBS, job('migrate', ['true'], { ttlSecondsAfterFinished: 30 }));
    cluster.settle();
    expect(cluster.get(`${JOBS}/migrate`)).toBeDefined();
    clock += 31_000;
    cluster.settle();
    expect(cluster.get(`${JOBS}/migrate`)).toBeUndefined();
    expect(pods()).toEqual([]);
  });
});

describe('deletion', () => {
  beforeEach(async () => {
    await client.post(DEPLOYMENTS, deployment('web'));
    cluster.settle();
  });

  it('in the background takes the dependents along', async () => {
    await client.delete(WEB, { propagationPolicy: 'Background' });
    expect(cluster.get(WEB)).toBeUndefined();
    cluster.settle();
    expect([...cluster.all('ReplicaSet'), ...cluster.all('Pod')]).toEqual([]);
  });

  it('in the foreground takes the dependents first', async () => {
    await client.delete(WEB, { propagationPolicy: 'Foreground' });
    expect(cluster.get(WEB)).toBeDefined();
    cluster.settle();
    expect([...cluster.all('Deployment'), ...cluster.all('ReplicaSet'), ...cluster.all('Pod')]).toEqual([]);
  });

  it('leaves orphans behind when asked to', async () => {
    await client.delete(WEB, { propagationPolicy: 'Orphan' });
    cluster.settle();
    expect(cluster.all('Deployment')).toEqual([]);
    expect(cluster.all('ReplicaSet').map((set) => at(set, 'metadata', 'ownerReferences'))).toEqual([undefined]);
    expect(pods()).toHaveLength(2);
  });

  it('of a namespace takes everything in it along', async () => {
    await client.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await client.post('/apis/apps/v1/namespaces/shop/deployments', deployment('web'));
    await client.post('/api/v1/namespaces/shop/configmaps', configMap('settings', {}));
    cluster.settle();
    await client.delete('/api/v1/namespaces/shop');
    cluster.settle();
    expect(cluster.get('/api/v1/namespaces/shop')).toBeUndefined();
    expect(cluster.all().filter((object) => at(object, 'metadata', 'namespace') === 'shop')).toEqual([]);
    expect(cluster.get(WEB)).toBeDefined();
  });

  it('collects what refers to an owner that is gone', async () => {
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-0000-0000-000000000000' },
    ];
    await client.post('/api/v1/namespaces/default/configmaps', {
      ...configMap('child', {}),
      metadata: { name: 'child', ownerReferences },
    });
    cluster.settle();
    expect(cluster.get('/api/v1/namespaces/default/configmaps/child')).toBeUndefined();
  });
});

describe('a namespace', () => {
  it('comes with a service account and the root certificate', async () => {
    await client.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    cluster.settle();
    expect(cluster.get('/api/v1/namespaces/shop/serviceaccounts/default')).toBeDefined();
    expect(cluster.get('/api/v1/namespaces/shop/configmaps/kube-root-ca.crt')).toBeDefined();
  });
});
