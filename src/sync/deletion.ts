import { hookTypes, isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import type { DeletionRecord, InventoryItem } from '../spec/ports.ts';
import type { Tracking } from '../spec/tracking.ts';
import { type HoldInput, handedOver, vanished } from './inventory.ts';
import { isTracked } from './tracking.ts';

/** Characters of JSON that the hooks of one application may take in the store. */
const MOST_TEXT = 100_000;

/** Hooks that may be left over; of more, those that were created last are known. */
const MOST_LEFT = 10_000;

/** Whether a manifest runs when its application is deleted. */
export function runsOnDeletion(manifest: Manifest): boolean {
  return hookTypes(manifest)?.some((type) => type === 'PreDelete' || type === 'PostDelete') === true;
}

/**
 * The hooks of a deletion, as they are recorded: so that an application whose sources are gone can be deleted, as the
 * last of its syncs would have had it. `secretOf` says why one may hold a secret, which is never stored; undefined where
 * it holds none. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#how-sync-waves-work-with-hooks
 */
export function deletionHooks(
  rendered: readonly Manifest[],
  secretOf: (manifest: Manifest) => string | undefined,
): Pick<DeletionRecord, 'hooks' | 'withheld'> {
  const hooks: Manifest[] = [];
  const withheld: DeletionRecord['withheld'][number][] = [];
  let length = 0;
  for (const manifest of rendered.filter(runsOnDeletion)) {
    const { length: more } = JSON.stringify(manifest);
    const because = secretOf(manifest) ?? (length + more > MOST_TEXT ? 'is too large' : undefined);
    if (because === undefined) {
      hooks.push(manifest);
      length += more;
    } else {
      withheld.push({ key: keyOf(manifest), because });
    }
  }
  return { hooks, withheld };
}

/**
 * Hooks whose objects may be there when an operation is planned: those that were there before it, and those that it
 * creates. As in Argo CD nothing prunes them, but the deletion of the application.
 */
export function leftHooks(
  before: readonly InventoryItem[],
  tasks: readonly Task[],
  held: Omit<HoldInput, 'inventory' | 'desired'> & Pick<Parameters<typeof vanished>[0], 'kinds'>,
): readonly InventoryItem[] {
  const about = { ...held, inventory: before, desired: new Set<string>() };
  const gone = new Set([...handedOver(about), ...vanished(about)]);
  const created = tasks.filter((task) => task.action === 'hook').map(({ apiVersion, key }) => ({ apiVersion, key }));
  const all = [...before.filter((item) => !gone.has(item)), ...created];
  return [...new Map(all.map((item) => [keyText(item.key), item])).values()].slice(-MOST_LEFT);
}

/** The same where nothing was recorded yet: live hooks that carry the tracking id of the application. */
export function leftHooksFromLive(
  application: string,
  live: readonly Manifest[],
  tracking?: Tracking,
): readonly InventoryItem[] {
  return live
    .filter((object) => isHook(object) && isTracked(object, application, tracking))
    .map((object) => ({ apiVersion: object.apiVersion, key: keyOf(object) }));
}

/** Whether a record is of the very commits that an operation brings. */
export function isRecordOf(record: DeletionRecord, { revisions, definition }: Operation): boolean {
  return record.definition === definition && record.revisions.join() === revisions.join();
}
