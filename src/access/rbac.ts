import { matchesGlob } from '../spec/glob.ts';
import { Problem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { readRbacLine } from './rbac-line.ts';

/** What people do with applications. */
export type RbacAction = 'get' | 'sync' | 'rollback';

/** The policies that concern the applications of one project. */
export interface Rbac {
  /** The role that everybody has, if any (`policy.default`). */
  readonly everybody: string | undefined;
  /** Users and groups that the policies name. What somebody is given as a role is nobody's login. */
  readonly subjects: readonly string[];
  /** Whether a subject may do something with `PROJECT/APPLICATION`: some policy allows it, and none denies it. */
  allows(subject: string, action: RbacAction, object: string): Promise<boolean>;
}

/**
 * Argo CD's model, for casbin. https://github.com/argoproj/argo-cd/blob/master/assets/model.conf
 */
const MODEL = `
[request_definition]
r = sub, res, act, obj
[policy_definition]
p = sub, res, act, obj, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && matches(r.res, p.res) && matches(r.act, p.act) && matches(r.obj, p.obj)
`;

/** The built-in roles, as far as applications go. The local user `admin` is nobody here. */
const BUILT_IN = `
p, role:readonly, applications, get, *, allow
p, role:admin, applications, sync, *, allow
p, role:admin, applications, rollback, *, allow
g, role:admin, role:readonly
`;

/**
 * The policies of `argocd-rbac-cm` and of the roles of a project; undefined where neither says anything of people: then
 * nothing is asked of them beyond their permission on GitHub. Throws Problem `misconfigured` for a line that can't be read,
 * since it might be one that denies.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
 */
export async function readRbac(
  data: Readonly<Record<string, string>>,
  project: AppProject | undefined,
): Promise<Rbac | undefined> {
  const everybody = (data['policy.default'] ?? '').trim();
  const written = [...policyOf(data), ...rolesOf(project)];
  if (everybody === '' && written.length === 0) return undefined;
  const matchMode = (data['policy.matchMode'] ?? '').trim() === 'regex' ? 'regex' : 'glob';
  const lines = [
    ...BUILT_IN.split('\n').map((text) => ({ text, matchMode: 'glob' })),
    ...written.map((text) => ({ text, matchMode })),
  ].flatMap((each) => parsed(each.text, each.matchMode));
  const { newEnforcer, newModelFromString } = await import('casbin');
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addFunction('matches', (value: string, pattern: string) =>
    matchMode === 'regex' ? pattern === '*' || new RegExp(pattern).test(value) : matchesGlob(pattern, value),
  );
  const partsOf = (kind: 'p' | 'g'): string[][] =>
    unique(lines.filter((line) => line.kind === kind)).map((one) => [...one]);
  const roles = new Set(lines.filter(({ kind }) => kind === 'g').map(({ parts }) => parts[1] ?? ''));
  await enforcer.addPolicies(partsOf('p'));
  await enforcer.addGroupingPolicies(partsOf('g'));
  return {
    everybody: everybody === '' ? undefined : everybody,
    subjects: [...new Set(lines.map(({ parts }) => parts[0] ?? ''))].filter((subject) => !roles.has(subject)),
    allows: (subject, action, object) => enforcer.enforce(subject, 'applications', action, object),
  };
}

/** Argo CD takes the keys in the order of their names, `policy.csv` first; the order changes nothing. */
function policyOf(data: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(data)
    .filter(([key]) => /^policy(\..*)?\.csv$/.test(key))
    .flatMap(([, text]) => text.split('\n'))
    .filter((line) => readRbacLine(line) !== undefined);
}

/** Roles for people: those of tokens alone are for machines, of which none comes here. */
function rolesOf(project: AppProject | undefined): readonly string[] {
  const name = project?.metadata.name ?? '';
  return (project?.spec.roles ?? [])
    .filter(({ groups = [] }) => groups.length > 0)
    .flatMap(({ name: role, policies = [], groups = [] }) => [
      ...policies,
      ...groups.map((group) => `g, ${group}, proj:${name}:${role}`),
    ]);
}

function parsed(
  text: string,
  matchMode: string,
): readonly { readonly kind: 'p' | 'g'; readonly parts: readonly string[] }[] {
  const line = readRbacLine(text, matchMode);
  if (line === undefined) return [];
  if (line.kind !== 'wrong') return [line];
  throw new Problem('misconfigured', `invalid policy "${text.trim()}": ${line.reason}`, {
    fix: 'Correct it in argocd-rbac-cm or in the role; trimtab validate names file and line.',
  });
}

/** casbin takes a list whole or not at all: a line that is there twice would lose all others. */
function unique(lines: readonly { readonly parts: readonly string[] }[]): readonly (readonly string[])[] {
  return [...new Map(lines.map(({ parts }) => [JSON.stringify(parts), parts])).values()];
}
