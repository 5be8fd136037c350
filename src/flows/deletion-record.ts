import { holdsSecrets } from '../diff/index.ts';
import type { Manifest } from '../spec/manifest.ts';
import { resourceText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import type { ClusterReader, DeletionRecord, Renderer } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import type { Tracking } from '../spec/tracking.ts';
import { deletionHooks, isRecordOf, leftHooks } from '../sync/index.ts';
import { isPassing } from './come-back.ts';

/** What an operation is made of: its manifests as rendered, and why it goes by the record of its deletion instead. */
export interface Sourced {
  readonly rendered: readonly Manifest[];
  readonly unrendered?: string;
}

/**
 * What a deletion runs. Where its last sync recorded that it has no PreDelete and PostDelete hooks, nothing is rendered;
 * where what it was synced to does not render any more, the recorded hooks are run. Throws the Problem of the render where
 * nothing was recorded, or not all of it, and where the sources may well answer soon and the record is of other commits.
 */
export async function sourcesOfDeletion(
  operation: Operation,
  recorded: DeletionRecord | undefined,
  render: () => Promise<readonly Manifest[]>,
): Promise<Sourced> {
  if (recorded === undefined) return { rendered: await render().catch(unrecorded(operation)) };
  const { hooks, withheld } = recorded;
  if (operation.unrendered !== undefined) return { rendered: hooks, unrendered: operation.unrendered };
  const isNow = isRecordOf(recorded, operation);
  if (isNow && hooks.length === 0 && withheld.length === 0) return { rendered: [] };
  try {
    return { rendered: await render() };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (withheld.length > 0) throw incomplete(problem, withheld, operation);
    if (isPassing(problem) && !isNow) throw problem;
    return { rendered: hooks, unrendered: problem.message };
  }
}

function unrecorded({ application }: Operation): (thrown: unknown) => never {
  return (thrown) => {
    throw blocked(asProblem(thrown), 'no sync has recorded its PreDelete and PostDelete hooks', application);
  };
}

function incomplete(problem: Problem, withheld: DeletionRecord['withheld'], { application }: Operation): Problem {
  const names = withheld.map(({ key, because }) => `${resourceText(key)} ${because}`).join(', ');
  return blocked(problem, `not all of its PreDelete and PostDelete hooks are recorded: ${names}`, application);
}

function blocked(problem: Problem, because: string, application: string): Problem {
  const { code, message, where, retryAfterSeconds } = problem;
  return new Problem(code, `Nothing is deleted, since ${because}, and its sources do not render: ${message}`, {
    where: { ...where, application },
    fix: 'Define the Application again with sources that render, let it sync, and delete it then; without its finalizer it leaves its resources.',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause: problem,
  });
}

/** What is known when an operation is planned. */
export interface Planned {
  readonly operation: Operation;
  /** As its sources render it. */
  readonly rendered: readonly Manifest[];
  readonly before: DeletionRecord | undefined;
  readonly left: DeletionRecord['left'];
  readonly live: ReadonlyMap<string, Manifest>;
  readonly reader: Pick<ClusterReader, 'kinds'>;
  readonly tracking: Tracking;
}

/**
 * What the deletion of an application will take, to be saved before the hooks of the planned operation are created. A
 * deletion changes nothing of the hooks that it runs. No secret is in it: neither a Secret, nor what holds a value of one
 * that is rendered with it, nor what came out of an encrypted file.
 */
export async function recordOf(planned: Planned, renderer: Pick<Renderer, 'decrypted'>): Promise<DeletionRecord> {
  const { operation, rendered, before, live, reader, tracking } = planned;
  const { application, revisions, definition, tasks = [] } = operation;
  const held = { application, live, tracking, kinds: await reader.kinds() };
  const left = leftHooks(planned.left, tasks, held);
  if (operation.deletes === true && before !== undefined) return { ...before, left };
  const isSecret = holdsSecrets(rendered);
  const secretOf = (manifest: Manifest): string | undefined => {
    if (isSecret(manifest)) return 'holds a value of a Secret';
    return renderer.decrypted(manifest) ? 'comes out of an encrypted file' : undefined;
  };
  return { revisions, definition, ...deletionHooks(rendered, secretOf), left };
}
