import type { Application } from '../spec/application.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import { revisionsOf } from './desired.ts';
import { repoURL } from './preview.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { sourceFor } from './source-for.ts';
import { sameContent } from './start-operation.ts';

/** A look takes its time: when Git has moved on since, what it saw is not started, and looked at again. */
export async function movedOn(
  application: Application,
  status: ApplicationStatus,
  control: Control,
  ports: RefreshPorts,
): Promise<boolean> {
  const definition = await ports.source.resolve(repoURL(ports.host, ports.controlRepository), undefined);
  const revisions = await revisionsOf(application, sourceFor(application, control.catalogue, ports.source));
  return !sameContent({ revisions, definition }, { revisions: status.revisions, definition: control.revision });
}
