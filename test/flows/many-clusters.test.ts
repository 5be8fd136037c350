import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLocalCluster } from '../../src/local/cluster/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { Problem } from '../../src/spec/problem.ts';
import { application, BY_HAND, clusterSecret, configMap, startDesk } from './desk.ts';

/** An address that takes connections and says nothing, until it is told to hang up. */
async function deadCluster(): Promise<{ readonly server: string; readonly reached: Promise<void>; hangUp(): void }> {
  const sockets: Socket[] = [];
  let arrived: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    arrived();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(hangUp);
  return { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, reached, hangUp };
}

const CLUSTER = { kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } } as const;
const at = (server: string, namespace: string) => ({ destination: { server, namespace } });

describe('a cluster whose address swallows packets', () => {
  it('holds up no application of another cluster, not even within one look at both', async () => {
    const { server, reached, hangUp } = await deadCluster();
    const desk = await startDesk({
      // Nothing but the hand of the test ends the wait for the dead one
      connectMs: 2 ** 30,
      definitions: [clusterSecret('branch', server), application('far', at(server, 'far')), application('near')],
      renders: { far: [configMap('far', 'git')], near: [configMap('near', 'git')] },
    });
    const looked = desk.look({ of: 'applications', names: ['far', 'near'] });
    await reached;
    await expect.poll(() => desk.store.statuses.load('near')).toMatchObject({ sync: 'OutOfSync' });
    expect(await desk.store.statuses.load('far')).toBeUndefined();
    hangUp();
    await looked;
    expect(await desk.status('near')).toMatchObject({ sync: 'Synced' });
    expect(await desk.status('far')).toMatchObject({ sync: 'Unknown', health: { status: 'Unknown' } });
  });

  it('makes its applications Unknown with the reason, by one connection however many they are', async () => {
    const { server } = await deadCluster();
    const names = Array.from({ length: 20 }, (_, nth) => `far-${nth}`);
    const desk = await startDesk({
      connectMs: 20,
      definitions: [clusterSecret('branch', server), ...names.map((name) => application(name, at(server, name)))],
      renders: {},
    });
    await desk.look();
    for (const name of names) {
      const { sync, health, conditions } = await desk.status(name);
      expect([sync, health.status]).toEqual(['Unknown', 'Unknown']);
      expect(conditions).toEqual([
        { type: 'ComparisonError', message: expect.stringContaining('it did not answer in time') },
      ]);
    }
  });
});

it('a look asks each of two clusters for itself', async () => {
  const other = await createLocalCluster({ controllers: 'manual' });
  onTestFinished(() => other.close());
  const desk = await startDesk({
    definitions: [clusterSecret('other', other.url), application('here'), application('there', at(other.url, 'there'))],
    renders: { here: [configMap('one', 'git')], there: [configMap('one', 'git')] },
  });
  await desk.look();
  expect(await desk.status('here')).toMatchObject({ sync: 'Synced' });
  expect(await desk.status('there')).toMatchObject({ sync: 'Synced' });
  expect(other.get('/api/v1/namespaces/there/configmaps/one')).toBeDefined();
  expect(desk.cluster.get('/api/v1/namespaces/there/configmaps/one')).toBeUndefined();
});

it('a cluster that is too busy leaves its applications as they are, and is asked again when it says', async () => {
  let busy = false;
  const desk = await startDesk({
    definitions: [application('shop')],
    renders: { shop: [configMap('one', 'git')] },
    cluster: {
      intercept: () => (busy ? { status: 429, headers: { 'retry-after': '60' } } : undefined),
    },
  });
  await desk.look();
  const before = await desk.status('shop');
  busy = true;
  desk.cluster.requests.length = 0;
  desk.sent.length = 0;
  await desk.work({ kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } });
  expect(await desk.status('shop')).toEqual(before);
  expect(desk.sent).toEqual([
    { job: { kind: 'refresh', scope: { of: 'applications', names: ['shop'] } }, delaySeconds: 60 },
  ]);
  // What was on its way when the answer came, and nothing after it
  expect(desk.cluster.requests.length).toBeLessThanOrEqual(3);
});

describe('a cluster that does not answer as one', () => {
  /** An HTTP server on loopback that answers everything alike. */
  async function answering(status: number, body: object = {}): Promise<string> {
    const server = createHttpServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const refusing = async (): Promise<string> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `https://127.0.0.1:${port}`;
  };
  const withoutTls = async (): Promise<string> => (await answering(200)).replace('http:', 'https:');

  it.each<[string, () => Promise<string>, RegExp]>([
    ['refuses connections', refusing, /nothing listens there/],
    ['speaks no TLS', withoutTls, /TLS|SSL|wrong version|EPROTO/i],
    ['takes no credentials', () => answering(401, { message: 'Unauthorized' }), /Unauthorized|401/],
    ['permits nothing', () => answering(403, { message: 'user trimtab cannot get path /version' }), /cannot get path/],
    ['breaks', () => answering(500, { message: 'etcd is gone' }), /etcd is gone|500/],
  ])('and %s: its applications are Unknown with the reason, and the others are looked at', async (_, start, reason) => {
    const server = await start();
    const desk = await startDesk({
      definitions: [clusterSecret('branch', server), application('far', at(server, 'far')), application('near')],
      renders: { far: [configMap('far', 'git')], near: [configMap('near', 'git')] },
    });
    await desk.look();
    expect(await desk.status('near')).toMatchObject({ sync: 'Synced' });
    const { sync, health, conditions } = await desk.status('far');
    expect([sync, health.status]).toEqual(['Unknown', 'Unknown']);
    expect(conditions).toEqual([{ type: 'ComparisonError', message: expect.stringMatching(reason) }]);
    // What was known of it stays, and nothing of it is taken for gone
    expect((await desk.status('far')).drift).toEqual([]);
  });
});

describe('a repository that does not answer', () => {
  const ELSEWHERE = 'https://github.com/acme/shop';
  const SILENT = new Problem('unavailable', 'GitHub does not answer (502)', { retryAfterSeconds: 30 });
  const HEAD = 'a'.repeat(40);
  const again = (name: string, delaySeconds = 30) => ({
    job: { kind: 'refresh', scope: { of: 'applications', names: [name] } },
    delaySeconds,
  });

  async function twoRepositories(head: string | Problem = HEAD) {
    const desk = await startDesk({
      definitions: [application('near'), application('shop', { source: { repoURL: ELSEWHERE, path: 'shop' } })],
      renders: { near: [configMap('near', 'git')], shop: [configMap('shop', 'git')] },
      heads: { [ELSEWHERE]: head },
    });
    await desk.look();
    desk.sent.length = 0;
    return desk;
  }
  it.each<[string, Problem, number]>([
    ['502', SILENT, 30],
    ['429', new Problem('rate-limited', 'too many requests', { retryAfterSeconds: 42 }), 42],
    ['not at all', new Problem('unavailable', 'it does not answer'), 20],
  ])('and says %s: its applications stay as they are, and are looked at again soon', async (_, problem, seconds) => {
    const desk = await twoRepositories();
    const before = await desk.status('shop');
    desk.commit({ heads: { [ELSEWHERE]: problem } });
    await desk.work(CLUSTER);
    await desk.work(CLUSTER);
    expect(await desk.status('shop')).toEqual(before);
    expect((await desk.status('near')).observedAt > before.observedAt).toBe(true);
    expect(desk.sent).toEqual([again('shop', seconds)]);
    desk.commit({ heads: { [ELSEWHERE]: HEAD } });
    await desk.work(CLUSTER);
    expect((await desk.status('shop')).observedAt > before.observedAt).toBe(true);
  });

  it('makes them Unknown once that lasts for a quarter of an hour', async () => {
    const desk = await twoRepositories();
    desk.commit({ heads: { [ELSEWHERE]: SILENT } });
    desk.pass(890);
    await desk.work(CLUSTER);
    expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
    desk.pass(30);
    await desk.work(CLUSTER);
    expect(await desk.status('shop')).toMatchObject({
      sync: 'Unknown',
      conditions: [{ type: 'ComparisonError', message: SILENT.message }],
    });
  });

  it('makes one Unknown that was never looked at, and looks again soon all the same', async () => {
    const desk = await twoRepositories(SILENT);
    expect(await desk.status('shop')).toMatchObject({ sync: 'Unknown' });
    desk.pass(60);
    await desk.work(CLUSTER);
    expect(desk.sent).toEqual([again('shop')]);
  });

  it('while a sync is about to start: that application alone is looked at again, and the others are synced', async () => {
    const desk = await twoRepositories();
    let asked = 0;
    const flaky = {
      get [ELSEWHERE](): string | Problem {
        asked += 1;
        // Where it is, is asked before the look, and again before the sync that follows from it
        return asked === 1 ? 'b'.repeat(40) : SILENT;
      },
    };
    desk.commit({
      renders: { near: [configMap('near', 'new')], shop: [configMap('shop', 'new')] },
      heads: flaky,
    });
    await desk.work(CLUSTER);
    expect(desk.sent.filter(({ job }) => job.kind === 'sync').map(({ job }) => job)).toMatchObject([
      { application: 'near' },
    ]);
    expect(desk.sent.filter(({ job }) => job.kind === 'refresh')).toEqual([again('shop')]);
  });
});

it('an application whose status can not be kept holds up no other, and its job comes back', async () => {
  const desk = await startDesk({
    definitions: [application('large'), application('shop')],
    renders: { large: [configMap('large', 'git')], shop: [configMap('shop', 'git')] },
  });
  const { save } = desk.store.statuses;
  vi.spyOn(desk.store.statuses, 'save').mockImplementation(async (status) => {
    if (status.application === 'large') throw new Problem('limit-exceeded', 'The status of large takes too much.');
    await save(status);
  });
  await expect(desk.work(CLUSTER)).rejects.toThrow('The status of large takes too much');
  expect(desk.sent).toMatchObject([{ job: { kind: 'sync', application: 'shop' } }]);
});

it('a look at many applications asks the table for a few at a time', async () => {
  const names = Array.from({ length: 100 }, (_, nth) => `app-${nth}`);
  const desk = await startDesk({ definitions: names.map((name) => application(name, BY_HAND)), renders: {} });
  let [inFlight, most] = [0, 0];
  for (const kind of [desk.store.statuses, desk.store.operations]) {
    const load = kind.load as (name: string) => Promise<never>;
    vi.spyOn(kind, 'load').mockImplementation(async (name: string) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      return await load(name);
    });
  }
  await desk.work(CLUSTER);
  expect(await desk.store.statuses.all()).toHaveLength(100);
  expect(most).toBeLessThanOrEqual(64);
});

describe('a cluster that is registered for some namespaces', () => {
  const ROLE: Manifest = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'reader' },
    rules: [],
  };
  const namespace = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const ONLY_SYNC = { syncPolicy: { automated: { prune: true, selfHeal: true } } };

  async function registeredFor(more: Readonly<Record<string, string>>) {
    const other = await createLocalCluster({ controllers: 'manual' });
    onTestFinished(() => other.close());
    for (const name of ['shop', 'bank']) {
      const made = await fetch(`${other.url}/api/v1/namespaces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(namespace(name)),
      });
      expect(made.status).toBe(201);
    }
    const desk = await startDesk({
      definitions: [
        clusterSecret('team', other.url, { namespaces: 'shop', ...more }),
        application('shop', { ...at(other.url, 'shop'), ...ONLY_SYNC }),
        application('bank', { ...at(other.url, 'bank'), ...ONLY_SYNC }),
        application('roles', { ...at(other.url, 'shop'), ...ONLY_SYNC }),
      ],
      renders: { shop: [configMap('one', 'git')], bank: [configMap('one', 'git')], roles: [ROLE] },
    });
    other.requests.length = 0;
    await desk.look();
    return { desk, other };
  }

  it("refuses what is elsewhere, in Argo CD's words, and asks for nothing outside of them", async () => {
    const { desk, other } = await registeredFor({});
    expect(await desk.status('shop')).toMatchObject({ sync: 'Synced' });
    expect(await desk.status('bank')).toMatchObject({
      sync: 'Unknown',
      conditions: [
        {
          type: 'ComparisonError',
          message: 'Failed to load live state: namespace "bank" for ConfigMap "one" is not managed',
        },
      ],
    });
    expect(await desk.status('roles')).toMatchObject({
      sync: 'Unknown',
      conditions: [
        {
          type: 'ComparisonError',
          message:
            'Failed to load live state: cluster level ClusterRole "reader" can not be managed when in namespaced mode',
        },
      ],
    });
    const objects = other.requests.map(({ path }) => path).filter((path) => !/^\/(api|apis|version)$/.test(path));
    expect(objects.filter((path) => !path.includes('/namespaces/shop/'))).toEqual([]);
  });

  it('takes what lives outside of namespaces with clusterResources', async () => {
    const { desk, other } = await registeredFor({ clusterResources: 'true' });
    expect(await desk.status('roles')).toMatchObject({ sync: 'Synced' });
    expect(other.get('/apis/rbac.authorization.k8s.io/v1/clusterroles/reader')).toBeDefined();
    expect(await desk.status('bank')).toMatchObject({ sync: 'Unknown' });
  });
});
