import type { RbacAction } from '../access/rbac.ts';
import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import { Problem } from '../spec/problem.ts';
import type { Asked, CommandPorts } from './asked.ts';
import { rbacRuling } from './rbac.ts';

/** Applications that the policies let the author of the comment do something with; one that they do not is refused by name. */
export async function permittedOnes(
  action: RbacAction,
  applications: readonly Parsed<Application>[],
  asked: Asked,
  ports: CommandPorts,
): Promise<readonly Parsed<Application>[]> {
  for (const { value } of applications) await checkRbac(action, value, asked, ports);
  return applications;
}

/** Throws Problem `forbidden` where `argocd-rbac-cm` or the roles of the project do not let the author of the comment. */
export async function checkRbac(
  action: RbacAction,
  application: Application,
  { comment, control }: Asked,
  { forge, controlRepository }: CommandPorts,
): Promise<void> {
  const isMember = (group: string): Promise<boolean> => {
    const [organization = '', team = ''] = group.split(':');
    return forge.isMember(controlRepository, { organization, team }, comment.author);
  };
  const ruling = await rbacRuling({ login: comment.author, action, application, isMember }, control.catalogue);
  if (ruling === undefined || ruling.permitted) return;
  throw new Problem(
    'forbidden',
    `${ruling.rule} (argocd-rbac-cm, and the roles of project ${application.spec.project}).`,
    {
      where: { application: applicationName(application) },
      fix: 'Ask somebody whom the policies let, or change them in the control repository.',
    },
  );
}
