import { expect, it } from 'vitest';
import type { Client, WatchEvent } from './client.ts';
import { configMap, makeNamespace } from './fixtures.ts';

/** Watches: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function watchesContract(client: () => Client): void {
  const told = (events: readonly WatchEvent[]) => events.map((event) => [event.type, event.object.metadata.name]);

  it('tells each change after a version', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await client().post(collection, configMap('a', {}))).json;
    const events = await client().watch(
      `${collection}?watch=true&resourceVersion=${first.metadata.resourceVersion}&labelSelector=!owner&fieldSelector=metadata.name!%3Dkube-root-ca.crt`,
      3,
      async () => {
        await client().post(collection, configMap('b', {}));
        await client().merge(`${collection}/a`, { data: { x: '1' } });
        await client().delete(`${collection}/b`);
      },
    );
    expect(told(events)).toEqual([
      ['ADDED', 'b'],
      ['MODIFIED', 'a'],
      ['DELETED', 'b'],
    ]);
  });

  it('begins with what is there when no version is given', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await client().post(collection, configMap('a', {}, { watched: 'yes' }));
    const events = await client().watch(`${collection}?watch=true&labelSelector=watched`, 1);
    expect(told(events)).toEqual([['ADDED', 'a']]);
  });

  it('tells when an object enters or leaves the selection', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await client().post(collection, configMap('a', {}))).json;
    const query = `watch=true&resourceVersion=${first.metadata.resourceVersion}&labelSelector=watched%3Dyes`;
    const events = await client().watch(`${collection}?${query}`, 2, async () => {
      await client().merge(`${collection}/a`, { metadata: { labels: { watched: 'yes' } } });
      await client().merge(`${collection}/a`, { metadata: { labels: { watched: 'no' } } });
    });
    expect(told(events)).toEqual([
      ['ADDED', 'a'],
      ['DELETED', 'a'],
    ]);
  });

  it('says when the initial state is complete, to those who ask', async () => {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await client().post(collection, configMap('a', {}, { watched: 'yes' }));
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=watched';
    const [added, bookmark] = await client().watch(`${collection}?${query}`, 2);
    expect(added?.type).toBe('ADDED');
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });
}
