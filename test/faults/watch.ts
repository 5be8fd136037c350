import { ANNOTATION } from '../../src/spec/annotations.ts';
import { isHook, waveOf } from '../../src/spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import { type Operation, SYNC_PHASES } from '../../src/spec/operation.ts';
import type { Write } from './memory-cluster.ts';
import type { StoreState } from './memory-store.ts';

const PHASES: readonly string[] = SYNC_PHASES;

/** What the rules of this file are held against. */
export interface Watched {
  readonly store: StoreState;
  /** Manifests of an application at a commit, by `keyText`. */
  readonly rendered: (application: string, revision: string) => ReadonlyMap<string, Manifest>;
  /** Names of the applications that the newest commit defines. */
  readonly applications: () => readonly string[];
  readonly head: () => string;
  /** How far each attempt of each operation has come. */
  readonly progress: Map<string, number>;
}

/**
 * What must hold at every moment, and not in the end alone. Answers what a request that is about to change the cluster
 * breaks, if anything.
 */
export function broken(write: Write, application: string, watched: Watched): string | undefined {
  const operation = watched.store.operations.get(application)?.value;
  if (operation === undefined) return `${application} is changed without an operation`;
  return write.kind === 'put'
    ? (unrecorded(write.manifest, application, watched) ??
        tooEarly(write.manifest, operation, watched) ??
        otherwise(write))
    : wronglyGone(write.live, write.uid, operation, watched);
}

/** An object that nobody knows of is never pruned again: the inventory has it first. */
function unrecorded(manifest: Manifest, application: string, { store }: Watched): string | undefined {
  const key = keyText(keyOf(manifest));
  if (isHook(manifest) || manifest.metadata.annotations?.[ANNOTATION.trackingId] === undefined) return undefined;
  const known = store.inventories.get(application) ?? [];
  return known.some((item) => keyText(item.key) === key) ? undefined : `${key} is applied before it is recorded`;
}

/** Phases and waves come one after the other, however often a step is run: what lies behind changes nothing any more. */
function tooEarly(manifest: Manifest, { id, attempt }: Operation, { progress }: Watched): string | undefined {
  if (manifest.kind === 'Namespace') return undefined;
  const name = `${id} ${attempt}`;
  const phase = isHook(manifest)
    ? (manifest.metadata.annotations?.[ANNOTATION.operation]?.split('-').at(-1) ?? '')
    : 'Sync';
  if (phase === 'SyncFail') return undefined;
  const rank = PHASES.indexOf(phase) * 1000 + waveOf(manifest);
  const reached = progress.get(name) ?? Number.NEGATIVE_INFINITY;
  progress.set(name, Math.max(rank, reached));
  return rank < reached ? `${keyText(keyOf(manifest))} is changed after what comes behind it` : undefined;
}

/** `Replace=true` at a resource. */
function otherwise({ manifest, replaces }: Extract<Write, { kind: 'put' }>): string | undefined {
  return asksFor(manifest, 'Replace=true') === replaces
    ? undefined
    : `${keyText(keyOf(manifest))} is not written as asked`;
}

function asksFor({ metadata }: Manifest, option: string): boolean {
  return metadata.annotations?.[ANNOTATION.syncOptions]?.split(',').includes(option) === true;
}

/** Only the very object that was looked at goes, and only one that nobody wants. */
function wronglyGone(
  live: Manifest,
  uid: string | undefined,
  operation: Operation,
  { rendered, applications, head }: Watched,
): string | undefined {
  const key = keyText(keyOf(live));
  if (uid !== live.metadata.uid) return `${key} is deleted, whatever object it is`;
  if (isHook(live)) return undefined;
  const owner = live.metadata.annotations?.[ANNOTATION.trackingId];
  if (owner?.startsWith(`${operation.application}:`) !== true)
    return `${key} is deleted, which is not the application's`;
  const own = rendered(operation.application, operation.revisions.join()).get(key);
  const others = applications().some((one) => one !== operation.application && rendered(one, head()).has(key));
  const isMadeAnew = own !== undefined && asksFor(own, 'Force=true');
  if (own !== undefined && operation.deletes !== true && !isMadeAnew) {
    return `${key} is deleted, which the application wants`;
  }
  return others ? `${key} is deleted, which another application wants` : undefined;
}
