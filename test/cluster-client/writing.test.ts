import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/spec/manifest.ts';
import { clientsOf, configMap, deployment, problemOf, registered, SHOP, script, startCluster } from './support.ts';

const WEB = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;

describe('apply', () => {
  it('says whether it created, changed or found everything as it should be', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    expect((await writer.apply(deployment())).action).toBe('created');
    expect((await writer.apply(deployment())).action).toBe('unchanged');
    expect((await writer.apply(deployment('web', { replicas: 3 }))).action).toBe('configured');
  });

  it('owns its fields as trimtab', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest } = await writer.apply(deployment());
    expect(manifest.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'trimtab', operation: 'Apply' }),
    );
  });

  it('takes over the fields of others, unless told not to', async () => {
    const { cluster, writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(deployment());
    await fetch(`${cluster.url}/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-edit`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec: { replicas: 7 } }),
    });
    const refused = await problemOf(writer.apply(deployment(), { force: false }));
    expect(refused).toMatchObject({ code: 'conflict', where: { resource: 'Deployment shop/web' } });
    expect(refused.message).toContain('kubectl-edit');
    expect(refused.message).toContain('.spec.replicas');
    const { action, manifest } = await writer.apply(deployment());
    expect(action).toBe('configured');
    expect(manifest['spec']).toMatchObject({ replicas: 2 });
  });

  it('takes over what kubectl applied, so that what the manifest no longer has goes', async () => {
    const { cluster, writer, reader } = await startCluster();
    await writer.apply(SHOP);
    const url = `${cluster.url}/api/v1/namespaces/shop/configmaps`;
    const body = { ...configMap('web'), data: { first: 'a', second: 'b' } };
    for (const name of ['web', 'kept']) {
      await fetch(`${url}?fieldManager=kubectl-client-side-apply`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, metadata: { ...body.metadata, name } }),
      });
    }
    const wanted = (name: string): Manifest => ({
      ...body,
      metadata: { ...body.metadata, name },
      data: { first: 'a' },
    });
    const { manifest } = await writer.apply(wanted('web'));
    expect(manifest['data']).toEqual({ first: 'a' });
    await writer.apply(wanted('kept'), { migrate: false });
    const kept = await reader.get('v1', { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'kept' });
    expect(kept?.['data']).toEqual({ first: 'a', second: 'b' });
  });

  it('is one request where the object was listed before', async () => {
    const { cluster, writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(configMap('other'));
    cluster.requests.length = 0;
    const { action, manifest } = await writer.apply(configMap('settings', { size: 'L' }), { live: 'none' });
    expect(action).toBe('created');
    expect((await writer.apply(configMap('settings', { size: 'L' }), { live: manifest })).action).toBe('unchanged');
    expect((await writer.apply(configMap('settings', { size: 'M' }), { live: manifest })).action).toBe('configured');
    expect(cluster.requests).toHaveLength(3);
  });

  it('takes over what kubectl applied after the object was listed', async () => {
    const { cluster, writer } = await startCluster();
    await writer.apply(SHOP);
    const url = `${cluster.url}/api/v1/namespaces/shop/configmaps`;
    const theirs = async (data: object): Promise<void> => {
      const { status } = await fetch(`${url}/settings?fieldManager=kubectl-client-side-apply`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ data }),
      });
      expect(status).toBe(200);
    };
    const { manifest: listed } = await writer.apply(configMap('settings', { first: 'a' }));
    await theirs({ second: 'b' });
    const wanted = configMap('settings', { first: 'a' });
    expect((await writer.apply(wanted, { live: listed })).manifest['data']).toEqual({ first: 'a' });
    await theirs({ third: 'c' });
    expect((await writer.apply(wanted, { live: 'none' })).manifest['data']).toEqual({ first: 'a' });
  });

  it('replaces although what was listed is not what is there any more', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest: listed } = await writer.apply(configMap('settings', { size: 'L' }));
    await writer.apply(configMap('settings', { size: 'XL' }));
    const replaced = await writer.apply(configMap('settings', { size: 'M' }), { replace: true, live: listed });
    expect(replaced.manifest['data']).toEqual({ size: 'M' });
    const again = await writer.apply(configMap('settings', { size: 'S' }), { replace: true, live: 'none' });
    expect(again.manifest['data']).toEqual({ size: 'S' });
    const other = { ...listed, metadata: { ...listed.metadata, name: 'gone' } };
    expect((await writer.apply(configMap('gone'), { replace: true, live: other })).action).toBe('created');
  });

  it('refuses a field that the kind does not have, unless it replaces without validation', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const typo = deployment('web', { replicsa: 3 });
    for (const options of [{}, { replace: true }, { validate: 'Ignore' }] as const) {
      const refused = await problemOf(writer.apply(typo, options));
      expect(refused.code).toBe('cluster-refused');
      expect(refused.message).toContain('replicsa');
    }
    expect((await writer.apply(typo, { replace: true, validate: 'Ignore' })).action).toBe('created');
  });

  it("hands on the server's warnings", async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const { warnings } = await writer.apply(deployment('web', { replicsa: 3 }), { replace: true, validate: 'Warn' });
    expect(warnings.join('\n')).toContain('replicsa');
  });

  it('replaces with Replace=true: what the manifest leaves out is gone', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(configMap('settings', { colour: 'green', size: 'L' }));
    expect((await writer.apply(configMap('new'), { replace: true })).action).toBe('created');
    const { action, manifest } = await writer.apply(configMap('settings', { size: 'M' }), { replace: true });
    expect(action).toBe('configured');
    expect(manifest['data']).toEqual({ size: 'M' });
  });

  it('replaces although somebody else writes in between', async () => {
    const conflict = { kind: 'Status', reason: 'Conflict', code: 409, message: 'the object has been modified' };
    const { url, asked } = await script(({ method }, nth) => {
      if (method === 'PUT' && nth === 2) return { status: 409, body: conflict };
      return { body: { ...configMap('settings'), metadata: { name: 'settings', resourceVersion: String(nth) } } };
    });
    const { writer } = await clientsOf(registered(url));
    await writer.apply(configMap('settings'), { replace: true });
    const puts = asked.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ body }) => JSON.parse(body).metadata.resourceVersion)).toEqual(['1', '3']);
  });

  it('names the kind that the cluster does not serve', async () => {
    const { writer } = await startCluster();
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace: 'shop' },
    };
    const refused = await problemOf(writer.apply(rollout));
    expect(refused).toMatchObject({ code: 'not-found', where: { resource: 'Rollout shop/web' } });
    expect(refused.message).toContain('serves no Rollout in argoproj.io/v1alpha1');
  });

  it('asks for the namespace that a namespaced kind lacks', async () => {
    const { writer } = await startCluster();
    const nowhere: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };
    expect(await problemOf(writer.apply(nowhere))).toMatchObject({
      code: 'invalid-manifest',
      where: { field: 'metadata.namespace' },
    });
  });
});

describe('dryRun', () => {
  it('shows what would become of an object, with defaults, and stores nothing', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest } = await reader.dryRun(deployment());
    expect(manifest['spec']).toMatchObject({ strategy: { type: 'RollingUpdate' } });
    expect(await reader.get('apps/v1', WEB)).toBeUndefined();
  });

  it('of a replacement drops what the manifest leaves out, and stores that no more', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(configMap('settings', { colour: 'green', size: 'L' }));
    const { manifest } = await reader.dryRun(configMap('settings', { size: 'M' }), { replace: true });
    expect(manifest['data']).toEqual({ size: 'M' });
    const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
    expect(await reader.get('v1', key)).toMatchObject({ data: { colour: 'green', size: 'L' } });
  });

  it('is one request', async () => {
    const { cluster, reader, writer } = await startCluster();
    await writer.apply(SHOP);
    await reader.kinds();
    cluster.requests.length = 0;
    await reader.dryRun(deployment());
    expect(cluster.requests).toHaveLength(1);
  });
});

describe('create', () => {
  it('lets the server make the name of a hook', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const hook: Manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'migrate-', namespace: 'shop' },
    };
    const { action, manifest } = await writer.create(hook);
    expect(action).toBe('created');
    expect(manifest.metadata.name).toMatch(/^migrate-[a-z0-9]{5}$/);
  });

  it('throws conflict when the name is taken', async () => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.create(configMap('settings'));
    expect(await problemOf(writer.create(configMap('settings')))).toMatchObject({
      code: 'conflict',
      where: { resource: 'ConfigMap shop/settings' },
    });
  });
});

describe('remove', () => {
  it('deletes the object, and says gone when it is not there', async () => {
    const { cluster, writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(deployment());
    const background = { propagation: 'Background' } as const;
    expect(await writer.remove('apps/v1', WEB, background)).toBe('deleted');
    cluster.settle();
    expect(await writer.remove('apps/v1', WEB, background)).toBe('gone');
    expect(await writer.remove('acme.example/v1', { ...WEB, kind: 'Widget' }, background)).toBe('gone');
  });

  it('leaves an object alone that took the name of the one that was meant', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest } = await writer.apply(deployment());
    const foreground = { propagation: 'Foreground' } as const;
    expect(await writer.remove('apps/v1', WEB, { ...foreground, uid: 'another' })).toBe('gone');
    expect(await reader.get('apps/v1', WEB)).toBeDefined();
    expect(await writer.remove('apps/v1', WEB, { ...foreground, uid: String(manifest.metadata.uid) })).toBe('deleted');
  });

  it('does not take every conflict for another object', async () => {
    const busy = { kind: 'Status', reason: 'Conflict', code: 409, message: 'the namespace is being finalized' };
    const { url } = await script(({ method }) =>
      method === 'DELETE' ? { status: 409, body: busy } : { body: { metadata: { name: 'web', uid: 'this' } } },
    );
    const { writer } = await clientsOf(registered(url));
    const removal = writer.remove('apps/v1', WEB, { uid: 'this', propagation: 'Background' });
    expect(await problemOf(removal)).toMatchObject({ code: 'conflict' });
  });
});

// https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
describe('release', () => {
  const HELD = 'argocd.argoproj.io/hook-finalizer';
  const KEY = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'held' } as const;
  const held = {
    ...configMap('held'),
    metadata: { name: 'held', namespace: 'shop', finalizers: ['acme.io/own', HELD] },
  };

  it('takes one finalizer off, and leaves the others', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest } = await writer.create(held);
    const options = { finalizer: HELD, uid: manifest.metadata.uid ?? '' };
    expect(await writer.release('v1', KEY, options)).toBe('released');
    expect((await reader.get('v1', KEY))?.metadata.finalizers).toEqual(['acme.io/own']);
    expect(await writer.release('v1', KEY, options)).toBe('released');
  });

  it('lets an object go that waited for it, and says gone after', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    const { manifest } = await writer.create({ ...held, metadata: { ...held.metadata, finalizers: [HELD] } });
    await writer.remove('v1', KEY, { propagation: 'Background' });
    const options = { finalizer: HELD, uid: manifest.metadata.uid ?? '' };
    expect(await writer.release('v1', KEY, { ...options, uid: 'another' })).toBe('gone');
    expect((await reader.get('v1', KEY))?.metadata.deletionTimestamp).toBeDefined();
    expect(await writer.release('v1', KEY, options)).toBe('released');
    expect(await reader.get('v1', KEY)).toBeUndefined();
    expect(await writer.release('v1', KEY, options)).toBe('gone');
  });
});

describe('a registration that impersonates', () => {
  it('sends the user with every request, and one that does not sends none', async () => {
    const server = await script(() => ({ body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } } }));
    const user = 'system:serviceaccount:shop:deployer';
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } };
    const { writer } = await clientsOf(registered(server.url, { impersonate: user }));
    await writer.apply(manifest);
    expect([...new Set(server.asked.map(({ headers }) => headers['impersonate-user']))]).toEqual([user]);
    const before = server.asked.length;
    await (await clientsOf(registered(server.url))).writer.apply(manifest);
    const later = server.asked.slice(before);
    expect([...new Set(later.map(({ headers }) => headers['impersonate-user']))]).toEqual([undefined]);
  });
});
