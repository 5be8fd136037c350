import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import { resourceText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import { Problem } from '../spec/problem.ts';
import { repoURL } from './preview.ts';
import { readControlRepository } from './read-control-repository.ts';
import type { SyncPorts } from './world-of.ts';

/** The approval of `Prune=confirm`, as the Application has it in Git now; asked for only while a task waits for it. */
export async function approval(
  operation: Operation,
  application: Application,
  ports: SyncPorts,
): Promise<{ readonly deletionApproved?: string }> {
  if (operation.tasks?.some((task) => task.confirm === true && task.status === 'Pending') !== true) return {};
  const { deletes, approved } = operation;
  // It was approved before it was deleted: that is what the confirmation of a deletion is
  if (approved === true || (deletes === true && isApproved(application))) return { deletionApproved: ports.clock() };
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(controlURL, undefined);
  const { applications } = await readControlRepository({ repoURL: controlURL, revision }, ports);
  const now = applications.find((one) => applicationName(one.value) === operation.application)?.value;
  // An Application that is gone from Git can't be approved there any more
  if (now === undefined && operation.deletes === true) throw unapproved(operation);
  const deletionApproved = now?.metadata.annotations?.[ANNOTATION.deletionApproved];
  return deletionApproved === undefined ? {} : { deletionApproved };
}

/** Whether an Application carries an approval. */
export function isApproved({ metadata }: Application): boolean {
  return metadata.annotations?.[ANNOTATION.deletionApproved] !== undefined;
}

function unapproved({ application, tasks = [] }: Operation): Problem {
  const names = tasks.filter((task) => task.confirm === true).map((task) => resourceText(task.key));
  return new Problem('forbidden', `Deleting ${names.join(', ')} asks for a confirmation (Delete=confirm).`, {
    where: { application },
    fix: `Define the Application again, with the annotation ${ANNOTATION.deletionApproved}, and delete it then; or delete them by hand.`,
  });
}
