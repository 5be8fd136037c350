import pMap from 'p-map';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ClusterWriter } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import type { Action, Outcome } from '../sync/index.ts';

/** Calls of one kind that are in flight at a time. */
const IN_FLIGHT = 16;

/**
 * Does the actions of a step, and says what came of each that was done, in their order. Actions of one kind in a row go
 * together, the next kind when they are done, as in Argo CD. One that fails stops none of the others; but where something
 * could not be pruned, nothing is applied after it. `live` is what the step saw of all that its operation applies, by key.
 */
export async function perform(
  actions: readonly Action[],
  writer: ClusterWriter,
  live: ReadonlyMap<string, Manifest>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of inRow(actions)) {
    if (outcomes.some(isFailedPrune) && group.some(({ kind }) => kind === 'apply' || kind === 'create')) break;
    outcomes.push(...(await pMap(group, (action) => performOne(action, writer, live), { concurrency: IN_FLIGHT })));
  }
  return outcomes;
}

function isFailedPrune({ action, result }: Outcome): boolean {
  return !result.ok && action.kind === 'remove' && action.because === 'prune';
}

/** Neighbours that do the same to the same kind. */
function inRow(actions: readonly Action[]): readonly (readonly Action[])[] {
  const groups: Action[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && sortOf(last[0]) === sortOf(action)) last.push(action);
    else groups.push([action]);
  }
  return groups;
}

function sortOf(action: Action): string {
  return `${action.kind} ${'manifest' in action ? action.manifest.kind : ''}`;
}

async function performOne(
  action: Action,
  writer: ClusterWriter,
  live: ReadonlyMap<string, Manifest>,
): Promise<Outcome> {
  try {
    switch (action.kind) {
      case 'apply': {
        const seen = live.get(keyText(keyOf(action.manifest))) ?? 'none';
        const {
          action: did,
          manifest,
          warnings,
        } = await writer.apply(action.manifest, {
          ...action.options,
          live: seen,
        });
        return { action, result: { ok: true, did, warnings, ...uidOf(manifest) } };
      }
      case 'create': {
        const { action: did, manifest, warnings } = await writer.create(action.manifest);
        return { action, result: { ok: true, did, warnings, ...uidOf(manifest) } };
      }
      case 'remove': {
        const { apiVersion, key, uid, propagation } = action;
        const did = await writer.remove(apiVersion, key, { propagation, ...(uid === undefined ? {} : { uid }) });
        return { action, result: { ok: true, did } };
      }
      case 'release': {
        const { apiVersion, key, uid, finalizer } = action;
        const did = await writer.release(apiVersion, key, { finalizer, ...(uid === undefined ? {} : { uid }) });
        return { action, result: { ok: true, did } };
      }
    }
  } catch (thrown) {
    return { action, result: { ok: false, problem: asProblem(thrown) } };
  }
}

function uidOf(manifest: Manifest): { readonly uid?: string } {
  return manifest.metadata.uid === undefined ? {} : { uid: manifest.metadata.uid };
}
