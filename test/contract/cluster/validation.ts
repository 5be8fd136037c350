import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, deployment, makeNamespace } from './fixtures.ts';

/** What is refused, and how. */
export function validationContract(client: () => Client): void {
  const IMMUTABLE = 'field is immutable';

  async function post(path: string, body: unknown, query = '') {
    const namespace = await makeNamespace(client());
    return client().post(`${path.replace('{ns}', namespace)}${query}`, body);
  }
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/{ns}/deployments';
  const MAPS = '/api/v1/namespaces/{ns}/configmaps';

  it('refuses a name that is none, with the rule', async () => {
    const { code, json } = await post(MAPS, configMap('Not_A_Name', {}));
    expect([code, json.reason]).toEqual([422, 'Invalid']);
    expect(json.message).toMatch(
      /^ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
    );
    expect(json.details).toMatchObject({
      name: 'Not_A_Name',
      kind: 'ConfigMap',
      causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }],
    });
  });

  it('asks for a name', async () => {
    const { code, json } = await post(MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} });
    expect(code).toBe(422);
    expect(json.message).toContain('name or generateName is required');
  });

  it('refuses a label that is none', async () => {
    const { code, json } = await post(MAPS, configMap('settings', {}, { app: 'not a label' }));
    expect(code).toBe(422);
    expect(json.message).toContain('metadata.labels: Invalid value: "not a label": a valid label must be');
  });

  it('refuses a Deployment whose selector does not match its pods', async () => {
    const body = deployment('web', { selector: { matchLabels: { app: 'other' } } });
    const { code, json } = await post(DEPLOYMENTS, body);
    expect(code).toBe(422);
    expect(json.message).toMatch(
      /spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`/,
    );
  });

  it('refuses to promise more than the limit', async () => {
    const resources = { requests: { cpu: '2' }, limits: { cpu: '1500m' } };
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'x:1', resources }] },
    };
    const { code, json } = await post(DEPLOYMENTS, deployment('web', { template }));
    expect(code).toBe(422);
    expect(json.message).toBe(
      'Deployment.apps "web" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1500m',
    );
  });

  it('asks a Job for the restart policy, whose default is none for it', async () => {
    const body = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate' },
      spec: { template: { spec: { containers: [{ name: 'main', image: 'x:1' }] } } },
    };
    const { code, json } = await post('/apis/batch/v1/namespaces/{ns}/jobs', body);
    expect(code).toBe(422);
    expect(json.message).toBe(
      'Job.batch "migrate" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    );
  });

  it('refuses a schedule that is none', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x:1' }] } };
    const body = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { schedule: 'every night', jobTemplate: { spec: { template } } },
    };
    const { code, json } = await post('/apis/batch/v1/namespaces/{ns}/cronjobs', body);
    expect(code).toBe(422);
    expect(json.message).toContain(
      'spec.schedule: Invalid value: "every night": expected exactly 5 fields, found 2: [every night]',
    );
  });

  it('asks a Secret for the keys of its type', async () => {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web-tls' }, type: 'kubernetes.io/tls' };
    const { code, json } = await post('/api/v1/namespaces/{ns}/secrets', body);
    expect(code).toBe(422);
    expect(json.message).toBe(
      'Secret "web-tls" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]',
    );
  });

  it('lists all that is wrong at once', async () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web' }, { name: 'Web', image: 'x:1' }] },
    };
    const { code, json } = await post(DEPLOYMENTS, deployment('web', { replicas: -1, template }));
    expect(code).toBe(422);
    const fields = json.details.causes.map((cause: { field: string }) => cause.field);
    expect(fields).toEqual(
      expect.arrayContaining([
        'spec.replicas',
        'spec.template.spec.containers[0].image',
        'spec.template.spec.containers[1].name',
      ]),
    );
    expect(json.message).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
    expect(json.message).toContain('spec.template.spec.containers[0].image: Required value');
  });

  it('refuses a mount without its volume', async () => {
    const containers = [{ name: 'web', image: 'x:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }];
    const { json } = await post(
      DEPLOYMENTS,
      deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers } } }),
    );
    expect(json.message).toContain('spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"');
  });

  it('refuses a Service without ports', async () => {
    const { code, json } = await post('/api/v1/namespaces/{ns}/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {},
    });
    expect(code).toBe(422);
    expect(json.message).toContain('spec.ports: Required value');
  });

  it('refuses an Ingress path without its type', async () => {
    const backend = { service: { name: 'web', port: { number: 80 } } };
    const spec = { rules: [{ http: { paths: [{ path: '/', backend }] } }] };
    const { code, json } = await post('/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web' },
      spec,
    });
    expect(code).toBe(422);
    expect(json.message).toContain('spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified');
  });

  it('keeps the selector of a Deployment', async () => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'));
    const labels = { app: 'web', tier: 'x' };
    const { code, json } = await client().merge(path, {
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
    });
    expect(code).toBe(422);
    expect(json.details.causes).toEqual([
      { reason: 'FieldValueInvalid', field: 'spec.selector', message: expect.stringContaining(IMMUTABLE) },
    ]);
  });

  it('keeps the template of a Job', async () => {
    const namespace = await makeNamespace(client());
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'run', image: 'busybox:1' }] } } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec };
    const created = await client().post(`/apis/batch/v1/namespaces/${namespace}/jobs`, job);
    expect(created.json.spec).toMatchObject({
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
    });
    expect(created.json.spec.selector.matchLabels).toEqual({
      'batch.kubernetes.io/controller-uid': created.json.metadata.uid,
    });
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/migrate`;
    const { code, json } = await client().json(path, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'busybox:2' },
    ]);
    expect(code).toBe(422);
    expect(json.details.causes[0]).toMatchObject({
      field: 'spec.template',
      message: expect.stringContaining(IMMUTABLE),
    });
  });

  it('keeps the address of a Service', async () => {
    const namespace = await makeNamespace(client());
    const path = `/api/v1/namespaces/${namespace}/services/web`;
    await client().post(`/api/v1/namespaces/${namespace}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    });
    const { code, json } = await client().merge(path, { spec: { clusterIP: '10.0.0.77', clusterIPs: ['10.0.0.77'] } });
    expect(code).toBe(422);
    expect(json.message).toContain('spec.clusterIPs[0]: Invalid value');
    expect(json.message).toContain('may not change once set');
  });

  it('keeps most of a StatefulSet', async () => {
    const namespace = await makeNamespace(client());
    const { replicas: _replicas, ...spec } = deployment('db')['spec'] as Record<string, unknown>;
    const set = { ...deployment('db'), kind: 'StatefulSet', spec: { ...spec, serviceName: 'db' } };
    const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/db`;
    expect((await client().post(`/apis/apps/v1/namespaces/${namespace}/statefulsets`, set)).code).toBe(201);
    const { code, json } = await client().merge(path, { spec: { serviceName: 'other' } });
    expect(code).toBe(422);
    expect(json.message).toContain(
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy'",
    );
  });

  it('keeps immutable ConfigMaps', async () => {
    const namespace = await makeNamespace(client());
    await client().post(`/api/v1/namespaces/${namespace}/configmaps`, {
      ...configMap('settings', { a: '1' }),
      immutable: true,
    });
    const { code, json } = await client().merge(`/api/v1/namespaces/${namespace}/configmaps/settings`, {
      data: { a: '2' },
    });
    expect(code).toBe(422);
    expect(json.message).toContain('data: Forbidden: field is immutable when `immutable` is set');
  });

  it('refuses Secret data that is not encoded', async () => {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, data: { password: 'not base64!' } };
    const { code, json } = await post('/api/v1/namespaces/{ns}/secrets', body);
    expect([code, json.reason]).toEqual([400, 'BadRequest']);
    expect(json.message).toContain('illegal base64 data at input byte 3');
  });

  it('refuses values of the wrong type', async () => {
    const { code, json } = await post(DEPLOYMENTS, deployment('web', { replicas: 'two' }));
    expect([code, json.reason]).toEqual([400, 'BadRequest']);
    expect(json.message).toContain(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  it('refuses unknown fields when the request is strict', async () => {
    const { code, json } = await post(DEPLOYMENTS, deployment('web', { foo: 1 }), '?fieldValidation=Strict');
    expect([code, json.reason]).toEqual([400, 'BadRequest']);
    expect(json.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
    );
  });

  it('drops unknown fields with a warning, or silently when asked to', async () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'x:1', imagee: 'y' }] },
    };
    const warned = await post(DEPLOYMENTS, deployment('web', { template }), '?fieldValidation=Warn');
    expect(warned.code).toBe(201);
    expect(String(warned.headers['warning'])).toBe(
      '299 - "unknown field \\"spec.template.spec.containers[0].imagee\\""',
    );
    expect(warned.json.spec.template.spec.containers[0].imagee).toBeUndefined();
    const silent = await post(DEPLOYMENTS, deployment('web', { foo: 1 }), '?fieldValidation=Ignore');
    expect([silent.code, silent.headers['warning']]).toEqual([201, undefined]);
  });

  it('refuses an object that is addressed to another place', async () => {
    const wrongNamespace = { ...configMap('settings', {}), metadata: { name: 'settings', namespace: 'elsewhere' } };
    const { code, json } = await post(MAPS, wrongNamespace);
    expect(code).toBe(400);
    expect(json.message).toContain(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
    const namespace = await makeNamespace(client());
    await client().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', {}));
    const renamed = await client().put(`/api/v1/namespaces/${namespace}/configmaps/settings`, configMap('other', {}));
    expect(renamed.code).toBe(400);
    expect(renamed.json.message).toContain(
      'the name of the object (other) does not match the name on the URL (settings)',
    );
  });
}
