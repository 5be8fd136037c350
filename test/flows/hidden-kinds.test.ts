import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/spec/manifest.ts';
import { widgets } from '../fixtures/widgets.ts';
import { application, configMap, type Desk, startDesk } from './desk.ts';

const WIDGETS = widgets('acme.example');

const widget = (name: string): Manifest => ({ apiVersion: 'acme.example/v1', kind: 'Widget', metadata: { name } });

/** How an aggregated API is down: its kinds are gone from discovery, or are still told of and answer 503. */
type Outage = 'stale and empty' | 'stale' | 'answers 503';

interface Outages {
  now?: Outage | undefined;
}

/** Everything that discovery says, with the group of the widgets as a server tells it whose backend is down. */
async function withStale(url: string, outage: Outage): Promise<object> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const answer = (await (await fetch(`${url}/apis?real`, { headers: { accept } })).json()) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly versions: readonly object[] }[];
  };
  const items = answer.items.map((group) => {
    if (group.metadata.name !== 'acme.example') return group;
    const lost = outage === 'stale and empty' ? { resources: [] } : {};
    return { ...group, versions: group.versions.map((version) => ({ ...version, ...lost, freshness: 'Stale' })) };
  });
  return { ...answer, items };
}

async function start(): Promise<{ readonly desk: Desk; fail(outage: Outage): Promise<void>; mend(): void }> {
  const outages: Outages = {};
  let discovery: object | undefined;
  const desk = await startDesk({
    definitions: [application('crds'), application('shop'), application('bank')],
    renders: {
      crds: [WIDGETS],
      shop: [widget('one'), widget('two'), configMap('config', 'git')],
      bank: [configMap('config', 'git')],
    },
    cluster: {
      intercept: ({ path, query }) => {
        if (outages.now === undefined || query.has('real')) return undefined;
        if (path.startsWith('/apis/acme.example/')) return { status: 503 };
        if (path === '/apis' && discovery !== undefined) return { status: 200, body: discovery as never };
        return undefined;
      },
    },
  });
  await desk.look({ of: 'applications', names: ['crds'] });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' } });
  return {
    desk,
    fail: async (outage) => {
      discovery = outage === 'answers 503' ? undefined : await withStale(desk.cluster.url, outage);
      outages.now = outage;
      desk.cluster.requests.length = 0;
    },
    mend: () => {
      outages.now = undefined;
    },
  };
}

const writes = (desk: Desk) => desk.cluster.requests.filter(({ method }) => method !== 'GET');
const widgetAt = (name: string) => `/apis/acme.example/v1/namespaces/shop/widgets/${name}`;

describe.each<Outage>(['stale and empty', 'stale', 'answers 503'])('an aggregated API that is down (%s)', (outage) => {
  it('makes unknown what lies behind it: the application is Unknown with the reason, and no other is', async () => {
    const { desk, fail } = await start();
    await fail(outage);
    await desk.look();
    const status = await desk.status('shop');
    expect(status).toMatchObject({ sync: 'Unknown', health: { status: 'Unknown' }, drift: [] });
    expect(status.conditions).toEqual([{ type: 'ComparisonError', message: expect.stringMatching(/acme\.example/) }]);
    expect(status.health.message).toBe(status.conditions[0]?.message);
    expect(await desk.status('bank')).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' } });
    expect(writes(desk)).toEqual([]);
  });

  it('prunes nothing, even if Git has taken out what lies behind it', async () => {
    const { desk, fail, mend } = await start();
    await fail(outage);
    desk.commit({ renders: { ...desk.git.renders, shop: [widget('one'), configMap('config', 'git')] } });
    await desk.look();
    expect(desk.cluster.get(widgetAt('one'))).toBeDefined();
    expect(desk.cluster.get(widgetAt('two'))).toBeDefined();
    expect((await desk.store.inventories.load('shop'))?.map(({ key }) => key.name)).toContain('two');
    expect(writes(desk)).toEqual([]);
    mend();
    await desk.look();
    expect(desk.cluster.get(widgetAt('one'))).toBeDefined();
    expect(desk.cluster.get(widgetAt('two'))).toBeUndefined();
    expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
  });
});

it('a chart goes on to render for an API that is down, so that what it rendered for it is not pruned', async () => {
  const { desk, fail } = await start();
  const capable = ({ facts }: { readonly facts: { readonly apiVersions: readonly string[] } }): readonly Manifest[] => [
    configMap('config', 'git'),
    ...(facts.apiVersions.includes('acme.example/v1/Widget') ? [configMap('for-widgets', 'git')] : []),
  ];
  desk.commit({ renders: { ...desk.git.renders, bank: capable } });
  await desk.look();
  expect(desk.cluster.get('/api/v1/namespaces/bank/configmaps/for-widgets')).toBeDefined();
  await fail('stale and empty');
  desk.commit({});
  await desk.look();
  await desk.look();
  expect(desk.cluster.get('/api/v1/namespaces/bank/configmaps/for-widgets')).toBeDefined();
  expect(await desk.status('bank')).toMatchObject({ sync: 'Synced' });
});

it('a kind that trimtab may not list makes only those applications Unknown that have it', async () => {
  const desk = await startDesk({
    definitions: [application('shop'), application('bank')],
    renders: {
      shop: [configMap('config', 'git')],
      bank: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token' }, stringData: { a: 'b' } }],
    },
    cluster: {
      intercept: ({ method, path }) => (method === 'GET' && path.endsWith('/secrets') ? { status: 403 } : undefined),
    },
  });
  await desk.look();
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
  const { sync, conditions } = await desk.status('bank');
  expect(sync).toBe('Unknown');
  expect(conditions).toEqual([{ type: 'ComparisonError', message: expect.stringContaining('could not list secrets') }]);
});

it('an admission webhook that is down hides no drift: the look without its dry run stands, and other applications are as ever', async () => {
  let down = false;
  const desk = await startDesk({
    definitions: [application('shop'), application('bank')],
    renders: { shop: [configMap('config', 'git')], bank: [configMap('config', 'git')] },
    cluster: {
      intercept: ({ method, path }) =>
        down && method === 'PATCH' && path.includes('/bank/')
          ? { status: 500, body: { kind: 'Status', message: 'failed calling webhook', reason: 'InternalError' } }
          : undefined,
    },
  });
  await desk.look();
  await desk.edit('/api/v1/namespaces/bank/configmaps/config', { data: { value: 'hand' } });
  down = true;
  await desk.work({ kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } });
  expect(await desk.status('bank')).toMatchObject({ sync: 'OutOfSync' });
  expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
});
