import { describe, expect, it } from 'vitest';
import { type RbacAction, readRbac } from '../../src/access/rbac.ts';
import type { ProjectRole } from '../../src/spec/project.ts';
import { problemIn } from '../forge/support.ts';
import { projectOf } from './projects.ts';

/** Whether a subject may do something with `prod/shop`, by a policy.csv and other keys. */
async function lets(
  subject: string,
  policy: string,
  {
    action = 'sync',
    object = 'prod/shop',
    ...data
  }: { action?: RbacAction; object?: string; [key: string]: string | undefined } = {},
  roles: readonly ProjectRole[] = [],
): Promise<boolean> {
  const keys = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const rbac = await readRbac({ 'policy.csv': policy, ...Object.fromEntries(keys) }, projectOf({ roles }));
  return (await rbac?.allows(subject, action, object)) ?? expect.unreachable('there is no policy');
}

// https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
describe('what policies let', () => {
  const DEPLOYER = 'p, role:deployer, applications, sync, prod/*, allow\ng, acme:platform, role:deployer';

  it.each<[boolean, string, string, Parameters<typeof lets>[2]]>([
    [true, 'a team by its role', 'acme:platform', {}],
    [false, 'what the role does not say', 'acme:platform', { action: 'get' }],
    [false, 'an application of another project', 'acme:platform', { object: 'staging/shop' }],
    [false, 'somebody else', 'acme:web', {}],
  ])('%s: %s', async (permitted, _, subject, asked) => {
    expect(await lets(subject, DEPLOYER, asked)).toBe(permitted);
  });

  it('has the roles of Argo CD built in', async () => {
    const policy = 'g, bob, role:admin\ng, carol, role:readonly';
    expect(await lets('bob', policy)).toBe(true);
    expect(await lets('bob', policy, { action: 'get' })).toBe(true);
    expect(await lets('carol', policy)).toBe(false);
    expect(await lets('carol', policy, { action: 'get' })).toBe(true);
    // The local user of Argo CD is nobody on GitHub.
    expect(await lets('admin', policy)).toBe(false);
  });

  it('denies where any policy denies, however special the one that allows', async () => {
    const policy = 'p, bob, applications, *, prod/*, deny\np, bob, applications, sync, prod/shop, allow';
    expect(await lets('bob', policy)).toBe(false);
    expect(await lets('bob', policy.replace('deny', 'allow'))).toBe(true);
  });

  it('crosses slashes with a star, and reads regular expressions where they are asked for', async () => {
    expect(await lets('bob', 'p, bob, applications, sync, *shop, allow')).toBe(true);
    expect(await lets('bob', 'p, bob, applications, sync, prod/team/*, allow', { object: 'prod/team/shop' })).toBe(
      true,
    );
    const regex = { 'policy.matchMode': 'regex' };
    expect(await lets('bob', 'p, bob, applications, s.*c, ^prod/(shop|web)$, allow', regex)).toBe(true);
    expect(await lets('bob', 'p, bob, applications, s.*c, ^prod/web$, allow', regex)).toBe(false);
  });

  it('takes roles of roles, further policy files, quotes, comments, and lines that are there twice', async () => {
    const policy =
      '# who\np, role:a, applications, "sync", prod/*, allow\np, role:a, applications, sync, prod/*, allow';
    const more = { 'policy.overlay.csv': 'g, role:b, role:a\n\ng, bob, role:b' };
    expect(await lets('bob', policy, more)).toBe(true);
  });

  it('adds the roles of the project, for their groups', async () => {
    const role = {
      name: 'ops',
      policies: ['p, proj:prod:ops, applications, sync, prod/*, allow'],
      groups: ['acme:ops'],
    };
    expect(await lets('acme:ops', '', {}, [role])).toBe(true);
    expect(await lets('acme:web', '', {}, [role])).toBe(false);
    expect(await lets('acme:ops', 'p, acme:ops, applications, sync, */*, deny', {}, [role])).toBe(false);
  });
});

it('asks nothing where no policy speaks of people', async () => {
  const token = { name: 'ci', policies: ['p, proj:prod:ci, applications, sync, prod/*, allow'] };
  expect(await readRbac({}, undefined)).toBeUndefined();
  expect(
    await readRbac({ 'policy.csv': '\n# nothing yet\n', 'policy.default': '' }, projectOf({ roles: [token] })),
  ).toBeUndefined();
  expect(await readRbac({ 'policy.default': 'role:readonly' }, undefined)).toMatchObject({
    everybody: 'role:readonly',
  });
});

it('knows users and groups from the names of roles', async () => {
  const policy =
    'p, deployer, applications, sync, prod/*, allow\ng, acme:platform, deployer\np, bob, applications, get, */*, allow';
  expect((await readRbac({ 'policy.csv': policy }, undefined))?.subjects.toSorted()).toEqual([
    'acme:platform',
    'bob',
    'role:admin',
  ]);
});

it.each([
  ['p, bob, applications, sync, prod/*', 'six parts'],
  ['p, bob, applications, sync, prod/*, maybe', 'allow or deny'],
  ['x, bob', 'begin with p or g'],
  ['g, bob', 'three parts'],
  ['p, bob, applications, sync, prod/{shop, deny', 'is no glob'],
])('refuses a policy that it can not read, which might deny: %s', async (line, reason) => {
  const problem = await problemIn(
    readRbac({ 'policy.csv': `p, bob, applications, sync, */*, allow\n${line}` }, undefined),
  );
  expect(problem).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(reason) });
});
