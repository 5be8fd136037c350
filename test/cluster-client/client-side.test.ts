import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { widgets as definition } from '../fixtures/widgets.ts';
import {
  clientsOf,
  configMap,
  deployment,
  problemOf,
  registered,
  SHOP,
  script,
  startCluster,
  status,
} from './support.ts';

const WEB = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
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

/** A Deployment with these containers. */
function pods(containers: readonly object[], more: object = {}): Manifest {
  return deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers, ...more } } });
}

const NGINX = { name: 'web', image: 'nginx:1.27' };

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

  it('takes away what it applied before, and leaves what others set', async () => {
    const { reader, writer, cluster } = await shop();
    await writer.apply(configMap('settings', { colour: 'green', size: 'L' }), CLIENT_SIDE);
    await fetch(`${cluster.url}/api/v1/namespaces/shop/configmaps/settings?fieldManager=hand`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ data: { owner: 'ann' }, metadata: { labels: { team: 'web' } } }),
    });
    expect((await writer.apply(configMap('settings', { size: 'M' }), CLIENT_SIDE)).action).toBe('configured');
    const live = await reader.get('v1', SETTINGS);
    expect(live?.['data']).toEqual({ size: 'M', owner: 'ann' });
    expect(live?.metadata.labels).toEqual({ team: 'web' });
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

  it('merges containers by name, and takes away one that the manifest no longer has', async () => {
    const { reader, writer, cluster } = await shop();
    await writer.apply(
      pods([
        { ...NGINX, env: [{ name: 'A' }, { name: 'B' }] },
        { name: 'side', image: 'side:1' },
      ]),
      CLIENT_SIDE,
    );
    const injected = { spec: { template: { spec: { containers: [{ name: 'proxy', image: 'envoy:1' }] } } } };
    await fetch(`${cluster.url}/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=mesh`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: JSON.stringify(injected),
    });
    await writer.apply(
      pods([
        { name: 'first', image: 'first:1' },
        { ...NGINX, env: [{ name: 'B' }] },
      ]),
      CLIENT_SIDE,
    );
    const live = (await reader.get('apps/v1', WEB)) as ReturnType<typeof JSON.parse>;
    const { containers } = live.spec.template.spec;
    const names = containers.map(({ name }: { name: string }) => name);
    expect([...names].sort()).toEqual(['first', 'proxy', 'web']);
    expect(names.indexOf('first')).toBeLessThan(names.indexOf('web'));
    expect(containers[names.indexOf('web')].env).toEqual([{ name: 'B' }]);
  });

  it('changes the type of a volume, and the strategy of a Deployment', async () => {
    const { reader, writer } = await shop();
    const volumes = (source: object) => ({ volumes: [{ name: 'data', ...source }] });
    await writer.apply(pods([NGINX], volumes({ configMap: { name: 'settings' } })), CLIENT_SIDE);
    const changed = pods([NGINX], volumes({ emptyDir: {} }));
    const recreated = { ...changed, spec: { ...(changed['spec'] as object), strategy: { type: 'Recreate' } } };
    await writer.apply(recreated, CLIENT_SIDE);
    const live = (await reader.get('apps/v1', WEB)) as ReturnType<typeof JSON.parse>;
    expect(live.spec.template.spec.volumes).toEqual([{ name: 'data', emptyDir: {} }]);
    expect(live.spec.strategy).toEqual({ type: 'Recreate' });
  });

  it('takes a finalizer away that it set, and leaves those of others', async () => {
    const { reader, writer, cluster } = await shop();
    const held = (finalizers: readonly string[]): Manifest => ({
      ...configMap('settings'),
      metadata: { name: 'settings', namespace: 'shop', finalizers },
    });
    await writer.apply(held(['acme.io/a', 'acme.io/b']), CLIENT_SIDE);
    await fetch(`${cluster.url}/api/v1/namespaces/shop/configmaps/settings?fieldManager=other`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: JSON.stringify({ metadata: { finalizers: ['other.io/c'] } }),
    });
    await writer.apply(held(['acme.io/b']), CLIENT_SIDE);
    expect((await reader.get('v1', SETTINGS))?.metadata.finalizers).toEqual(['acme.io/b', 'other.io/c']);
  });

  it('puts a list in its place whose merge key names two items: a port for TCP and for UDP', async () => {
    const { reader, writer } = await shop();
    const dns = (ports: readonly object[]): Manifest => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'dns', namespace: 'shop' },
      spec: { selector: { app: 'dns' }, ports },
    });
    const both = ['TCP', 'UDP'].map((protocol) => ({ name: protocol.toLowerCase(), port: 53, protocol }));
    await writer.apply(dns(both), CLIENT_SIDE);
    expect((await writer.apply(dns(both), CLIENT_SIDE)).action).toBe('unchanged');
    await writer.apply(dns(both.slice(1)), CLIENT_SIDE);
    const live = (await reader.get('v1', { ...SETTINGS, kind: 'Service', name: 'dns' })) as ReturnType<
      typeof JSON.parse
    >;
    expect(live.spec.ports.map(({ protocol }: { protocol: string }) => protocol)).toEqual(['UDP']);
  });

  it('replaces the lists of custom kinds as a whole', async () => {
    const { reader, writer } = await shop();
    const group = 'shapes.example.com';
    await writer.apply(definition(group));
    const widget = (spec: object): Manifest => ({
      apiVersion: `${group}/v1`,
      kind: 'Widget',
      metadata: { name: 'one', namespace: 'shop' },
      spec,
    });
    await writer.apply(widget({ size: 1, parts: [{ name: 'a' }, { name: 'b' }], colour: 'red' }), CLIENT_SIDE);
    await writer.apply(widget({ size: 2, parts: [{ name: 'b' }] }), CLIENT_SIDE);
    const live = await reader.get(`${group}/v1`, { group, kind: 'Widget', namespace: 'shop', name: 'one' });
    expect(live?.['spec']).toEqual({ size: 2, parts: [{ name: 'b' }] });
  });

  it('takes a value of a Secret away that stringData no longer has', async () => {
    const { reader, writer } = await shop();
    const login = (stringData: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace: 'shop' },
      stringData,
    });
    await writer.apply(login({ user: 'ann', password: 'hunter2' }), CLIENT_SIDE);
    expect((await writer.apply(login({ user: 'ann', password: 'hunter2' }), CLIENT_SIDE)).action).toBe('unchanged');
    await writer.apply(login({ user: 'ann' }), CLIENT_SIDE);
    const live = await reader.get('v1', { ...SETTINGS, kind: 'Secret', name: 'login' });
    expect(live?.['data']).toEqual({ user: Buffer.from('ann').toString('base64') });
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

  it('refuses a field that the kind does not have, unless Validate=false', async () => {
    const { reader, writer } = await shop();
    await writer.apply(configMap('settings', { a: '1' }), CLIENT_SIDE);
    const odd = { ...configMap('settings', { a: '2' }), dta: { a: 'b' } };
    const refused = await problemOf(writer.apply(odd, CLIENT_SIDE));
    expect(refused.code).toBe('cluster-refused');
    expect(refused.message).toContain('unknown field "dta"');
    await writer.apply(odd, { ...CLIENT_SIDE, validate: 'Ignore' });
    expect((await reader.get('v1', SETTINGS))?.['data']).toEqual({ a: '2' });
  });

  it('is rehearsed by a dry run that stores nothing, and changes no owner', async () => {
    const { reader, writer } = await shop();
    expect((await reader.dryRun(configMap('settings', { a: '1' }), CLIENT_SIDE)).action).toBe('created');
    expect(await reader.get('v1', SETTINGS)).toBeUndefined();
    await writer.apply(configMap('settings', { a: '1', b: '2' }), CLIENT_SIDE);
    const before = await reader.get('v1', SETTINGS);
    const { action, manifest } = await reader.dryRun(configMap('settings', { a: '1' }), CLIENT_SIDE);
    expect([action, manifest['data']]).toEqual(['configured', { a: '1' }]);
    expect((await reader.dryRun(configMap('settings', { a: '1', b: '2' }), CLIENT_SIDE)).action).toBe('unchanged');
    expect(await reader.get('v1', SETTINGS)).toEqual(before);
  });
});

// https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
describe('a change of the way of applying', () => {
  it('to server-side: what client-side apply set goes with the manifest, and its annotation too', async () => {
    const { reader, writer } = await shop();
    await writer.apply(configMap('settings', { a: '1', b: '2' }), CLIENT_SIDE);
    await writer.apply(configMap('settings', { a: '1' }));
    const live = await reader.get('v1', SETTINGS);
    expect(live?.['data']).toEqual({ a: '1' });
    expect(managersOf(live)).toEqual(['trimtab Apply']);
    expect(lastAppliedOf(live)).toBeUndefined();
  });

  it('to client-side: what server-side apply set goes with the manifest', async () => {
    const { reader, writer } = await shop();
    await writer.apply(pods([NGINX, { name: 'side', image: 'side:1' }]));
    await writer.apply(pods([NGINX]), CLIENT_SIDE);
    const live = (await reader.get('apps/v1', WEB)) as ReturnType<typeof JSON.parse>;
    expect(live.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['web']);
    expect(lastAppliedOf(live)).toContain('"nginx:1.27"');
  });

  it('and back again and again leaves nothing behind', async () => {
    const { reader, writer } = await shop();
    for (const [index, how] of [{}, CLIENT_SIDE, {}, CLIENT_SIDE, CLIENT_SIDE, {}].entries()) {
      await writer.apply(configMap('settings', { [`key${index}`]: 'x' }), how);
      expect((await reader.get('v1', SETTINGS))?.['data']).toEqual({ [`key${index}`]: 'x' });
    }
  });
});
