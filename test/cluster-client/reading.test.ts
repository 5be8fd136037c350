import { describe, expect, it } from 'vitest';
import { widgets } from '../fixtures/widgets.ts';
import {
  clientsOf,
  configMap,
  deployment,
  problemOf,
  QUICK,
  registered,
  SHOP,
  script,
  startCluster,
} from './support.ts';

const WIDGETS = widgets('acme.example');

describe('what a cluster serves', () => {
  it('is learnt with two requests', async () => {
    const { cluster, reader } = await startCluster();
    const kinds = await reader.kinds();
    expect(kinds).toContainEqual(
      expect.objectContaining({
        group: 'apps',
        version: 'v1',
        kind: 'Deployment',
        plural: 'deployments',
        namespaced: true,
      }),
    );
    expect(kinds).toContainEqual(expect.objectContaining({ group: '', kind: 'Namespace', namespaced: false }));
    expect(cluster.requests.map(({ path }) => path).sort()).toEqual(['/api', '/apis']);
  });

  it('is told as Helm wants it', async () => {
    const { reader } = await startCluster();
    const { kubeVersion, apiVersions } = await reader.facts();
    expect(kubeVersion).toBe('v1.36.0');
    expect(apiVersions).toEqual(expect.arrayContaining(['v1', 'v1/Secret', 'apps/v1', 'apps/v1/Deployment']));
  });

  it('is learnt from servers without aggregated discovery, the preferred version of a group first', async () => {
    const names = (kind: string, name: string) => [
      { name, kind, namespaced: true, verbs: ['get', 'list'] },
      { name: `${name}/status`, kind, namespaced: true, verbs: ['get'] },
    ];
    const answers: Readonly<Record<string, unknown>> = {
      '/old/api': { kind: 'APIVersions', versions: ['v1'] },
      '/old/apis': {
        kind: 'APIGroupList',
        groups: [
          {
            name: 'autoscaling',
            versions: [{ version: 'v1' }, { version: 'v2' }],
            preferredVersion: { version: 'v2' },
          },
          { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } },
        ],
      },
      '/old/api/v1': { resources: names('Pod', 'pods') },
      '/old/apis/autoscaling/v1': { resources: names('HorizontalPodAutoscaler', 'horizontalpodautoscalers') },
      '/old/apis/autoscaling/v2': { resources: names('HorizontalPodAutoscaler', 'horizontalpodautoscalers') },
    };
    const { url } = await script(({ url: path }) =>
      answers[path] === undefined ? { status: 503, body: 'service unavailable' } : { body: answers[path] },
    );
    // Behind a proxy such as Rancher's, the API is not at the root of the host.
    const { reader } = await clientsOf(registered(`${url}/old`));
    expect((await reader.kinds()).map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'Pod v1',
      'HorizontalPodAutoscaler v2',
      'HorizontalPodAutoscaler v1',
    ]);
    // The API behind metrics.k8s.io is down: whether it serves a kind is unknown, and unknown is not "no".
    const key = { group: 'metrics.k8s.io', kind: 'PodMetrics', namespace: 'shop', name: 'web' };
    expect(await problemOf(reader.get('metrics.k8s.io/v1beta1', key))).toMatchObject({ code: 'unavailable' });
  });

  it('is not sent again while it has not changed', async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await script(({ headers, url: path }) => {
      seen.push(headers['if-none-match']);
      if (headers['if-none-match'] === '"one"') return { status: 304, body: '' };
      return { headers: { etag: '"one"' }, body: { kind: 'APIGroupDiscoveryList', items: [], path } };
    });
    const registration = registered(`${url}/prefix`);
    const { createClusters } = await import('../../src/cluster/clusters.ts');
    const clusters = createClusters(QUICK);
    await (await clusters.reader(registration)).kinds();
    await (await clusters.reader(registration)).kinds();
    expect(seen).toEqual([undefined, undefined, '"one"', '"one"']);
  });

  it('is asked for again when a kind is missing, since its definition may just have been applied', async () => {
    const { reader, writer } = await startCluster();
    await reader.kinds();
    await writer.apply(SHOP);
    await writer.apply(WIDGETS);
    const widget = { apiVersion: 'acme.example/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'shop' } };
    expect(await writer.apply(widget)).toMatchObject({ action: 'created' });
  });
});

describe('get', () => {
  it('gives the whole object, and undefined for what is not there or is of no known kind', async () => {
    const { reader, writer } = await startCluster();
    await writer.apply(SHOP);
    await writer.apply(configMap('settings', { colour: 'green' }));
    const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
    expect(await reader.get('v1', key)).toMatchObject({ kind: 'ConfigMap', data: { colour: 'green' } });
    expect(await reader.get('v1', { ...key, name: 'other' })).toBeUndefined();
    expect(await reader.get('acme.example/v1', { ...key, group: 'acme.example', kind: 'Widget' })).toBeUndefined();
  });

  it.each(['..', 'a/b', 'a%2fb', ''])('takes %j for no name, and asks nothing', async (name) => {
    const { cluster, reader } = await startCluster();
    await reader.kinds();
    const before = cluster.requests.length;
    const wrong = reader.get('v1', { group: '', kind: 'ConfigMap', namespace: 'shop', name });
    expect(await problemOf(wrong)).toMatchObject({ code: 'invalid-manifest' });
    expect(cluster.requests).toHaveLength(before);
  });

  it('finds names with a colon, as RBAC has them', async () => {
    const { reader, writer } = await startCluster();
    const name = 'system:shop:reader';
    await writer.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [],
    });
    const key = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name };
    expect(await reader.get('rbac.authorization.k8s.io/v1', key)).toMatchObject({ metadata: { name } });
  });
});

describe('list', () => {
  const CONFIG_MAPS = {
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    namespaced: true,
    verbs: ['list'],
  } as const;

  async function filled(count: number, more: Parameters<typeof startCluster>[1] = {}) {
    const started = await startCluster({}, more);
    await started.writer.apply(SHOP);
    for (let index = 0; index < count; index += 1) await started.writer.create(configMap(`map-${index}`));
    started.cluster.requests.length = 0;
    return started;
  }

  it('reads page after page, and names kind and apiVersion, which the server leaves out', async () => {
    const { cluster, reader } = await filled(501);
    const found = await reader.list(CONFIG_MAPS, { namespace: 'shop' });
    expect(found).toHaveLength(501);
    expect(found.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ConfigMap')).toBe(true);
    expect(cluster.requests.map(({ query }) => /limit=(\d+)/.exec(query)?.[1])).toEqual(['500', '500']);
  });

  it('begins again, in one piece, when its snapshot has expired', async () => {
    const { url, asked } = await script(({ url: path }) => {
      if (path.includes('continue=')) {
        return { status: 410, body: { kind: 'Status', reason: 'Expired', code: 410, message: 'too old' } };
      }
      const items = path.includes('limit=') ? [configMap('a')] : [configMap('a'), configMap('b')];
      return { body: { items, metadata: path.includes('limit=') ? { continue: 'abc' } : {} } };
    });
    const { reader } = await clientsOf(registered(url));
    expect((await reader.list(CONFIG_MAPS)).map((each) => each.metadata.name)).toEqual(['a', 'b']);
    expect(asked.map(({ url: path }) => path)).toEqual([
      '/api/v1/configmaps?limit=500',
      '/api/v1/configmaps?limit=500&continue=abc',
      '/api/v1/configmaps',
    ]);
  });

  it('selects by label', async () => {
    const { reader, writer } = await filled(1);
    await writer.apply({ ...deployment(), metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } } });
    const kind = (await reader.kinds()).find((each) => each.kind === 'Deployment');
    if (kind === undefined) throw new Error('the embedded cluster serves Deployments');
    expect(await reader.list(kind, { labelSelector: 'app=web' })).toHaveLength(1);
    expect(await reader.list(kind, { labelSelector: 'app=db' })).toEqual([]);
  });

  it('asks only for the namespaces of the registration', async () => {
    const { cluster, reader, writer } = await startCluster({}, { namespaces: ['shop', 'bank'] });
    await reader.list(CONFIG_MAPS);
    expect(cluster.requests.map(({ path }) => path).sort()).toEqual([
      '/api/v1/namespaces/bank/configmaps',
      '/api/v1/namespaces/shop/configmaps',
    ]);
    const elsewhere = { ...configMap('a'), metadata: { name: 'a', namespace: 'kube-system' } };
    expect(await problemOf(reader.list(CONFIG_MAPS, { namespace: 'kube-system' }))).toMatchObject({
      code: 'forbidden',
    });
    expect(await problemOf(writer.apply(elsewhere))).toMatchObject({ code: 'forbidden' });
  });
});

it('keeps its connection over many requests', async () => {
  const { url, connections } = await script(() => ({ body: deployment() }));
  const { reader } = await clientsOf(registered(url));
  const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  await reader.kinds();
  const before = connections();
  for (let nth = 0; nth < 5; nth += 1) await reader.get('apps/v1', key);
  expect(connections()).toBe(before);
});
