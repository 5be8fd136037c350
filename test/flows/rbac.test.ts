import { expect, it } from 'vitest';
import type { RbacAction } from '../../src/access/rbac.ts';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { rbacRuling } from '../../src/flows/rbac.ts';
import { Problem } from '../../src/spec/problem.ts';

interface Asked {
  readonly login?: string;
  readonly action?: RbacAction;
  /** More of the metadata of the application. */
  readonly metadata?: string;
  readonly project?: string;
  readonly argocd?: string;
  readonly teams?: readonly string[];
}

/** What the policies say of somebody, and which teams GitHub was asked for. */
async function ruled(rbac: string, asked: Asked = {}) {
  const { login = 'bob', action = 'sync', metadata = '', project = '', argocd = '', teams = [] } = asked;
  const documents = [
    `kind: ConfigMap\napiVersion: v1\nmetadata: {name: argocd-rbac-cm}\ndata: {${rbac}}\n`,
    `kind: ConfigMap\napiVersion: v1\nmetadata: {name: argocd-cm}\ndata: {${argocd}}\n`,
    `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: prod}\nspec: {${project}}\n`,
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop${metadata}}\nspec:
  project: prod\n  source: {repoURL: https://github.com/acme/shop, path: .}\n  destination: {name: in-cluster}\n`,
  ];
  const catalogue = readCatalogue('', [{ path: 'all.yaml', text: documents.join('---\n') }]);
  const [{ value: application } = expect.unreachable()] = catalogue.applications;
  const asks: string[] = [];
  const isMember = async (group: string): Promise<boolean> => {
    asks.push(group);
    if (group.startsWith('secret:')) throw new Problem('forbidden', 'The App may not see who is in it.');
    return teams.includes(group);
  };
  const ruling = await rbacRuling({ login, action, application, isMember }, catalogue);
  return { ...ruling, asks };
}

const policy = (...lines: string[]): string => `policy.csv: "${lines.join('\\n')}"`;
const SYNC = 'p, role:deployer, applications, sync, prod/shop, allow';

it('has no say where nothing is written', async () => {
  expect(await ruled('')).toEqual({ asks: [] });
});

it('lets a login, in whatever case it is written, and everybody by the default role', async () => {
  expect(await ruled(policy(SYNC, 'g, Bob, role:deployer'))).toMatchObject({ permitted: true, asks: [] });
  expect(await ruled('policy.default: role:admin')).toMatchObject({ permitted: true, asks: [] });
  expect(await ruled('policy.default: role:readonly')).toMatchObject({ permitted: false });
  expect(await ruled('policy.default: role:readonly', { action: 'get' })).toMatchObject({ permitted: true });
});

it('asks GitHub for teams that would be let, and for no other', async () => {
  const lines = policy(SYNC, 'g, acme:ops, role:deployer', 'g, acme:web, role:readonly');
  expect(await ruled(lines, { teams: ['acme:ops'] })).toMatchObject({ permitted: true, asks: ['acme:ops'] });
  expect(await ruled(lines, { teams: ['acme:web'] })).toEqual({
    permitted: false,
    rule: 'no policy lets bob sync prod/shop',
    asks: ['acme:ops'],
  });
});

it('lets nobody be somebody by the name of a role', async () => {
  expect(
    await ruled(policy('p, deployer, applications, sync, */*, allow', 'g, acme:ops, deployer'), { login: 'deployer' }),
  ).toMatchObject({
    permitted: false,
  });
  expect(await ruled(policy('g, bob, role:admin'), { login: 'admin' })).toMatchObject({ permitted: false });
});

it('says that it could not look, where the App may not see a team, and looks at the others', async () => {
  const lines = policy(SYNC, 'g, secret:ops, role:deployer', 'g, acme:ops, role:deployer');
  expect(await ruled(lines)).toMatchObject({
    permitted: false,
    rule: 'no policy lets bob sync prod/shop. The App may not see who is in it.',
  });
  expect(await ruled(lines, { teams: ['acme:ops'] })).toMatchObject({ permitted: true });
});

it('takes the roles of the project of the application', async () => {
  const project =
    "roles: [{name: ops, groups: ['acme:ops'], policies: ['p, proj:prod:ops, applications, sync, prod/*, allow']}]";
  expect(await ruled('', { project, teams: ['acme:ops'] })).toMatchObject({ permitted: true });
  expect(await ruled('', { project })).toMatchObject({ permitted: false });
});

it('names the namespace of an application that stands in another one', async () => {
  const elsewhere = policy('p, bob, applications, sync, prod/web/*, allow');
  expect(await ruled(elsewhere, { metadata: ', namespace: web' })).toMatchObject({ permitted: true });
  expect(await ruled(elsewhere, { metadata: ', namespace: argocd' })).toMatchObject({ permitted: false });
});

// https://argo-cd.readthedocs.io/en/latest/operator-manual/rbac/#enabling-separate-rollback-permission
it('asks for a rollback what a sync needs, unless Argo CD is told to tell them apart', async () => {
  const lines = policy('p, bob, applications, sync, prod/*, allow');
  const argocd = "server.rbac.rollback.enforce.enable: 'true'";
  expect(await ruled(lines, { action: 'rollback' })).toMatchObject({ permitted: true });
  expect(await ruled(lines, { action: 'rollback', argocd })).toMatchObject({ permitted: false });
  expect(await ruled(lines.replace('sync', 'rollback'), { action: 'rollback', argocd })).toMatchObject({
    permitted: true,
  });
});

it('is refused as a whole where a line can not be read', async () => {
  await expect(ruled(policy(SYNC, 'g, bob, role:deployer', 'p, bob, applications'))).rejects.toMatchObject({
    code: 'misconfigured',
  });
});
