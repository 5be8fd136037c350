import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterOf } from '../../src/catalog/cluster-of.ts';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { createClusters } from '../../src/cluster/clusters.ts';
import { createOrphanWatch } from '../../src/flows/orphans.ts';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { ApplicationStatus } from '../../src/spec/operation.ts';
import type { ClusterReader } from '../../src/spec/ports.ts';

let local: LocalCluster;
let lists: string[] = [];

const TRACKED = (application: string): string => `argocd.argoproj.io/tracking-id: '${application}:/ConfigMap:shop/x'`;
const configMap = (name: string, annotations = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop, annotations: {${annotations}}}\n`;

beforeAll(async () => {
  local = await createLocalCluster({ controllers: 'manual' });
  const post = async (path: string, body: string): Promise<void> => {
    const headers = { 'content-type': 'application/yaml' };
    const answer = await fetch(`${local.url}${path}`, { method: 'POST', headers, body });
    expect(answer.status, await answer.text()).toBe(201);
  };
  await post('/api/v1/namespaces', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  for (const object of [
    configMap('of-shop', TRACKED('shop')),
    configMap('of-web', TRACKED('web')),
    configMap('of-nobody', TRACKED('gone')),
    configMap('by-hand'),
  ]) {
    await post('/api/v1/namespaces/shop/configmaps', object);
  }
});
afterAll(() => local.close());

const application = (name: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}}
spec:
  project: team
  source: {repoURL: https://github.com/acme/platform, path: ${name}}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
`;

/** Looks for the orphans of two applications of a project with these settings, with one watch. */
async function watched(orphanedResources: string, options: { first?: boolean; before?: ApplicationStatus } = {}) {
  const project = `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}
spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}]${orphanedResources}}\n`;
  const text = [project, application('shop'), application('web')].join('---\n');
  const catalogue = readCatalogue('', [{ path: 'all.yaml', text }]);
  const [first = expect.unreachable()] = catalogue.applications;
  const cluster = clusterOf(first.value, catalogue.settings.clusters);
  const clusters = createClusters({
    resolveSecret: async () => local.kubeconfig(),
    resolveKubeconfig: async () => local.kubeconfig(),
    kubeconfig: { reference: 'env:KUBECONFIG' },
  });
  const real = await clusters.reader(cluster);
  lists = [];
  const reader: Pick<ClusterReader, 'kinds' | 'list'> = {
    kinds: real.kinds,
    list: (kind, where) => {
      lists.push(`${kind.kind} ${where?.namespace ?? ''}`);
      return real.list(kind, where);
    },
  };
  const store = options.first === undefined ? undefined : { once: async () => options.first === true };
  const watch = createOrphanWatch({ reader, cluster, catalogue }, store);
  const desired: Manifest[] = [];
  const found = await Promise.all(
    catalogue.applications.map(({ value }) => watch({ application: value, desired }, options.before)),
  );
  return found.map((conditions) => conditions.map(({ type, message }) => `${type}: ${message}`));
}

const WARN = ', orphanedResources: {warn: true}';
const FOUND =
  'OrphanedResourceWarning: Application has 2 orphaned resources: ConfigMap shop/by-hand, ConfigMap shop/of-nobody';

it('tells each application of the namespace what belongs to no application', async () => {
  expect(await watched(WARN)).toEqual([[FOUND], [FOUND]]);
});

it('asks for each kind once, whatever the number of applications, and for none that the project forbids', async () => {
  await watched(WARN);
  expect(lists).toContain('ConfigMap shop');
  expect(new Set(lists).size).toBe(lists.length);
  expect(lists.filter((list) => !list.endsWith(' shop'))).toEqual([]);
  await watched(`${WARN}, namespaceResourceWhitelist: [{group: '', kind: ConfigMap}]`);
  expect(lists).toEqual(['ConfigMap shop']);
});

it('asks for nothing where the project does not want it', async () => {
  expect(await watched('')).toEqual([[], []]);
  expect(await watched(', orphanedResources: {warn: false}')).toEqual([[], []]);
  expect(await watched(', orphanedResources: {}')).toEqual([[], []]);
  expect(lists).toEqual([]);
});

it('looks now and then, and keeps in between what it found', async () => {
  const conditions = [{ type: 'OrphanedResourceWarning', message: 'Application has 1 orphaned resource: x' }] as const;
  const before = { conditions } as unknown as ApplicationStatus;
  const kept = 'OrphanedResourceWarning: Application has 1 orphaned resource: x';
  expect(await watched(WARN, { first: false, before })).toEqual([[kept], [kept]]);
  expect(lists).toEqual([]);
  expect(await watched(WARN, { first: true, before })).toEqual([[FOUND], [FOUND]]);
});
