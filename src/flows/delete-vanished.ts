import { FINALIZER } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Clock, Queue, Source, Store } from '../spec/ports.ts';
import type { ProblemCode } from '../spec/problem.ts';
import { isOver } from '../sync/index.ts';
import { readControlRepository } from './read-control-repository.ts';
import { startOperation } from './start-operation.ts';

export interface DeletePorts {
  readonly source: Pick<Source, 'checkout' | 'manifestFiles'>;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** So many applications, and more than half of all, do not go at once without somebody looking at it. */
const FEW = 3;

/**
 * Applications that Git no longer defines: those with the resources finalizer take along what they deployed, the others
 * leave it. While any manifest of the control repository can't be read, none counts as gone: it may stand in there. So
 * it is while there is an ApplicationSet that was not there when the application was synced: it may make it now.
 * Nor do they go when more than half of all would at once, or when not one of several is left: so looks a repository
 * that was emptied or overwritten. An operation of a deletion that failed is not
 * repeated by itself.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/
 */
export async function deleteVanished(controlURL: string, catalogue: Catalogue, ports: DeletePorts): Promise<void> {
  const defined = new Set(catalogue.applications.map((one) => applicationName(one.value)));
  const known = await ports.store.statuses.all();
  const vanished = known.filter((status) => !defined.has(status.application));
  if (vanished.length === 0 || catalogue.problems.some(mayHideOne)) return;
  const emptied = defined.size === 0 && known.length > 1;
  if (emptied || (vanished.length > FEW && vanished.length * 2 > known.length)) {
    const names = vanished.map((status) => status.application).join(', ');
    console.warn(
      JSON.stringify({
        level: 'warn',
        message: `More than half of all applications are gone from Git: ${names}. Left alone.`,
      }),
    );
    return;
  }
  for (const { application } of vanished) await deleteOne(application, controlURL, catalogue, ports);
}

const HIDING: ReadonlySet<ProblemCode> = new Set(['invalid-manifest', 'conflict', 'unsafe-path', 'limit-exceeded']);

function mayHideOne({ code }: { readonly code: ProblemCode }): boolean {
  return HIDING.has(code);
}

async function deleteOne(name: string, controlURL: string, now: Catalogue, ports: DeletePorts): Promise<void> {
  const last = (await ports.store.operations.load(name))?.value;
  if (last === undefined) return await ports.store.statuses.remove(name);
  if (!isOver(last.phase)) return;
  if (last.deletes === true) {
    if (last.phase === 'Succeeded') await ports.store.statuses.remove(name);
    return;
  }
  const { applications, problems } = await readControlRepository(controlURL, last.definition, ports.source);
  const before = new Set(problems.map(({ message }) => message));
  if (now.problems.some(({ code, message }) => code === 'unsupported' && !before.has(message))) return;
  const application = applications.find((one) => applicationName(one.value) === name)?.value;
  if (application === undefined || !cascades(application)) return await ports.store.statuses.remove(name);
  await startOperation(
    {
      application,
      revisions: last.revisions,
      definition: last.definition,
      trigger: { kind: 'schedule' },
      prune: true,
      deletes: true,
    },
    ports,
  );
}

/** Whether deleting an Application deletes what it deployed. */
export function cascades(application: Application): boolean {
  const finalizers = application.metadata.finalizers ?? [];
  return finalizers.some((finalizer) => finalizer.startsWith(FINALIZER.resources));
}
