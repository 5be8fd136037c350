import { expect, it } from 'vitest';
import { clusterOf } from '../../src/catalog/cluster-of.ts';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { actingAs, conditionsOf } from '../../src/flows/conditions.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const application = (metadata = 'name: web', project = 'shop'): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {${metadata}}
spec:
  project: ${project}
  source: {repoURL: https://github.com/acme/platform, path: web}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
`;
const ALL =
  "sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}], clusterResourceWhitelist: [{group: '*', kind: '*'}]";
const project = (spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\nspec: {${spec}}\n`;
const argocd = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {${data}}\n`;
const manifest = (apiVersion: string, kind: string, name: string, namespace?: string): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

const MANIFESTS = [
  manifest('v1', 'ConfigMap', 'web', 'shop'),
  manifest('v1', 'Namespace', 'shop'),
  manifest('v1', 'Secret', 'web', 'vault'),
];
const IMPERSONATION = "application.sync.impersonation.enabled: 'true'";

const asked = (...documents: string[]) => {
  const catalogue = readCatalogue('', [{ path: 'all.yaml', text: documents.join('---\n') }]);
  const [web] = catalogue.applications;
  const value = web?.value ?? expect.unreachable();
  return { value, cluster: clusterOf(value, catalogue.settings.clusters), catalogue };
};

// Every rule of a project, broken: in its words, on the application, before the merge.
it.each<[string, string[], string]>([
  [
    'no such project',
    [application('name: web', 'web'), project(ALL)],
    'InvalidSpecError application references project web which does not exist; define that AppProject, or name one of: default, shop',
  ],
  [
    'sourceRepos',
    [application(), project(ALL.replace("['*']", "['*', '!https://github.com/acme/*']"))],
    "InvalidSpecError application repo https://github.com/acme/platform is not permitted in project 'shop'",
  ],
  [
    'destinations',
    [application(), project(`${ALL.replace("namespace: '*'", 'namespace: web')}`)],
    "InvalidSpecError application destination server 'https://kubernetes.default.svc' and namespace 'shop' do not match any of the allowed destinations in project 'shop'",
  ],
  [
    'a namespace of a resource',
    [application(), project(ALL.replace("namespace: '*'", 'namespace: shop'))],
    "SyncError namespace vault is not permitted in project 'shop'",
  ],
  [
    'permitOnlyProjectScopedClusters',
    [application(), project(`${ALL}, permitOnlyProjectScopedClusters: true`)],
    "InvalidSpecError application destination server 'https://kubernetes.default.svc' is not a cluster of project 'shop', which permits only project-scoped clusters",
  ],
  [
    'sourceNamespaces',
    [application('name: web, namespace: team'), project(ALL)],
    "InvalidSpecError application 'web' in namespace 'team' is not permitted to use project 'shop'",
  ],
  [
    'clusterResourceWhitelist',
    [application(), project(ALL.replace("kind: '*'}]", "kind: '*', name: 'web*'}]"))],
    'SyncError resource :Namespace is not permitted in project shop',
  ],
  [
    'clusterResourceBlacklist',
    [application(), project(`${ALL}, clusterResourceBlacklist: [{group: '', kind: Namespace}]`)],
    'SyncError resource :Namespace is not permitted in project shop',
  ],
  [
    'namespaceResourceBlacklist',
    [application(), project(`${ALL}, namespaceResourceBlacklist: [{group: '', kind: Secret}]`)],
    'SyncError resource :Secret is not permitted in project shop',
  ],
  [
    'an empty namespaceResourceWhitelist',
    [application(), project(`${ALL}, namespaceResourceWhitelist: []`)],
    'SyncError resource :ConfigMap is not permitted in project shop',
  ],
  [
    'destinationServiceAccounts',
    [application(), project(ALL), argocd(IMPERSONATION)],
    'SyncError no matching service account found for destination server https://kubernetes.default.svc and namespace shop',
  ],
])('a rule that is broken is a condition in its words: %s', (_, documents, condition) => {
  const { value, cluster, catalogue } = asked(...documents);
  const found = conditionsOf(value, MANIFESTS, cluster, catalogue).map(({ type, message }) => `${type} ${message}`);
  expect(found).toContain(condition);
});

it('says nothing of an application that keeps to the rules', () => {
  const { value, cluster, catalogue } = asked(application(), project(ALL));
  expect(conditionsOf(value, MANIFESTS, cluster, catalogue)).toEqual([]);
});

it('reaches the cluster as the service account of the project, and as itself where the feature is off', () => {
  const accounts = `${ALL}, destinationServiceAccounts: [{server: '*', namespace: shop, defaultServiceAccount: deployer}]`;
  const on = asked(application(), project(accounts), argocd(IMPERSONATION));
  expect(actingAs(on.value, on.cluster, on.catalogue)).toMatchObject({
    impersonate: 'system:serviceaccount:shop:deployer',
  });
  const off = asked(application(), project(accounts));
  expect(actingAs(off.value, off.cluster, off.catalogue)).not.toHaveProperty('impersonate');
});
