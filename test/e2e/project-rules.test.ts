import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Files, type Platform, REPO, startPlatform } from './platform.ts';

const KEY = '4AEE18F83AFDEB23';

/** Whatever its applications want, where a rule does not say otherwise. */
const OPEN = {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
};

/** A project with its rules, and an application of it, of the same name. */
function ruled(name: string, spec: Readonly<Record<string, unknown>>, rendered: string): Files {
  return {
    [`argocd/projects/${name}.yaml`]: stringify({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name, namespace: 'argocd' },
      spec: { ...OPEN, ...spec },
    }),
    [`argocd/${name}.yaml`]: application(name, { project: name }),
    [`apps/${name}/object.yaml`]: rendered,
  };
}

const object = (apiVersion: string, kind: string, name: string, namespace?: string): string =>
  stringify({ apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
const role = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'reader');
const CONFIG = configMap('config', 'new');
const SERVER = 'https://kubernetes.default.svc';

/** Rule → what breaks it, and what the pull request says of it. */
const BROKEN: readonly (readonly [rule: string, files: Files, condition: string])[] = [
  [
    'sourceRepos',
    ruled('sources', { sourceRepos: ['*', '!https://github.com/acme/*'] }, CONFIG),
    `InvalidSpecError: \`application repo https://github.com/${REPO}.git is not permitted in project 'sources'\``,
  ],
  [
    'destinations',
    ruled('destinations', { destinations: [{ server: '*', namespace: 'dest?' }] }, CONFIG),
    `InvalidSpecError: \`application destination server '${SERVER}' and namespace 'destinations' do not match any of the allowed destinations in project 'destinations'\``,
  ],
  [
    'destinations that deny',
    ruled(
      'denied',
      {
        destinations: [
          { server: '*', namespace: '*' },
          { server: '*', namespace: '!den*' },
        ],
      },
      CONFIG,
    ),
    `InvalidSpecError: \`application destination server '${SERVER}' and namespace 'denied' do not match any of the allowed destinations in project 'denied'\``,
  ],
  [
    'the namespace of a resource',
    ruled(
      'resident',
      { destinations: [{ server: '*', namespace: 'resident' }] },
      object('v1', 'ConfigMap', 'x', 'vault'),
    ),
    "SyncError: `namespace vault is not permitted in project 'resident'`",
  ],
  [
    'clusterResourceWhitelist',
    ruled('clusterwide', { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] }, role),
    'SyncError: `resource rbac.authorization.k8s.io:ClusterRole is not permitted in project clusterwide`',
  ],
  [
    'clusterResourceBlacklist',
    ruled('blacklisted', { clusterResourceBlacklist: [{ group: 'rbac.*', kind: 'Cluster*' }] }, role),
    'SyncError: `resource rbac.authorization.k8s.io:ClusterRole is not permitted in project blacklisted`',
  ],
  [
    'namespaceResourceWhitelist',
    ruled('whitelisted', { namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] }, CONFIG),
    'SyncError: `resource :ConfigMap is not permitted in project whitelisted`',
  ],
  [
    'namespaceResourceBlacklist',
    ruled('secretless', { namespaceResourceBlacklist: [{ group: '', kind: 'Secret' }] }, object('v1', 'Secret', 'x')),
    'SyncError: `resource :Secret is not permitted in project secretless`',
  ],
  [
    'sourceNamespaces',
    {
      ...ruled('guests', { sourceNamespaces: ['team-*'] }, CONFIG),
      'argocd/guests.yaml': application('guests', { project: 'guests' }).replace('namespace: argocd', 'namespace: web'),
    },
    "InvalidSpecError: `application 'guests' in namespace 'web' is not permitted to use project 'guests'`",
  ],
  [
    'signatureKeys',
    ruled('signed', { signatureKeys: [{ keyID: KEY }] }, CONFIG),
    'ComparisonError: `GIT/GPG: Failed verifying revision ',
  ],
  [
    'destinationServiceAccounts',
    {
      ...ruled(
        'nobody',
        { destinationServiceAccounts: [{ server: '*', namespace: 'web', defaultServiceAccount: 'x' }] },
        CONFIG,
      ),
      'argocd/argocd-cm.yaml': stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-cm', namespace: 'argocd' },
        data: { 'application.sync.impersonation.enabled': 'true' },
      }),
    },
    `SyncError: \`no matching service account found for destination server ${SERVER} and namespace nobody\``,
  ],
  [
    'a project that is missing',
    { 'argocd/lost.yaml': application('lost', { project: 'lost' }), 'apps/lost/object.yaml': CONFIG },
    'InvalidSpecError: `application references project lost which does not exist; define that AppProject, or name one of: ',
  ],
];

let trimtab: Platform;
let comment: string;

beforeAll(async () => {
  trimtab = await startPlatform(
    {
      'argocd/rbac.yaml': stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-rbac-cm', namespace: 'argocd' },
        data: {
          'policy.default': 'role:readonly',
          'policy.csv': 'p, role:deployer, applications, sync, */*, allow\ng, acme:platform, role:deployer\n',
        },
      }),
      'argocd/shop.yaml': application('shop', { automated: null }),
      'apps/shop/object.yaml': CONFIG,
      ...ruled('verified', { signatureKeys: [{ keyID: KEY }] }, CONFIG),
      ...ruled('tidy', { orphanedResources: { warn: true } }, CONFIG),
    },
    { forge: { permissions: { ...PERMISSIONS, members: 'read' } } },
  );
  trimtab.forge.addTeam('acme', 'platform', ['bob']);
  const { number } = await trimtab.propose(Object.assign({}, ...BROKEN.map(([, files]) => files)));
  comment = trimtab.preview(number);
}, 60_000);
afterAll(() => trimtab.close());

const PERMISSIONS = {
  metadata: 'read',
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  deployments: 'write',
};

test.each(BROKEN)(
  'a pull request that breaks %s says so, in the words of the rule, before the merge',
  (_, __, condition) => {
    expect(comment).toContain(`❌ **Will not be synced**, ${condition}`);
  },
);

test('says nothing of applications that keep to the rules', async () => {
  const { number } = await trimtab.propose({ 'apps/tidy/object.yaml': configMap('config', 'tidy') });
  expect(trimtab.preview(number)).not.toContain('Will not be synced');
});

describe('a project that wants signed commits', () => {
  test('gets nothing from a commit without one, and everything from one that its key signed', async () => {
    await trimtab.schedule();
    const [before] = (await trimtab.store.statuses.load('verified'))?.conditions ?? [];
    expect(before?.type).toBe('ComparisonError');
    expect(before?.message).toContain(': unsigned (key_id=)');
    const { number } = await trimtab.propose({ 'apps/verified/object.yaml': configMap('config', 'newer') });
    await trimtab.ask(number, 'bob', '/sync verified');
    const [asked] = await trimtab.store.histories.list('verified', 1);
    expect(asked).toMatchObject({ phase: 'Error', message: expect.stringContaining(': unsigned (key_id=)') });
    expect(trimtab.cluster.get('/api/v1/namespaces/verified/configmaps/config')).toBeUndefined();
    trimtab.forge.addKey(KEY);
    await trimtab.forge.commit(REPO, { branch: 'main', message: 'Signed', changes: {}, signedBy: KEY });
    await trimtab.settled();
    expect(trimtab.cluster.get('/api/v1/namespaces/verified/configmaps/config')).toMatchObject({
      data: { value: 'new' },
    });
  });
});

test('what a namespace holds and no application has is a warning that holds nothing back', async () => {
  const made = await fetch(`${trimtab.cluster.url}/api/v1/namespaces/tidy/configmaps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-hand' } }),
  });
  expect(made.status).toBe(201);
  await trimtab.store.forget('orphans:tidy');
  await trimtab.schedule();
  expect(await trimtab.store.statuses.load('tidy')).toMatchObject({
    sync: 'Synced',
    conditions: [
      { type: 'OrphanedResourceWarning', message: 'Application has 1 orphaned resource: ConfigMap tidy/by-hand' },
    ],
  });
});

describe('argocd-rbac-cm', () => {
  test('lets the team sync that it names, and nobody else, whatever their rights on GitHub are', async () => {
    const { number } = await trimtab.propose({ 'apps/shop/object.yaml': configMap('config', 'newer') });
    const refused = await trimtab.ask(number, 'alice', '/sync shop');
    expect(refused.text.replaceAll('\\', '')).toContain('no policy lets alice sync default/shop');
    expect(trimtab.cluster.get('/api/v1/namespaces/shop/configmaps/config')).toBeUndefined();
    expect((await trimtab.ask(number, 'alice', '/terminate shop')).text).toContain('no policy lets alice sync');
    expect((await trimtab.ask(number, 'alice', '/history shop')).text).not.toContain('no policy');
    expect((await trimtab.ask(number, 'bob', '/sync shop')).text).toContain('`shop` is syncing');
    expect(trimtab.cluster.get('/api/v1/namespaces/shop/configmaps/config')).toMatchObject({ data: { value: 'new' } });
  });

  test('adds to the permissions of GitHub: a member of the team who may only read still may not', async () => {
    trimtab.forge.addTeam('acme', 'platform', ['carol']);
    const { number } = await trimtab.propose({ 'apps/shop/object.yaml': configMap('config', 'newest') });
    expect((await trimtab.ask(number, 'carol', '/sync shop')).text).toContain('needs **write** access');
  });
});
