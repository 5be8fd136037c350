import { cascades } from '../catalog/cascades.ts';
import { keptByParent } from '../catalog/parent-policy.ts';
import { goesLater } from '../catalog/rolling-sync.ts';
import { keptBySet } from '../catalog/set-policy.ts';
import { type Application, applicationName } from '../spec/application.ts';
import { type Catalogue, hidesApplications } from '../spec/catalogue.ts';
import type { ApplicationStatus, Operation } from '../spec/operation.ts';
import type { Clock, Queue, Source, Store } from '../spec/ports.ts';
import type { Problem } from '../spec/problem.ts';
import { isOver } from '../sync/index.ts';
import { isApproved } from './approval.ts';
import { readWritten } from './read-control-repository.ts';
import { sendStep, startOperation, type WantedOperation } from './start-operation.ts';

export interface DeletePorts {
  readonly source: Pick<Source, 'checkout' | 'manifestFiles' | 'resolve'>;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** So many applications, and more than half of all, do not go at once without somebody looking at it. */
const FEW = 3;

/**
 * Applications that Git no longer defines: those with the resources finalizer take along what they deployed, the others
 * leave it. While any manifest of the control repository can't be read, none counts as gone: it may stand in there; nor
 * does one of a set that can't be expanded, or whose policy keeps what it generates no more, nor one that came out of an
 * application that does not render, or does not prune. So it is, too, while there
 * is an ApplicationSet with a generator that trimtab does not run, which was not there when the application was synced.
 * Nor do they go when more than half of all would at once, or when not one of several is left: so looks a repository
 * that was emptied or overwritten. An operation of a deletion that failed is not
 * repeated by itself, but when Git has defined the application again meanwhile. When Git has moved on since it was
 * read, nothing goes yet.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/
 */
export async function deleteVanished(
  { controlURL, revision, catalogue }: Pick<Vanished, 'controlURL' | 'revision' | 'catalogue'>,
  ports: DeletePorts,
): Promise<void> {
  const defined = new Set(catalogue.applications.map((one) => applicationName(one.value)));
  const known = await ports.store.statuses.all();
  const vanished = known.filter((status) => !defined.has(status.application));
  if (vanished.length === 0 || catalogue.problems.some(hidesAny)) return;
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
  const operations = await Promise.all(vanished.map(({ application }) => ports.store.operations.load(application)));
  const going = operations.flatMap((loaded) => loaded?.value ?? []).filter((last) => !isDeleted(last));
  const generated = going.flatMap((last) => last.generated ?? []);
  for (const status of vanished) {
    await deleteOne(status, { controlURL, revision, catalogue, generated }, ports);
  }
}

/** Whether all that an application deployed is gone: nobody waits for it any more. */
function isDeleted({ deletes, phase }: Operation): boolean {
  return deletes === true && phase === 'Succeeded';
}

/** A problem behind which any application may stand; that of a set or a parent hides what comes out of it. */
function hidesAny(problem: Problem): boolean {
  const { applicationSet, parent } = problem.where;
  return hidesApplications(problem) && applicationSet === undefined && parent === undefined;
}

interface Vanished {
  readonly controlURL: string;
  /** The commit of the control repository that no longer defines it. */
  readonly revision: string;
  readonly catalogue: Catalogue;
  /** What of all that is gone came out of sets and parents. */
  readonly generated: readonly NonNullable<Operation['generated']>[];
}

async function deleteOne(
  status: ApplicationStatus,
  { controlURL, revision, catalogue, generated }: Vanished,
  ports: DeletePorts,
): Promise<void> {
  const { application: name, definition, generated: seen } = status;
  const loaded = await ports.store.operations.load(name);
  const last = loaded?.value;
  if (last === undefined) return await ports.store.statuses.remove(name);
  // Its job may have been lost for good, and no look at the application comes by here any more.
  if (!isOver(last.phase) || last.finished === false) return await sendStep(last, ports.queue);
  if (isDeleted(last)) return await ports.store.statuses.remove(name);
  if (last.deletes === true && status.observedAt <= last.startedAt) return;
  const { set = seen?.set, parents } = last.generated ?? {};
  // What it was when it was looked at last counts, and not what was synced: the finalizer may have come or gone since.
  const then = await readWritten({ repoURL: controlURL, revision: definition ?? last.definition }, ports.source);
  const hides = (problem: Problem): boolean => hidesOfSet(problem, set, then) || hidesOfParent(problem, set, parents);
  if (catalogue.problems.some(hides)) return;
  const written = then.applications.find((one) => applicationName(one.value) === name)?.value;
  const application = seen?.application ?? last.generated?.application ?? written;
  const parent = await parentOf(parents, catalogue, then, ports);
  if (
    application === undefined ||
    !cascades(application) ||
    keptBySet(set, catalogue, then) ||
    (parents !== undefined && keptByParent(application, { set, parent }, catalogue))
  ) {
    return await ports.store.statuses.remove(name);
  }
  if (last.generated !== undefined && goesLater(last.generated, generated, [catalogue, then])) return;
  // A look takes its time: an application that is back since then stays, and the next look sees it
  if ((await ports.source.resolve(controlURL, undefined)) !== revision) return;
  await startOperation(
    {
      ...commitsOf(application, status, last),
      from: { ...(set === undefined ? {} : { generatedBy: set }), ...(parents && { parents }) },
      trigger: { kind: 'schedule' },
      prune: true,
      deletes: true,
      approved: isApproved(application),
      ifVersion: loaded?.version ?? 0,
    },
    ports,
  );
}

/**
 * The commits of a deletion are those of the last sync, since its revisions are those of the sources that it had then. After
 * a deletion that failed they are those that it was defined with again: its sources may have been mended, and nothing else
 * may have been left to sync.
 */
function commitsOf(
  application: Application,
  { revisions, definition }: ApplicationStatus,
  last: Operation,
): Pick<WantedOperation, 'application' | 'revisions' | 'definition'> {
  if (last.deletes === true && definition !== undefined && revisions.length > 0) {
    return { application, revisions, definition };
  }
  const { generated } = last;
  return {
    application: generated?.application ?? application,
    revisions: last.revisions,
    definition: last.definition,
  };
}

/**
 * Whether the problem of a set may hide an application: one of that set, or one that was written by hand and may have
 * become one of it. A set whose generator trimtab does not run, and that was there already, has taken none over.
 */
function hidesOfSet({ code, where }: Problem, set: string | undefined, then: Catalogue): boolean {
  const failing = where.applicationSet;
  if (failing === undefined || set !== undefined) return failing !== undefined && failing === set;
  return code !== 'unsupported' || !then.sets.some(({ value }) => value.metadata.name === failing);
}

/**
 * Whether the problem of a parent may hide an application: one that came out of it, or one that was written by hand and
 * may come out of it now. What could not even be read has taken none over.
 */
function hidesOfParent({ code, where }: Problem, set: string | undefined, parents: readonly string[] = []): boolean {
  if (where.parent === undefined) return false;
  if (parents.includes(where.parent)) return true;
  return parents.length === 0 && set === undefined && !UNREAD.has(code);
}

const UNREAD: ReadonlySet<Problem['code']> = new Set(['not-found', 'unavailable', 'rate-limited', 'unauthorized']);

/** The application that an application came out of: as it is now, else as it was. */
async function parentOf(
  parents: readonly string[] | undefined,
  now: Catalogue,
  then: Catalogue,
  ports: DeletePorts,
): Promise<Application | undefined> {
  const name = parents?.at(-1);
  if (name === undefined) return undefined;
  const [found] = [now, then].flatMap(({ applications }) =>
    applications.filter(({ value }) => applicationName(value) === name),
  );
  return found?.value ?? (await ports.store.operations.load(name))?.value.generated?.application;
}
