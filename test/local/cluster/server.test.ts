import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from '../../../src/local/cluster/index.ts';
import { configMap, deployment } from '../../contract/cluster/fixtures.ts';
import { at, clientOf, condition } from './api.ts';

const open: LocalCluster[] = [];
async function start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const cluster = await createLocalCluster({ controllers: 'manual', ...options });
  open.push(cluster);
  return cluster;
}
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

describe('the embedded cluster', () => {
  it('listens on loopback only and starts empty but for what every cluster has', async () => {
    const cluster = await start();
    expect(cluster.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(cluster.all('Namespace').map((one) => at(one, 'metadata', 'name'))).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    expect(cluster.all('Deployment')).toEqual([]);
  });

  it('asks for the token that it was given', async () => {
    const cluster = await start({ token: 'let-me-in' });
    expect((await clientOf(cluster).get('/api/v1/namespaces')).code).toBe(200);
    const stranger = await fetch(`${cluster.url}/api/v1/namespaces`);
    expect(stranger.status).toBe(401);
    expect(await stranger.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
  });

  it('is reached by the Kubernetes client through its kubeconfig', async () => {
    const cluster = await start({ token: 'let-me-in' });
    const config = new KubeConfig();
    config.loadFromString(cluster.kubeconfig());
    const server = config.getCurrentCluster();
    if (server === null) throw new Error('the kubeconfig names no cluster');
    config.clusters = [{ ...server, skipTLSVerify: true }];
    const api = config.makeApiClient(CoreV1Api);
    await api.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'settings' }, data: { a: '1' } },
    });
    const list = await api.listNamespacedConfigMap({ namespace: 'default', fieldSelector: 'metadata.name=settings' });
    expect(list.items.map((item) => item.data)).toEqual([{ a: '1' }]);
  });

  it('runs its controllers by itself unless told otherwise', async () => {
    const cluster = await start({ controllers: 'auto', stepDelay: 1 });
    await clientOf(cluster).post('/apis/apps/v1/namespaces/default/deployments', deployment('web'));
    const web = () => cluster.get('/apis/apps/v1/namespaces/default/deployments/web');
    await expect.poll(() => condition(web(), 'Available'), { interval: 5 }).toBe('True MinimumReplicasAvailable');
  });

  it('keeps a log of the requests', async () => {
    const cluster = await start();
    await clientOf(cluster).get('/api/v1/namespaces?limit=1');
    expect(cluster.requests).toEqual([{ method: 'GET', path: '/api/v1/namespaces', query: 'limit=1' }]);
  });

  it('fails as a test asks it to', async () => {
    let answers = 0;
    const cluster = await start({
      intercept: ({ method, path, body }) => {
        if (method === 'POST' && at(body, 'metadata', 'name') === 'cursed') return { drop: true };
        if (path !== '/api/v1/namespaces/default/configmaps/settings') return undefined;
        answers += 1;
        return answers === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { delay: 1 };
      },
    });
    const client = clientOf(cluster);
    const first = await client.get('/api/v1/namespaces/default/configmaps/settings');
    expect([first.code, first.headers['retry-after'], first.json.kind]).toEqual([429, '1', 'Status']);
    expect((await client.get('/api/v1/namespaces/default/configmaps/settings')).code).toBe(404);
    await expect(client.post('/api/v1/namespaces/default/configmaps', configMap('cursed', {}))).rejects.toThrow();
  });

  it('warns of deprecated kinds', async () => {
    const { headers } = await clientOf(await start()).get('/api/v1/namespaces/default/endpoints');
    expect(headers['warning']).toBe(
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    );
  });

  it('refuses bodies that are too large, no JSON, or in a format that it does not read', async () => {
    const cluster = await start();
    const post = (body: string, type: string) =>
      fetch(`${cluster.url}/api/v1/namespaces/default/configmaps`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
    expect((await post('x'.repeat(4 * 1024 * 1024), 'application/json')).status).toBe(413);
    expect((await post('{broken', 'application/json')).status).toBe(400);
    expect((await post('k8s', 'application/vnd.kubernetes.protobuf')).status).toBe(415);
  });

  it('lets pages and watches from before a compaction expire', async () => {
    const cluster = await start();
    const client = clientOf(cluster);
    const page = (await client.get('/api/v1/namespaces?limit=1')).json.metadata;
    await client.post('/api/v1/namespaces/default/configmaps', configMap('settings', {}));
    cluster.compact();
    const next = await client.get(`/api/v1/namespaces?limit=1&continue=${page.continue}`);
    expect([next.code, next.json.reason]).toEqual([410, 'Expired']);
    const [event] = await client.watch(`/api/v1/namespaces?watch=true&resourceVersion=${page.resourceVersion}`, 1);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});
