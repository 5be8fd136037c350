import { expect, test } from 'vitest';
import { createClone, trimtab } from './support.ts';

const PROJECT = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop}
spec:
  sourceRepos: ['https://github.com/acme/*', '!https://github.com/acme/secret']
  destinations:
  - {server: https://kubernetes.default.svc, namespace: 'shop*'}
  clusterResourceWhitelist:
  - {group: '', kind: Namespace, name: 'shop*'}
  namespaceResourceBlacklist:
  - {group: '', kind: ResourceQuota}
  syncWindows:
  - {kind: deny, schedule: '0 22 * * *', duration: 8h, timeZone: Europe/Berlin, applications: ['*'], manualSync: true}
  - {kind: allow, schedule: '0 9 * * 1', duration: 1h, namespaces: [web]}
`;

const application = (repo: string, namespace = 'shop'): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: shop
  source: {repoURL: 'https://github.com/acme/${repo}', path: .}
  destination: {server: https://kubernetes.default.svc, namespace: ${namespace}}
`;

const FILES = {
  'project.yaml': PROJECT,
  'web.yaml': application('web'),
  'secret.yaml': application('secret', 'web'),
};

test('access project says whether an application is permitted, and by which rule', async () => {
  const { dir } = createClone(FILES);
  const good = await trimtab(['access', 'project', 'project.yaml', 'web.yaml', '-o', 'json'], { cwd: dir });
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(good.stdout)).toMatchObject({ permitted: true, project: 'shop', application: 'web' });
  const bad = await trimtab(['access', 'project', 'project.yaml', 'secret.yaml', '-o', 'json'], { cwd: dir });
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    permitted: false,
    rule: 'denied by spec.sourceRepos[1]: "!https://github.com/acme/secret"; no entry of spec.destinations allows it',
  });
});

test.each([
  [['--kind', 'ConfigMap'], 0, 'there is no spec.namespaceResourceWhitelist: every kind with a namespace is allowed'],
  [['--kind', '/ResourceQuota'], 1, 'denied by spec.namespaceResourceBlacklist[0]: group "", kind "ResourceQuota"'],
  [['--kind', 'rbac.authorization.k8s.io/ClusterRole'], 1, 'no entry of spec.clusterResourceWhitelist allows it'],
  [['--kind', 'Namespace', '--name', 'shop-1'], 0, 'allowed by spec.clusterResourceWhitelist[0]'],
  [['--kind', 'Namespace', '--name', 'web'], 1, 'no entry of spec.clusterResourceWhitelist allows it'],
  [['--kind', 'acme.io/Planet', '--cluster-scoped'], 1, 'no entry of spec.clusterResourceWhitelist allows it'],
  [[], 2, ''],
  [['web.yaml', '--kind', 'ConfigMap'], 2, ''],
  [['missing.yaml'], 2, ''],
])('access project of %j exits %i', async (args, code, rule) => {
  const { dir } = createClone(FILES);
  const seen = await trimtab(['access', 'project', 'project.yaml', ...args], { cwd: dir });
  expect(seen.code).toBe(code);
  expect(seen.stdout).toContain(rule);
});

test('windows says which are active, and whether a sync may run', async () => {
  const { dir } = createClone(FILES);
  const args = ['windows', 'project.yaml', '--application', 'web.yaml', '-o', 'json'];
  const night = await trimtab([...args, '--at', '2026-01-01T23:00:00Z'], { cwd: dir });
  expect(night.code).toBe(1);
  expect(JSON.parse(night.stdout)).toMatchObject({
    allowed: false,
    reason: 'sync window active: deny 0 22 * * * for 8h (Europe/Berlin)',
    until: '2026-01-02T05:00:00.000Z',
    windows: [
      { kind: 'deny', schedule: '0 22 * * *', active: true, matches: true },
      { kind: 'allow', active: false, matches: false },
    ],
  });
  const byHand = await trimtab([...args, '--at', '2026-01-01T23:00:00Z', '--manual'], { cwd: dir });
  expect(byHand.code).toBe(0);
  const day = await trimtab([...args.slice(0, -2), '--at', '2026-01-01T12:00:00Z'], { cwd: dir });
  expect(day.stdout).toMatch(/^STATUS +MATCHES +KIND/);
  expect(day.stdout).toContain('a sync may run at 2026-01-01T12:00:00.000Z: no sync window holds it back');
  expect(day.code).toBe(0);
});

test('windows of a schedule that cannot be read refuses, and says so', async () => {
  const { dir } = createClone({ 'project.yaml': PROJECT.replace('0 22 * * *', '@daily') });
  const { code, stdout, stderr } = await trimtab(['windows', 'project.yaml'], { cwd: dir });
  expect(code).toBe(1);
  expect(stdout).toContain("invalid sync windows: cannot parse schedule '@daily'");
  expect(stderr).toContain('project.yaml:13, spec.syncWindows[0].schedule');
});

test('access user says whether the policies let somebody sync, and by which of them', async () => {
  const policy = 'p, role:deployer, applications, sync, default/*, allow\\ng, acme:platform, role:deployer';
  const { dir } = createClone({
    'web.yaml': application('web').replace('project: shop', 'project: default'),
    'rbac.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-rbac-cm}\ndata: {policy.csv: "${policy}"}\n`,
  });
  const good = await trimtab(['access', 'user', 'bob', 'web', '--team', 'acme:platform', '-o', 'json'], { cwd: dir });
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(good.stdout)).toMatchObject({
    permitted: true,
    rule: 'acme:platform may sync default/web',
    project: 'default',
  });
  const bad = await trimtab(['access', 'user', 'carol', 'web'], { cwd: dir });
  expect(bad).toMatchObject({ code: 1, stdout: 'not permitted: no policy lets carol sync default/web\n' });
});
