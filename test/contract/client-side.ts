import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { locateTools } from '../../src/render/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, type Manifest } from '../../src/spec/manifest.ts';
import type { ClusterReader, ClusterWriter } from '../../src/spec/ports.ts';
import { IN_CLUSTER } from '../../src/spec/settings.ts';
import { widgets } from '../fixtures/widgets.ts';
import { pods, STORIES, type Story } from './client-side-stories.ts';
import { type Client, createClient, type Loose } from './cluster/client.ts';
import { makeNamespace, managersOf, uniqueName } from './cluster/fixtures.ts';
import type { EngineCluster } from './engine/stage.ts';

const CLIENT_SIDE = { clientSide: true } as const;
const NGINX = { name: 'web', image: 'nginx:1.27' };

/**
 * `ServerSideApply=false` on an API server, the embedded one or a real one: what becomes of an object is what `kubectl apply`
 * makes of it. https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
 */
export function clientSideContract(subject: { readonly name: string; start(): Promise<EngineCluster> }): void {
  describe(`client-side apply on ${subject.name}`, () => {
    let server: EngineCluster;
    let client: Client;
    let reader: ClusterReader;
    let writer: ClusterWriter;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'trimtab-client-side-'));
      server = await subject.start();
      client = createClient(server);
      const clusters = createWritableClusters({
        resolveSecret: async () => server.kubeconfig,
        kubeconfig: { reference: 'env:KUBECONFIG' },
      });
      const registration = { ...IN_CLUSTER, labels: {}, namespaces: [], config: {} };
      reader = await clusters.reader(registration);
      writer = await clusters.writer(registration);
    });
    afterAll(async () => {
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** An object of a test's own namespace. */
    const within = (namespace: string, { metadata, ...rest }: Manifest): Manifest => ({
      ...rest,
      metadata: { ...metadata, namespace },
    });
    const live = async (manifest: Manifest): Promise<Loose> => await reader.get(manifest.apiVersion, keyOf(manifest));

    /** Somebody else changes an object. */
    async function edit({ path, patch, strategic }: NonNullable<Story['edit']>, namespace: string): Promise<void> {
      const url = `${path.replace('NAMESPACE', namespace)}?fieldManager=somebody`;
      const { code, text } = strategic === true ? await client.strategic(url, patch) : await client.merge(url, patch);
      if (code !== 200) throw new Error(`${url} was not edited: ${text}`);
    }

    describe('does what kubectl apply does', () => {
      const group = `${uniqueName('g')}.example.com`;
      const of = (side: 'first' | 'after', namespace: string): readonly Manifest[] =>
        STORIES.map((story) => within(namespace, asWidgetOf(group, story[side])));
      const theirs = new Map<string, Loose>();
      const ours = new Map<string, Loose>();

      beforeAll(async () => {
        await writer.apply(widgets(group));
        const { kubectl } = await locateTools({ cacheDir: join(folder, 'cache') });
        await writeFile(join(folder, 'config'), server.kubeconfig);
        const env = { HOME: folder, KUBECONFIG: join(folder, 'config') };
        const [one, other] = [await makeNamespace(client), await makeNamespace(client)];
        for (const side of ['first', 'after'] as const) {
          const file = join(folder, `${side}.yaml`);
          await writeFile(
            file,
            of(side, one)
              .map((manifest) => JSON.stringify(manifest))
              .join('\n---\n'),
          );
          await promisify(execFile)(kubectl.path, ['apply', '-f', file], { env });
          for (const manifest of of(side, other)) await writer.apply(manifest, CLIENT_SIDE);
          if (side === 'after') break;
          for (const namespace of [one, other])
            for (const story of STORIES) if (story.edit !== undefined) await edit(story.edit, namespace);
        }
        for (const [index, { what }] of STORIES.entries()) {
          theirs.set(what, plain(await live(of('after', one)[index] as Manifest), one));
          ours.set(what, plain(await live(of('after', other)[index] as Manifest), other));
        }
        // A second time nothing changes
        for (const manifest of of('after', other)) {
          const again = await writer.apply(manifest, CLIENT_SIDE);
          expect([manifest.metadata.name, again.action]).toEqual([manifest.metadata.name, 'unchanged']);
        }
      }, 120_000);

      it.each(STORIES.map(({ what }) => what))('%s', (what) => {
        expect(ours.get(what)).toEqual(theirs.get(what));
      });

      it.each(STORIES.filter(({ expected }) => expected !== undefined))(
        'as documented: $what',
        ({ what, expected }) => {
          expect(ours.get(what)).toMatchObject(expected ?? {});
        },
      );
    });

    it('takes a value of a Secret away that stringData no longer has', async () => {
      const namespace = await makeNamespace(client);
      const login = (stringData: object): Manifest =>
        within(namespace, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData });
      await writer.apply(login({ user: 'ann', password: 'hunter2' }), CLIENT_SIDE);
      expect((await writer.apply(login({ user: 'ann', password: 'hunter2' }), CLIENT_SIDE)).action).toBe('unchanged');
      await writer.apply(login({ user: 'ann' }), CLIENT_SIDE);
      expect((await live(login({}))).data).toEqual({ user: Buffer.from('ann').toString('base64') });
    });

    it('puts a list in its place whose merge key names two items: a port for TCP and for UDP', async () => {
      const namespace = await makeNamespace(client);
      const dns = (...protocols: readonly string[]): Manifest => {
        const ports = protocols.map((protocol) => ({ name: protocol.toLowerCase(), port: 53, protocol }));
        const spec = { selector: { app: 'dns' }, ports };
        return within(namespace, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dns' }, spec });
      };
      const protocols = async () => (await live(dns())).spec.ports.map((port: { protocol: string }) => port.protocol);
      await writer.apply(dns('TCP', 'UDP'), CLIENT_SIDE);
      expect((await writer.apply(dns('TCP', 'UDP'), CLIENT_SIDE)).action).toBe('unchanged');
      expect(await protocols()).toEqual(['TCP', 'UDP']);
      await writer.apply(dns('UDP'), CLIENT_SIDE);
      expect(await protocols()).toEqual(['UDP']);
    });

    it('refuses a field that the kind does not have, unless Validate=false', async () => {
      const namespace = await makeNamespace(client);
      const map = (value: string, more: object = {}): Manifest =>
        within(namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { value }, ...more });
      await writer.apply(map('1'), CLIENT_SIDE);
      const odd = map('2', { dta: { a: 'b' } });
      await expect(writer.apply(odd, CLIENT_SIDE)).rejects.toMatchObject({
        code: 'cluster-refused',
        message: expect.stringContaining('unknown field "dta"'),
      });
      await writer.apply(odd, { ...CLIENT_SIDE, validate: 'Ignore' });
      expect((await live(map(''))).data).toEqual({ value: '2' });
    });

    it('names an immutable field, on which Force=true goes', async () => {
      const namespace = await makeNamespace(client);
      const fixed = (value: string): Manifest =>
        within(namespace, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'fixed' },
          data: { value },
          immutable: true,
        });
      await writer.apply(fixed('1'), CLIENT_SIDE);
      const refusal = { code: 'immutable-field' };
      await expect(writer.apply(fixed('2'), CLIENT_SIDE)).rejects.toMatchObject(refusal);
      await expect(reader.dryRun(fixed('2'), CLIENT_SIDE)).rejects.toMatchObject(refusal);
    });

    it('is rehearsed by a dry run that stores nothing, and changes no owner', async () => {
      const namespace = await makeNamespace(client);
      const web = (containers: readonly object[]): Manifest => within(namespace, pods('web', containers));
      expect((await reader.dryRun(web([NGINX]), CLIENT_SIDE)).manifest).toMatchObject({ metadata: { generation: 1 } });
      expect(await live(web([]))).toBeUndefined();
      const both = web([NGINX, { name: 'side', image: 'side:1' }]);
      await writer.apply(both, CLIENT_SIDE);
      const { managedFields, annotations: written } = (await live(both)).metadata;
      const { manifest } = await reader.dryRun(web([NGINX]), CLIENT_SIDE);
      expect((manifest as Loose).spec.template.spec.containers).toHaveLength(1);
      expect((await reader.dryRun(both, CLIENT_SIDE)).manifest['spec']).toEqual((await live(both)).spec);
      const after = (await live(both)).metadata;
      expect(managersOf({ metadata: { managedFields } })).toContain('trimtab Update');
      expect(ownOf(after.managedFields)).toEqual(ownOf(managedFields));
      expect(after.annotations[ANNOTATION.lastApplied]).toBe(written[ANNOTATION.lastApplied]);
    });

    describe('a change of the way of applying', () => {
      it('to server-side: what client-side apply set goes with the manifest, and its annotation too', async () => {
        const namespace = await makeNamespace(client);
        const web = (containers: readonly object[]): Manifest => within(namespace, pods('web', containers));
        await writer.apply(
          web([
            { ...NGINX, env: [{ name: 'A', value: '1' }] },
            { name: 'side', image: 'a' },
          ]),
          CLIENT_SIDE,
        );
        await writer.apply(web([NGINX]));
        const { metadata, spec } = await live(web([]));
        expect(spec.template.spec.containers.map(({ name, env }: Loose) => [name, env])).toEqual([['web', undefined]]);
        expect(ownOf(metadata.managedFields)).toHaveLength(1);
        expect(managersOf({ metadata })).toContain('trimtab Apply');
        expect(metadata.annotations?.[ANNOTATION.lastApplied]).toBeUndefined();
      });

      it('to client-side: what server-side apply set goes with the manifest', async () => {
        const namespace = await makeNamespace(client);
        const web = (containers: readonly object[]): Manifest => within(namespace, pods('web', containers));
        await writer.apply(
          web([
            { ...NGINX, env: [{ name: 'A', value: '1' }] },
            { name: 'side', image: 'a' },
          ]),
        );
        await writer.apply(web([NGINX]), CLIENT_SIDE);
        const { metadata, spec } = await live(web([]));
        expect(spec.template.spec.containers.map(({ name, env }: Loose) => [name, env])).toEqual([['web', undefined]]);
        expect(metadata.annotations[ANNOTATION.lastApplied]).toContain('"nginx:1.27"');
      });

      it('and back, again and again, leaves nothing behind', async () => {
        const namespace = await makeNamespace(client);
        for (const [index, how] of [{}, CLIENT_SIDE, {}, CLIENT_SIDE, CLIENT_SIDE, { replace: true }, {}].entries()) {
          const data = { [`key${index}`]: 'x' };
          const map = within(namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data });
          await writer.apply(map, how);
          expect((await live(map)).data).toEqual(data);
        }
      });
    });
  });
}

/** What managers of the object itself, not of its status, own. */
function ownOf(entries: readonly { readonly manager: string }[]): readonly unknown[] {
  return entries.filter(({ manager }) => manager === 'trimtab');
}

function asWidgetOf(group: string, manifest: Manifest): Manifest {
  return manifest.kind === 'Widget' ? { ...manifest, apiVersion: `${group}/v1` } : manifest;
}

/** An object without what tells it from its like in another namespace. */
function plain(object: Loose, namespace: string): Loose {
  const { managedFields: _m, uid: _u, resourceVersion: _r, creationTimestamp: _c, ...metadata } = object.metadata;
  const { status: _s, ...rest } = object;
  const text = JSON.stringify({ ...rest, metadata }).replaceAll(namespace, 'NAMESPACE');
  return JSON.parse(text.replaceAll(/"clusterIPs?":("[^"]*"|\["[^"]*"\])/g, '"clusterIP":"ip"'));
}
