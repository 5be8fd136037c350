import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, deployment, makeNamespace } from './fixtures.ts';

/** Deletion, as far as the API server itself does it: garbage collection is a controller. */
export function deletionContract(client: () => Client): void {
  async function map(metadata: Readonly<Record<string, unknown>> = {}) {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const body = { ...configMap('settings', {}), metadata: { name: 'settings', ...metadata } };
    const { json } = await client().post(collection, body);
    return { namespace, collection, path: `${collection}/settings`, json };
  }

  it('answers with a Status that names what is gone', async () => {
    const { path, json } = await map();
    const { code, json: status } = await client().delete(path);
    expect(code).toBe(200);
    expect(status).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'settings', kind: 'configmaps', uid: json.metadata.uid },
    });
    expect((await client().get(path)).code).toBe(404);
    expect((await client().delete(path)).code).toBe(404);
  });

  it('deletes only the object that is meant', async () => {
    const { path, json } = await map();
    const other = await client().delete(path, { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } });
    expect([other.code, other.json.reason]).toEqual([409, 'Conflict']);
    const stale = await client().delete(path, { preconditions: { resourceVersion: '1' } });
    expect([stale.code, stale.json.reason]).toEqual([409, 'Conflict']);
    expect(
      (
        await client().delete(path, {
          preconditions: { uid: json.metadata.uid, resourceVersion: json.metadata.resourceVersion },
        })
      ).code,
    ).toBe(200);
  });

  it('waits for finalizers', async () => {
    const { path } = await map({ finalizers: ['example.com/hold'] });
    const marked = await client().delete(path);
    expect(marked.json.metadata.deletionTimestamp).toMatch(/Z$/);
    expect((await client().get(path)).code).toBe(200);
    const more = await client().merge(path, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
    expect(more.code).toBe(422);
    expect(more.json.message).toContain('no new finalizers can be added if the object is being deleted');
    expect((await client().merge(path, { metadata: { finalizers: null } })).code).toBe(200);
    expect((await client().get(path)).code).toBe(404);
  });

  it.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ])('with %s keeps the object until its dependents are seen to', async (propagationPolicy, finalizer) => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web', { replicas: 0 }));
    const { json } = await client().delete(path, { propagationPolicy });
    expect(json.metadata.finalizers).toEqual([finalizer]);
    expect(json.metadata.deletionTimestamp).toMatch(/Z$/);
  });

  it('deletes a selection at once', async () => {
    const { collection } = await map({ labels: { doomed: 'yes' } });
    await client().post(collection, configMap('other', {}, { doomed: 'no' }));
    const { code } = await client().delete(`${collection}?labelSelector=doomed%3Dyes`);
    expect(code).toBe(200);
    expect((await client().get(`${collection}/settings`)).code).toBe(404);
    expect((await client().get(`${collection}/other`)).code).toBe(200);
  });

  it('lets nothing new into a namespace that is going', async () => {
    const { namespace, collection } = await map({ finalizers: ['example.com/hold'] });
    const going = await client().delete(`/api/v1/namespaces/${namespace}`);
    expect(going.json.status.phase).toBe('Terminating');
    const { code, json } = await client().post(collection, configMap('late', {}));
    expect(code).toBe(403);
    expect(json).toMatchObject({
      reason: 'Forbidden',
      message: `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    });
    expect(json.details.causes[0].reason).toBe('NamespaceTerminating');
    await client().merge(`${collection}/settings`, { metadata: { finalizers: null } });
  });
}
