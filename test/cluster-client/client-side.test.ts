import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { clientsOf, configMap, problemOf, registered, SHOP, script, startCluster, status } from './support.ts';

const SETTINGS = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' } as const;
const CLIENT_SIDE = { clientSide: true } as const;

/** Who manages an object, and how. */
function managersOf(object: Manifest | undefined): readonly string[] {
  return (object?.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);
}

function lastAppliedOf(object: Manifest | undefined): string | undefined {
  return object?.metadata.annotations?.[ANNOTATION.lastApplied];
}

async function shop() {
  const started = await startCluster();
  await started.writer.apply(SHOP);
  return started;
}

// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
describe('client-side apply', () => {
  it('creates an object that remembers what it was applied from, as kubectl writes it', async () => {
    const { reader, writer } = await shop();
    const { action } = await writer.apply(configMap('settings', { b: '<1>', a: '2' }), CLIENT_SIDE);
    expect(action).toBe('created');
    const live = await reader.get('v1', SETTINGS);
    expect(managersOf(live)).toEqual(['trimtab Update']);
    expect(lastAppliedOf(live)).toBe(
      '{"apiVersion":"v1","data":{"a":"2","b":"\\u003c1\\u003e"},"kind":"ConfigMap",' +
        '"metadata":{"annotations":{},"name":"settings","namespace":"shop"}}\n',
    );
  });

  it('sends nothing where nothing changes', async () => {
    const applied = configMap('settings', { a: '1' });
    const before = await shop();
    await before.writer.apply(applied, CLIENT_SIDE);
    const live = await before.reader.get('v1', SETTINGS);
    const { url, asked } = await script(({ url: path }) => ({
      body: path.startsWith('/openapi') ? { components: { schemas: {} }, paths: {} } : live,
    }));
    const { writer } = await clientsOf(registered(url));
    expect((await writer.apply(applied, CLIENT_SIDE)).action).toBe('unchanged');
    expect(asked.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('says what to do where the manifest is too large for its annotation', async () => {
    const { writer } = await shop();
    const refused = await problemOf(writer.apply(configMap('settings', { text: 'x'.repeat(262_144) }), CLIENT_SIDE));
    expect(refused).toMatchObject({ code: 'cluster-refused', where: { resource: 'ConfigMap shop/settings' } });
    expect(refused.message).toContain('262144');
    expect(refused.fix).toContain('ServerSideApply=true');
    expect(refused.message).not.toContain('xxx');
  });

  it('looks again where somebody else was faster, and where the object went in between', async () => {
    const conflict = status(409, 'Conflict', 'the object has been modified');
    const gone = status(404, 'NotFound', 'configmaps "settings" not found');
    let patches = 0;
    const { url, asked } = await script(({ method, url: path }) => {
      if (path.startsWith('/openapi')) return { body: { components: { schemas: {} }, paths: {} } };
      if (method === 'PATCH') {
        patches += 1;
        return patches === 1 ? conflict : gone;
      }
      if (method === 'GET' && patches === 2) return gone;
      return { status: method === 'POST' ? 201 : 200, body: configMap('settings') };
    });
    const { writer } = await clientsOf(registered(url));
    expect((await writer.apply(configMap('settings', { a: '1' }), CLIENT_SIDE)).action).toBe('created');
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'PATCH', 'GET', 'PATCH', 'GET', 'POST']);
  });

  it('sends a merge patch to a server that does not take the strategic one', async () => {
    const operation = {
      'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'ConfigMap' },
      requestBody: { content: { 'application/strategic-merge-patch+json': {} } },
    };
    const document = {
      paths: { '/api/v1/namespaces/{namespace}/configmaps/{name}': { patch: operation } },
      components: {
        schemas: {
          ConfigMap: { 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'ConfigMap' }] },
        },
      },
    };
    const { url, asked } = await script(({ method, headers, url: path }) => {
      if (path.startsWith('/openapi')) return { body: document };
      if (method === 'PATCH' && headers['content-type']?.includes('strategic') === true)
        return status(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
      return { body: configMap('settings') };
    });
    const { writer } = await clientsOf(registered(url));
    await writer.apply(configMap('settings', { a: '1' }), CLIENT_SIDE);
    const patches = asked.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers['content-type'])).toEqual([
      'application/strategic-merge-patch+json',
      'application/merge-patch+json',
    ]);
  });

  it('goes by neither a last-applied that is no JSON nor one that is no object', async () => {
    const { reader, writer } = await shop();
    const odd = (text: string): Manifest => ({
      ...configMap('settings', { a: '1', b: '2' }),
      metadata: { name: 'settings', namespace: 'shop', annotations: { [ANNOTATION.lastApplied]: text } },
    });
    for (const text of ['{"data":', '7']) {
      await writer.apply(odd(text), { replace: true });
      await writer.apply(configMap('settings', { a: '1' }), CLIENT_SIDE);
      expect((await reader.get('v1', SETTINGS))?.['data']).toEqual({ a: '1', b: '2' });
    }
  });
});
