import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, deployment, makeNamespace } from './fixtures.ts';

/** Patches that are no apply. */
export function patchesContract(client: () => Client): void {
  async function map(): Promise<string> {
    const namespace = await makeNamespace(client());
    await client().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', { a: '1', b: '2' }));
    return `/api/v1/namespaces/${namespace}/configmaps/settings`;
  }

  it('merges a merge patch and drops what is null', async () => {
    const path = await map();
    expect((await client().merge(path, { data: { a: null, c: '3' } })).json.data).toEqual({ b: '2', c: '3' });
  });

  it('runs a JSON patch in order', async () => {
    const path = await map();
    const { json } = await client().json(path, [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'remove', path: '/data/b' },
      { op: 'add', path: '/metadata/labels', value: { 'example.com/x': 'y' } },
      { op: 'copy', from: '/data/a', path: '/data/z' },
    ]);
    expect(json.data).toEqual({ a: '9', z: '9' });
    expect(json.metadata.labels).toEqual({ 'example.com/x': 'y' });
  });

  it('refuses a JSON patch whose test fails, whole', async () => {
    const path = await map();
    const { code } = await client().json(path, [
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'test', path: '/data/b', value: 'other' },
    ]);
    expect(code).toBe(422);
    expect((await client().get(path)).json.data).toEqual({ a: '1', b: '2' });
  });

  it('merges containers by name in a strategic merge patch', async () => {
    const namespace = await makeNamespace(client());
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await client().post(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'));
    const add = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'side', image: 'busybox:1' },
              { name: 'web', image: 'nginx:1.28' },
            ],
          },
        },
      },
    };
    const { json } = await client().strategic(path, add);
    const images = Object.fromEntries(
      json.spec.template.spec.containers.map((one: { name: string; image: string }) => [one.name, one.image]),
    );
    expect(images).toEqual({ web: 'nginx:1.28', side: 'busybox:1' });
    const drop = { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } } };
    const left = (await client().strategic(path, drop)).json.spec.template.spec.containers;
    expect(left.map((one: { name: string }) => one.name)).toEqual(['web']);
    expect(left[0].ports).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
  });

  it('follows the directives of a strategic merge patch', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const web = deployment('web', {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: ['a', 'b', 'c'].map((name) => ({ name, image: 'nginx:1.27' })),
          volumes: [{ name: 'data', configMap: { name: 'settings' } }],
        },
      },
    });
    await client().post(collection, web);
    await client().merge(`${collection}/web`, { metadata: { finalizers: ['example.com/a', 'example.com/b'] } });
    const { json, code } = await client().strategic(`${collection}/web`, {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] },
      spec: {
        strategy: { type: 'Recreate', $retainKeys: ['type'] },
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'd' }, { name: 'c' }, { name: 'a' }],
            containers: [{ name: 'd', image: 'nginx:1.28' }],
            volumes: [{ name: 'data', emptyDir: {}, $retainKeys: ['emptyDir', 'name'] }],
          },
        },
      },
    });
    expect(code).toBe(200);
    expect(json.metadata.finalizers).toEqual(['example.com/b']);
    const { strategy, template } = json.spec;
    expect(strategy).toEqual({ type: 'Recreate' });
    // What the order does not name stays before the first that came after it
    expect(template.spec.containers.map((one: { name: string }) => one.name)).toEqual(['d', 'b', 'c', 'a']);
    expect(template.spec.volumes).toEqual([{ name: 'data', emptyDir: {} }]);
    const whole = { containers: [{ name: 'a', image: 'nginx:1.28' }, { $patch: 'replace' }] };
    const replaced = await client().strategic(`${collection}/web`, { spec: { template: { spec: whole } } });
    expect(replaced.json.spec.template.spec.containers.map((one: { name: string }) => one.name)).toEqual(['a']);
  });

  it('refuses a patch that names another version than the live one', async () => {
    const path = await map();
    const { code, json } = await client().merge(path, { metadata: { resourceVersion: '1' }, data: { a: '2' } });
    expect([code, json.reason]).toEqual([409, 'Conflict']);
  });

  it('refuses formats that it does not know', async () => {
    const path = await map();
    const { code, json } = await client().send('PATCH', path, { body: {}, type: 'text/plain' });
    expect([code, json.reason]).toEqual([415, 'UnsupportedMediaType']);
  });
}
