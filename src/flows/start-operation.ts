import { type Application, type Parsed, sourcesOf } from '../spec/application.ts';
import type { Operation, Trigger } from '../spec/operation.ts';
import type { Clock, Queue, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { type ResourcePattern, resourcePatternText } from '../spec/resource-pattern.ts';
import { digest, isOver } from '../sync/index.ts';

/** What an operation is to do. */
export interface WantedOperation {
  readonly application: Application;
  readonly revisions: readonly string[];
  /** Commit of the control repository that defines the application. */
  readonly definition: string;
  /** The ApplicationSet that generated the application, or the applications that it comes out of, if any did. */
  readonly from?: Pick<Parsed<Application>, 'generatedBy' | 'parents'> | undefined;
  readonly trigger: Trigger;
  readonly prune: boolean;
  /** The Application is gone from Git, and takes what it deployed with it. */
  readonly deletes?: boolean;
  /** Its Application carried the approval of its deletion when it was looked at last. */
  readonly approved?: boolean;
  /** Selective sync: the only resources to sync. */
  readonly only?: readonly ResourcePattern[];
  /** Somebody who may said that it may delete an unusual share of the application. */
  readonly allowDelete?: boolean;
  /** The how manieth repair of drift in a row it is. */
  readonly heal?: number;
  /** Version of the newest operation (0: none) when it was looked what is to be done. Absent: whatever is there by now. */
  readonly ifVersion?: number;
}

export interface StartPorts {
  readonly store: Pick<Store, 'operations'>;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** What an operation says that gave way to what Git says now. */
export const SUPERSEDED = 'a newer revision is there';

/** `revisionHistoryLimit` where the Application names none, as in Argo CD. */
const HISTORY_LIMIT = 10;

/** How often it is tried while somebody else writes the operation in between. */
const TRIES = 5;

/** An operation ends after this long, whatever it waits for: nobody is served by one that hangs for ever. */
const DEADLINE_HOURS = 2;

/**
 * Begins an operation, and answers it; or the one that runs already, when its content is the same: whoever began it may
 * have died before its first job was on its way. What the same comment asked for before is not begun again. Throws
 * Problem `conflict` when one of other content runs, or when somebody else began one since it was looked: a look that took
 * long must not do once more what was done meanwhile. Throws `unavailable` while the last one is not quite finished.
 */
export async function startOperation(
  wanted: WantedOperation,
  ports: StartPorts,
  tries: number = TRIES,
): Promise<Operation> {
  const name = wanted.application.metadata.name;
  const current = await ports.store.operations.load(name);
  if (current !== undefined && !isOver(current.value.phase)) {
    if (sameContent(current.value, wanted)) {
      await sendStep(current.value, ports.queue);
      return current.value;
    }
    throw new Problem(
      'conflict',
      `${name} is syncing to ${(current.value.revisions[0] ?? '').replace(/^sha256:/, '').slice(0, 7)} now.`,
      {
        where: { application: name },
        fix: 'Try again when that is over.',
      },
    );
  }
  if (current?.value.finished === false) {
    await sendStep(current.value, ports.queue);
    throw new Problem('unavailable', `The last sync of ${name} is not in its history yet.`, {
      where: { application: name },
      fix: 'Try again in some seconds.',
      retryAfterSeconds: 5,
    });
  }
  if (wanted.ifVersion !== undefined && wanted.ifVersion !== (current?.version ?? 0)) {
    throw new Problem('conflict', `${name} was synced since it was looked at.`, { where: { application: name } });
  }
  if (current !== undefined && isRepeated(current.value.trigger, wanted.trigger)) return current.value;
  const operation = newOperation(wanted, ports.clock());
  try {
    await ports.store.operations.save(operation, current?.version ?? 0);
  } catch (thrown) {
    // Whatever was written in between decides; but what a look wants is worth nothing then
    if (asProblem(thrown).code !== 'conflict' || wanted.ifVersion !== undefined || tries === 1) throw thrown;
    return await startOperation(wanted, ports, tries - 1);
  }
  await sendStep(operation, ports.queue);
  return operation;
}

/** An operation before its first step. */
export function newOperation(wanted: WantedOperation, startedAt: string): Operation {
  const retry = wanted.application.spec.syncPolicy?.retry;
  return {
    id: crypto.randomUUID(),
    application: wanted.application.metadata.name,
    revisions: wanted.revisions,
    definition: wanted.definition,
    parameters: parametersOf(wanted.application),
    ...generatedOf(wanted),
    trigger: wanted.trigger,
    phase: 'Running',
    message: '',
    startedAt,
    deadline: new Date(Date.parse(startedAt) + DEADLINE_HOURS * 3_600_000).toISOString(),
    finished: false,
    looks: 0,
    attempt: 0,
    ...(retry === undefined ? {} : { retry }),
    prune: wanted.prune,
    ...(wanted.deletes === true ? { deletes: true } : {}),
    ...(wanted.approved === true ? { approved: true } : {}),
    ...(wanted.only === undefined ? {} : { only: wanted.only }),
    ...(wanted.heal === undefined ? {} : { heal: wanted.heal }),
    ...(wanted.allowDelete === true ? { allowDelete: true } : {}),
    historyLimit: historyLimit(wanted.application),
    sources: sourcesOf(wanted.application).map(({ repoURL, path, chart }) => ({ repoURL, path: chart ?? path ?? '.' })),
  };
}

/** What an Application is by, beside the commits of its sources: whatever of it changes is worth another sync. */
export function parametersOf(application: Application): string {
  return digest(application);
}

/** How many operations of an application are kept. https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ */
function historyLimit({ spec }: Application): number {
  return spec.revisionHistoryLimit ?? HISTORY_LIMIT;
}

/** How many entries the history has at most: selective syncs have as much room again, and push no other out. */
export function historyLength(application: Application): number {
  return 2 * historyLimit(application);
}

function generatedOf({ application, from }: WantedOperation): Pick<Operation, 'generated'> {
  const { generatedBy: set, parents } = from ?? {};
  if (set === undefined && parents === undefined) return {};
  return { generated: { ...(set === undefined ? {} : { set }), ...(parents && { parents }), application } };
}

/** Whether an operation was begun by the very comment that asks for it now. */
function isRepeated(begun: Trigger, asked: Trigger): boolean {
  return asked.comment !== undefined && begun.comment === asked.comment;
}

/** Puts the next step of an operation on its way; one that is on its way already does no harm. */
export async function sendStep({ application, id, looks }: Operation, queue: Queue): Promise<void> {
  await queue.send({ kind: 'sync', application, operation: id, look: looks });
}

/** Whether an operation brings the same commits: the same sources as defined by the same definition. */
export function sameContent(
  operation: Pick<Operation, 'revisions' | 'definition' | 'deletes' | 'only'>,
  wanted: Pick<WantedOperation, 'revisions' | 'definition' | 'deletes' | 'only'>,
): boolean {
  return (
    selectionText(operation.only) === selectionText(wanted.only) &&
    (operation.deletes === true) === (wanted.deletes === true) &&
    operation.definition === wanted.definition &&
    operation.revisions.join() === wanted.revisions.join()
  );
}

function selectionText(only: readonly ResourcePattern[] = []): string {
  return only.map(resourcePatternText).join();
}
