import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { createEngines } from '../../src/engines/index.ts';
import { refresh } from '../../src/flows/refresh.ts';
import { sync } from '../../src/flows/sync.ts';
import { createForge } from '../../src/forge/index.ts';
import { cacheFolder } from '../../src/local/cache-folder.ts';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import { createLocalForge, type LocalForge } from '../../src/local/forge/index.ts';
import { createLocalStore, type LocalStore } from '../../src/local/store/index.ts';
import { createRenderer, locateTools } from '../../src/render/index.ts';
import { createGitHubSource } from '../../src/source/index.ts';
import type { Job, RefreshJob } from '../../src/spec/event.ts';
import { createStore } from '../../src/state/index.ts';
import type { Until } from '../source/archive.ts';
import { type ChartServer, chartRepository, serve } from '../source/chart-server.ts';
import { type GitServer, gitServer } from '../source/git-server.ts';
import { application, configMap, REPO } from './platform.ts';

const SHOP = 'acme/shop';
const TEAMS = ['red', 'blue', 'green', 'black', 'white', 'brown'];
const LOOK: RefreshJob = { kind: 'refresh', scope: { of: 'cluster', cluster: 'https://kubernetes.default.svc' } };

let folder: string;
let forge: LocalForge;
let cluster: LocalCluster;
let table: LocalStore;
const engines = createEngines();
const github: string[] = [];
let look: (job: Job) => Promise<void>;
let renders: () => Promise<number>;

/** What is asked of others than GitHub: a chart repository, and a Git server. */
let charts: ChartServer;
let elsewhere: GitServer;
const closing: (() => void | Promise<void>)[] = [];
const until: Until = (end) => void closing.push(end);

/** Six applications: half of them overlays of the control repository, half of them files of another one; two of a range of a chart's versions, two of a Git server. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trimtab-unchanged-'));
  const log = join(folder, 'renders');
  await writeFile(log, '');
  renders = async () => (await readFile(log, 'utf8')).split('\n').length - 1;
  const tools = await locateTools({ cacheDir: cacheFolder() });
  const counting = async (name: 'kubectl' | 'helm') => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\necho ${name} >> '${log}'\nexec '${tools[name].path}' "$@"\n`);
    await chmod(path, 0o755);
    return { ...tools[name], path };
  };
  const [kubectl, helm] = [await counting('kubectl'), await counting('helm')];
  forge = await createLocalForge({ onExchange: ({ method, path }) => github.push(`${method} ${path}`) });
  const control: Record<string, string> = {};
  const shop: Record<string, string> = {};
  for (const [index, team] of TEAMS.entries()) {
    const inShop = index % 2 === 1;
    const options = inShop ? { repoURL: `https://github.com/${SHOP}.git` } : {};
    control[`argocd/${team}.yaml`] = application(team, options);
    const files = inShop ? shop : control;
    files[`apps/${team}/kustomization.yaml`] = 'resources: [one.yaml, two.yaml, three.yaml]\n';
    for (const name of ['one', 'two', 'three']) files[`apps/${team}/${name}.yaml`] = configMap(name, team);
  }
  const answer = chartRepository('shop', ['1.0.0', '1.2.0']);
  charts = await serve((path, { headers }) => {
    if (headers['if-none-match'] === '"1"') return { status: 304 };
    return { ...answer(path), headers: { etag: '"1"' } };
  }, until);
  elsewhere = await gitServer({ until });
  await elsewhere.commit('shop', { 'apps/one.yaml': configMap('one', 'elsewhere') });
  for (const name of ['chart-one', 'chart-two']) {
    control[`argocd/${name}.yaml`] = application(name, { repoURL: `http://${charts.host}` })
      .replace(`path: apps/${name}`, 'chart: shop')
      .replace('targetRevision: HEAD', 'targetRevision: 1.x');
  }
  for (const name of ['git-one', 'git-two']) {
    control[`argocd/${name}.yaml`] = application(name, { repoURL: `${elsewhere.url}/shop`, path: 'apps' });
  }
  await forge.createRepository({ owner: 'acme', name: 'platform', files: control });
  await forge.createRepository({ owner: 'acme', name: 'shop', files: shop });
  cluster = await createLocalCluster({ controllers: 'manual' });
  table = await createLocalStore();
  const api = createForge({ appId: String(forge.app.id), privateKey: forge.app.privateKey, url: forge.apiUrl });
  // As if somebody had registered them: they are on this machine.
  const access = async () => ({ privateHosts: true });
  const source = createGitHubSource({ forge: api, host: 'github.com', cacheDir: folder, access });
  const due: Job[] = [];
  const ports = {
    forge: api,
    source,
    renderer: createRenderer({
      tools: async () => ({ ...tools, kubectl, helm }),
      tree: source.tree,
      cache: { dir: join(folder, 'kept') },
    }),
    clusters: createWritableClusters({
      resolveSecret: async () => cluster.kubeconfig(),
      kubeconfig: { reference: 'env:KUBECONFIG' },
    }),
    store: createStore({ aws: table.aws, table: table.table }),
    queue: { send: async (job: Job) => void due.push(job) },
    engines,
    clock: () => new Date().toISOString(),
    ...{ host: 'github.com', controlRepository: REPO, markKey: 'key', waveDelay: 0 },
  };
  look = async (first) => {
    due.push(first);
    for (let job = due.shift(); job !== undefined; job = due.shift()) {
      if (job.kind === 'refresh') await refresh(job, ports);
      if (job.kind === 'sync') await sync(job, ports);
    }
  };
  await look(LOOK);
  await look(LOOK);
}, 120_000);

afterAll(async () => {
  await Promise.all([forge.close(), cluster.close(), table.close(), engines.close()]);
  await Promise.all(closing.map((close) => close()));
  await rm(folder, { recursive: true, force: true });
});

test('a look at applications of which nothing changed renders nothing, downloads nothing, and asks each repository once', async () => {
  const before = await renders();
  expect(before).toBeGreaterThanOrEqual(TEAMS.length);
  github.length = 0;
  charts.asked.length = 0;
  elsewhere.asked.length = 0;
  await look(LOOK);
  expect(await renders()).toBe(before);
  expect(github).toHaveLength(2);
  expect(github.filter((call) => call.includes(`/repos/${REPO}/`))).toHaveLength(1);
  expect(github.filter((call) => call.includes(`/repos/${SHOP}/`))).toHaveLength(1);
  // Whether there is a newer version is asked once for both applications, and answered without a body.
  expect(charts.asked).toEqual(['/index.yaml']);
  // Where the branch is takes two requests by Git's protocol; none of them is a download.
  expect(elsewhere.asked).toEqual(['GET /shop/info/refs', 'POST /shop/git-upload-pack']);
});

test('a look asks the cluster by kind, not by application or resource', async () => {
  cluster.requests.length = 0;
  await look(LOOK);
  const lists = cluster.requests.filter(({ path }) => path.endsWith('/configmaps'));
  expect(lists.map(({ path }) => path)).toEqual(['/api/v1/configmaps']);
  // Beside them: the Namespaces that the applications create, and what the cluster serves.
  const others = cluster.requests.filter(({ path }) => !path.endsWith('/configmaps')).map(({ path }) => path);
  expect(new Set(others).size).toBe(others.length);
  expect(cluster.requests.length).toBeLessThan(TEAMS.length);
});
