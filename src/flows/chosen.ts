import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import { nearest } from '../spec/nearest.ts';
import { Problem } from '../spec/problem.ts';
import { applicationsOfPull } from './applications-of-pull.ts';
import type { Asked, CommandPorts } from './asked.ts';

/**
 * The named application; without a name, those that the pull request touches. Throws Problem `not-found`, with the name that
 * may be meant, and `bad-command` where it touches none.
 */
export async function chosen(
  name: string | undefined,
  { pull, control }: Asked,
  ports: CommandPorts,
): Promise<readonly Parsed<Application>[]> {
  const { applications } = control.catalogue;
  if (name === undefined) {
    const touched = await applicationsOfPull(pull, applications, ports);
    if (touched.length > 0) return touched;
    throw new Problem('bad-command', 'This pull request touches no application.', { fix: 'Name one: /history APP' });
  }
  const found = applications.find((application) => nameOf(application) === name);
  if (found !== undefined) return [found];
  const meant = nearest(name, applications.map(nameOf));
  throw new Problem(
    'not-found',
    `There is no application ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  );
}

function nameOf({ value }: Parsed<Application>): string {
  return applicationName(value);
}
