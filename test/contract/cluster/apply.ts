import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, deployment, fieldsOf, makeNamespace, managersOf } from './fixtures.ts';

/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export function applyContract(client: () => Client): void {
  async function web(): Promise<string> {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    expect((await client().apply(path, 'trimtab', deployment('web'))).code).toBe(201);
    return path;
  }
  async function settings(data: Readonly<Record<string, string>>): Promise<string> {
    const namespace = await makeNamespace(client());
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
    await client().apply(path, 'trimtab', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data,
    });
    return path;
  }
  const bare = (data: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data,
  });

  it('creates, and owns exactly what was written, not the defaults', async () => {
    const { json } = await client().get(await web());
    expect(json.metadata.managedFields).toEqual([
      {
        manager: 'trimtab',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: expect.stringMatching(/Z$/),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"web"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('changes nothing, not even the version, when the same is applied again', async () => {
    const path = await web();
    const first = (await client().get(path)).json;
    const again = await client().apply(path, 'trimtab', deployment('web'));
    expect(again.code).toBe(200);
    expect(again.json).toEqual(first);
  });

  it('refuses to change what somebody else set, in the well-known words', async () => {
    const path = await web();
    await client().merge(`${path}?fieldManager=kubectl-edit`, { spec: { replicas: 5 } });
    const { code, json } = await client().apply(path, 'trimtab', deployment('web', { replicas: 3 }));
    expect(code).toBe(409);
    expect(json).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-edit" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    });
  });

  it('lists several conflicts by manager', async () => {
    const path = await settings({ a: '1', b: '1' });
    await client().merge(`${path}?fieldManager=kubectl-edit`, { data: { a: '2', b: '2' } });
    const { json } = await client().apply(path, 'trimtab', bare({ a: '1', b: '1' }));
    expect(json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using v1:\n- .data.a\n- .data.b',
    );
  });

  it('names the subresource of a conflict, and no version for another applier', async () => {
    const path = await web();
    await client().send('PATCH', `${path}/scale?fieldManager=autoscaler`, {
      body: { spec: { replicas: 6 } },
      type: 'application/merge-patch+json',
    });
    const scaled = await client().apply(path, 'trimtab', deployment('web'));
    expect(scaled.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "autoscaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const other = await settings({ a: '1' });
    const conflict = await client().apply(other, 'someone', bare({ a: '2' }));
    expect(conflict.json.message).toBe('Apply failed with 1 conflict: conflict with "trimtab": .data.a');
  });

  it('takes fields over when forced', async () => {
    const path = await web();
    await client().merge(`${path}?fieldManager=kubectl-edit`, { spec: { replicas: 5 } });
    const { code, json } = await client().apply(path, 'trimtab', deployment('web', { replicas: 3 }), '&force=true');
    expect([code, json.spec.replicas]).toEqual([200, 3]);
    expect(managersOf(json)).toEqual(['trimtab Apply']);
  });

  it('says who changed a field by hand', async () => {
    const path = await web();
    const { json } = await client().merge(`${path}?fieldManager=kubectl-edit`, { spec: { replicas: 5 } });
    expect(managersOf(json)).toEqual(['kubectl-edit Update', 'trimtab Apply']);
    expect(fieldsOf(json, 'kubectl-edit')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('takes the manager from the user agent when the query names none', async () => {
    const path = await settings({ a: '1' });
    const { json } = await client().send('PATCH', path, {
      body: { data: { b: '2' } },
      type: 'application/merge-patch+json',
      userAgent: 'curl/8.5.0',
    });
    expect(managersOf(json)).toEqual(['curl Update', 'trimtab Apply']);
  });

  it('removes what its manager no longer applies, and only that', async () => {
    const path = await settings({ a: '1', b: '2' });
    await client().merge(`${path}?fieldManager=kubectl-edit`, { data: { c: '3' } });
    expect((await client().apply(path, 'trimtab', bare({ a: '1' }))).json.data).toEqual({ a: '1', c: '3' });
  });

  it('keeps the name of an object whose last label goes', async () => {
    const path = await settings({ a: '1' });
    const { metadata } = bare({});
    const labelled = { ...bare({ a: '1' }), metadata: { ...metadata, labels: { app: 'web' } } };
    expect((await client().apply(path, 'trimtab', labelled)).json.metadata.labels).toEqual({ app: 'web' });
    const { code, json } = await client().apply(path, 'trimtab', bare({ a: '1' }));
    expect([code, json.metadata.name, json.metadata.labels]).toEqual([200, 'settings', undefined]);
  });

  it('removes an item of a keyed list, with the defaults in it', async () => {
    const path = await web();
    const containers = [
      { name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] },
      { name: 'side', image: 'busybox:1' },
    ];
    const two = deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers } } });
    expect((await client().apply(path, 'trimtab', two)).json.spec.template.spec.containers).toHaveLength(2);
    const left = (await client().apply(path, 'trimtab', deployment('web'))).json.spec.template.spec.containers;
    expect(left.map((one: { name: string }) => one.name)).toEqual(['web']);
  });

  it('gives a field back its default when it is no longer applied', async () => {
    const path = await web();
    const { replicas: _replicas, ...spec } = deployment('web')['spec'] as Record<string, unknown>;
    const { json } = await client().apply(path, 'trimtab', { ...deployment('web'), spec });
    expect(json.spec.replicas).toBe(1);
  });

  it('lets two own the same value, and keeps it until both let go', async () => {
    const path = await settings({ a: '1' });
    expect((await client().apply(path, 'someone', bare({ a: '1' }))).code).toBe(200);
    const one = await client().apply(path, 'trimtab', bare({}));
    expect(one.json.data).toEqual({ a: '1' });
    const none = await client().apply(path, 'someone', bare({}));
    expect(none.json.data).toBeUndefined();
  });

  it('loses a field to an update', async () => {
    const path = await settings({ a: '1', b: '2' });
    const { json } = await client().merge(`${path}?fieldManager=kubectl-edit`, { data: { a: '9' } });
    expect(fieldsOf(json, 'trimtab')).toEqual({ 'f:data': { 'f:b': {} } });
  });

  it('treats an object from before as owned by who created it, defaults and all', async () => {
    const namespace = await makeNamespace(client());
    const created = await client().post(
      `/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-create`,
      configMap('settings', { a: '1' }, { x: 'y' }),
    );
    expect(fieldsOf(created.json, 'kubectl-create')).toEqual({
      'f:data': { '.': {}, 'f:a': {} },
      'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
    });
  });

  it('asks for a manager', async () => {
    const namespace = await makeNamespace(client());
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
    const { code, json } = await client().send('PATCH', path, { body: bare({}), type: 'application/apply-patch+yaml' });
    expect(code).toBe(422);
    expect(json.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  it('refuses managedFields in what is applied', async () => {
    const path = await settings({ a: '1' });
    const live = (await client().get(path)).json;
    const { code, json } = await client().apply(path, 'trimtab', live);
    expect(code).toBe(400);
    expect(json.message).toContain('metadata.managedFields must be nil');
  });

  it('refuses fields that the kind does not have, whatever the validation', async () => {
    const path = await web();
    const { code, json } = await client().apply(
      path,
      'trimtab',
      deployment('web', { foo: 1 }),
      '&fieldValidation=Ignore',
    );
    expect(code).toBe(500);
    // The object is named as the body does, which has no namespace here.
    expect(json.message).toBe(
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    );
  });

  it('tells where the field is by the keys of lists', async () => {
    const containers = [{ name: 'web', imagee: 'nginx:1.27' }];
    const { code, json } = await client().apply(
      await web(),
      'trimtab',
      deployment('web', { template: { spec: { containers } } }),
    );
    expect([code, json.reason]).toEqual([500, undefined]);
    expect(json.message).toContain(': .spec.template.spec.containers[name="web"].imagee: field not declared in schema');
  });

  it('refuses values of another type in words of its own', async () => {
    const { code, json } = await client().apply(await web(), 'trimtab', deployment('web', { replicas: 'two' }));
    expect([code, json.reason]).toEqual([500, undefined]);
    expect(json.message).toContain(': .spec.replicas: expected numeric (int or float), got string');
    const map = await client().apply(await settings({ a: '1' }), 'trimtab', {
      ...bare({}),
      data: { a: 1 },
    });
    expect(map.json.message).toBe(
      'failed to create typed patch object (/settings; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
    );
  });

  it('refuses two items of one key, which a POST takes', async () => {
    const namespace = await makeNamespace(client());
    const env = [
      { name: 'LEVEL', value: 'info' },
      { name: 'LEVEL', value: 'debug' },
    ];
    const twice = deployment('web', {
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'x:1', env }] } },
    });
    const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const { code, json } = await client().apply(`${collection}/web`, 'trimtab', twice);
    expect([code, json.reason]).toEqual([500, undefined]);
    expect(json.message).toContain(
      '.spec.template.spec.containers[name="web"].env: duplicate entries for key [name="LEVEL"]',
    );
    expect((await client().post(collection, twice)).code).toBe(201);
  });

  it('refuses Secret data that is not encoded, with no reason', async () => {
    const namespace = await makeNamespace(client());
    const { code, json } = await client().apply(`/api/v1/namespaces/${namespace}/secrets/login`, 'trimtab', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      data: { password: 'not base64!' },
    });
    expect([code, json.reason]).toEqual([500, undefined]);
    expect(json.message).toBe(
      'failed to convert new object (/login; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 3',
    );
  });

  it('gives an apply that changes no value no time', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await client().post(`${collection}?fieldManager=kubectl-create`, configMap('settings', { a: '1' }));
    const { json } = await client().apply(`${collection}/settings`, 'trimtab', bare({ a: '1' }));
    expect(managersOf(json)).toEqual(['kubectl-create Update', 'trimtab Apply']);
    const [own] = json.metadata.managedFields;
    expect([own.manager, own.time]).toEqual(['trimtab', undefined]);
  });

  it('shows in a dry run what would come of it', async () => {
    const path = await web();
    const { code, json } = await client().apply(path, 'trimtab', deployment('web', { replicas: 9 }), '&dryRun=All');
    expect([code, json.spec.replicas, json.metadata.generation]).toEqual([200, 9, 2]);
    expect((await client().get(path)).json.spec.replicas).toBe(2);
  });

  it('forgets all managers when asked to', async () => {
    const path = await settings({ a: '1' });
    const { json } = await client().merge(path, { metadata: { managedFields: [{}] } });
    expect(json.metadata.managedFields).toBeUndefined();
  });
}
