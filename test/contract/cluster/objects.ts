import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, deployment, makeNamespace } from './fixtures.ts';

/** Creating, reading, replacing. */
export function objectsContract(client: () => Client): void {
  it('gives a new object its identity and its defaults', async () => {
    const namespace = await makeNamespace(client());
    const { code, json } = await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'));
    expect(code).toBe(201);
    expect(json.metadata).toMatchObject({ name: 'web', namespace, generation: 1 });
    expect(json.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(json.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(json.spec).toMatchObject({
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(json.spec.template.spec).toMatchObject({
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
    expect(json.spec.template.spec.containers[0]).toEqual({
      name: 'web',
      image: 'nginx:1.27',
      imagePullPolicy: 'IfNotPresent',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    });
    expect((await client().get(`/apis/apps/v1/namespaces/${namespace}/deployments/web`)).json).toEqual(json);
  });

  it('gives a Service its address and defaults', async () => {
    const namespace = await makeNamespace(client());
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    };
    const { json } = await client().post(`/api/v1/namespaces/${namespace}/services`, body);
    expect(json.spec).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
      clusterIPs: [json.spec.clusterIP],
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(json.spec.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(json.status).toEqual({ loadBalancer: {} });
  });

  it('fills in what people leave out of other kinds', async () => {
    const namespace = await makeNamespace(client());
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'none' } };
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`;
    expect((await client().post(roles, role)).json.rules).toBeNull();
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
    };
    const scalers = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
    expect((await client().post(scalers, scaler)).json.spec).toMatchObject({
      minReplicas: 1,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
      behavior: {
        scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods' }, { type: 'Percent' }] },
        scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      },
    });
    const { replicas: _replicas, ...spec } = deployment('agent')['spec'] as Record<string, unknown>;
    const agent = { ...deployment('agent'), kind: 'DaemonSet', spec };
    const { json } = await client().post(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, agent);
    expect(json.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '1' });
    expect(json.status).toEqual({
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    });
  });

  it('writes quantities in their canonical form', async () => {
    const namespace = await makeNamespace(client());
    const container = {
      name: 'web',
      image: 'nginx:1.27',
      resources: { requests: { cpu: 0.5, memory: '1024Mi' }, limits: { cpu: '1000m', memory: '1.5Gi' } },
    };
    const body = deployment('web', {
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    });
    const { json } = await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, body);
    expect(json.spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi' },
      limits: { cpu: '1', memory: '1536Mi' },
    });
  });

  it('names objects that ask for it by generateName', async () => {
    const namespace = await makeNamespace(client());
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'hook-' } };
    const { code, json } = await client().post(`/api/v1/namespaces/${namespace}/configmaps`, body);
    expect(code).toBe(201);
    expect(json.metadata.name).toMatch(/^hook-[a-z0-9]{5}$/);
    expect(json.metadata.generateName).toBe('hook-');
  });

  it('refuses a second object of the same name', async () => {
    const namespace = await makeNamespace(client());
    await client().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', { a: '1' }));
    const { code, json } = await client().post(
      `/api/v1/namespaces/${namespace}/configmaps`,
      configMap('settings', { a: '1' }),
    );
    expect(code).toBe(409);
    expect(json).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'configmaps "settings" already exists',
    });
  });

  it('answers 404 for an object and for a namespace that are not there', async () => {
    const namespace = await makeNamespace(client());
    const missing = await client().get(`/apis/apps/v1/namespaces/${namespace}/deployments/nothing`);
    expect(missing.code).toBe(404);
    expect(missing.json).toMatchObject({
      reason: 'NotFound',
      message: 'deployments.apps "nothing" not found',
      details: { name: 'nothing', group: 'apps', kind: 'deployments' },
    });
    const nowhere = await client().post('/api/v1/namespaces/nowhere-at-all/configmaps', configMap('settings', {}));
    expect(nowhere.code).toBe(404);
    expect(nowhere.json).toMatchObject({ reason: 'NotFound', message: 'namespaces "nowhere-at-all" not found' });
  });

  it('replaces only what the writer has seen', async () => {
    const namespace = await makeNamespace(client());
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
    const first = (await client().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', { a: '1' })))
      .json;
    const second = await client().put(path, { ...first, data: { a: '2' } });
    expect(second.code).toBe(200);
    expect(Number(second.json.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    const stale = await client().put(path, { ...first, data: { a: '3' } });
    expect(stale.code).toBe(409);
    expect(stale.json).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('writes nothing when nothing changes', async () => {
    const namespace = await makeNamespace(client());
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
    const first = (await client().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', { a: '1' })))
      .json;
    const second = (await client().put(path, first)).json;
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('counts the generation with the spec, not with labels', async () => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'));
    expect((await client().merge(path, { metadata: { labels: { team: 'shop' } } })).json.metadata.generation).toBe(1);
    expect((await client().merge(path, { spec: { replicas: 3 } })).json.metadata.generation).toBe(2);
  });

  it('takes a status only through its own endpoint', async () => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      ...deployment('web'),
      status: { replicas: 9 },
    });
    expect((await client().get(path)).json.status.replicas).toBeUndefined();
    const patched = await client().merge(`${path}/status`, { spec: { replicas: 7 }, status: { replicas: 2 } });
    expect(patched.json.status.replicas).toBe(2);
    expect(patched.json.spec.replicas).toBe(2);
    expect(patched.json.metadata.generation).toBe(1);
  });

  it('scales through the scale endpoint', async () => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'));
    const scale = (await client().get(`${path}/scale`)).json;
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { selector: 'app=web' },
    });
    expect((await client().put(`${path}/scale`, { ...scale, spec: { replicas: 5 } })).json.spec.replicas).toBe(5);
    expect((await client().get(path)).json.spec.replicas).toBe(5);
  });

  it('keeps nothing of a dry run', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const tried = await client().post(`${collection}?dryRun=All`, configMap('settings', { a: '1' }));
    expect(tried.code).toBe(201);
    expect(tried.json.metadata.uid).toMatch(/./);
    expect((await client().get(`${collection}/settings`)).code).toBe(404);
    await client().post(collection, configMap('settings', { a: '1' }));
    expect((await client().merge(`${collection}/settings?dryRun=All`, { data: { a: '2' } })).json.data).toEqual({
      a: '2',
    });
    expect((await client().delete(`${collection}/settings?dryRun=All`)).code).toBe(200);
    expect((await client().get(`${collection}/settings`)).json.data).toEqual({ a: '1' });
  });

  it('encodes the plain values of a Secret', async () => {
    const namespace = await makeNamespace(client());
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password: 'hunter2' } };
    const { json } = await client().post(`/api/v1/namespaces/${namespace}/secrets`, body);
    expect(json).toMatchObject({ type: 'Opaque', data: { password: 'aHVudGVyMg==' } });
    expect(json.stringData).toBeUndefined();
  });
}
