import { type RbacAction, readRbac } from '../access/rbac.ts';
import { projectOf } from '../catalog/project-of.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { asProblem } from '../spec/problem.ts';

/** Somebody who wants to do something with an application. */
export interface RbacQuestion {
  readonly login: string;
  readonly action: RbacAction;
  readonly application: Application;
  /** Whether somebody is in a group: `acme:platform`, the team of an organization. */
  readonly isMember: (group: string) => Promise<boolean>;
}

/** Whether the policies let it, and by whom or why not: in words, never for a decision. */
export interface RbacRuling {
  readonly permitted: boolean;
  readonly rule: string;
}

/** Of the applications of the control namespace policies do not name the namespace. */
const CONTROL_NAMESPACE = 'argocd';

/**
 * Whether `argocd-rbac-cm` and the roles of its project let somebody do something with an application: by the role that
 * everybody has, by the login, or by a team. Undefined where there are no such policies. Only teams that would be let are
 * asked for. Throws Problem `misconfigured` for policies that can't be read.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#policies-evaluation-and-matching
 */
export async function rbacRuling(
  { login, action, application, isMember }: RbacQuestion,
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
): Promise<RbacRuling | undefined> {
  const { argocd, rbac: data = {} } = catalogue.settings;
  const rbac = await readRbac(data, projectOf(application.spec.project, catalogue));
  if (rbac === undefined) return undefined;
  const object = objectOf(application);
  const asked = action === 'rollback' && argocd['server.rbac.rollback.enforce.enable'] !== 'true' ? 'sync' : action;
  const lets = (subject: string): Promise<boolean> => rbac.allows(subject, asked, object);
  if (rbac.everybody !== undefined && (await lets(rbac.everybody))) {
    return { permitted: true, rule: `policy.default: everybody has ${rbac.everybody}` };
  }
  // GitHub does not tell logins apart by case.
  const subject = rbac.subjects.find((each) => each.toLowerCase() === login.toLowerCase());
  if (subject !== undefined && (await lets(subject)))
    return { permitted: true, rule: `${subject} may ${asked} ${object}` };
  const unknown: string[] = [];
  for (const group of rbac.subjects.filter(isTeam)) {
    if (!(await lets(group))) continue;
    try {
      if (await isMember(group)) return { permitted: true, rule: `${group} may ${asked} ${object}` };
    } catch (thrown) {
      const { code, message, fix = '' } = asProblem(thrown);
      if (code !== 'forbidden') throw thrown;
      unknown.push(`${message} ${fix}`.trim());
    }
  }
  const rule = [`no policy lets ${login} ${asked} ${object}`, ...unknown].join('. ');
  return { permitted: false, rule };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#application-in-any-namespaces */
function objectOf({ metadata, spec }: Application): string {
  const { namespace = CONTROL_NAMESPACE, name } = metadata;
  return [spec.project, ...(namespace === CONTROL_NAMESPACE ? [] : [namespace]), name].join('/');
}

/** `organization:team`, as Dex's connector for GitHub names it; roles have a colon, too. */
function isTeam(subject: string): boolean {
  return /^[^:]+:[^:]+$/.test(subject) && !subject.startsWith('role:');
}
