import { ANNOTATION } from '../spec/annotations.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Task } from '../spec/operation.ts';
import type { ApiKind, InventoryItem } from '../spec/ports.ts';
import type { Tracking } from '../spec/tracking.ts';
import { isTracked, ownerOf } from './tracking.ts';

/**
 * What to record before anything is applied: all that the inventory had and all that is desired now. So whatever a
 * killed step applied is known to the next sync. Hooks and what is not tracked (a namespace of `CreateNamespace`) are
 * never in it, because nothing in it is safe from pruning.
 */
export function inventoryBefore(
  inventory: readonly InventoryItem[],
  desired: readonly Manifest[],
): readonly InventoryItem[] {
  return merged([...inventory, ...desired.filter(belongs).map(itemOf)]);
}

/**
 * What to record when a sync is over: the inventory without what it pruned. `desired` keeps its place, whatever became
 * of it: an object whose apply failed may be there all the same.
 */
export function inventoryAfter(
  inventory: readonly InventoryItem[],
  desired: readonly Manifest[],
  tasks: readonly Task[],
): readonly InventoryItem[] {
  const pruned = tasks.filter((task) => task.action === 'prune' && task.status === 'Succeeded');
  const gone = new Set(pruned.map((task) => keyText(task.key)));
  const kept = inventory.filter((item) => !gone.has(keyText(item.key)));
  return inventoryBefore(kept, desired);
}

/** The inventory of an application that has none yet (a first sync, a lost store): live objects that carry its tracking id. */
export function inventoryFromLive(
  application: string,
  live: readonly Manifest[],
  tracking?: Tracking,
): readonly InventoryItem[] {
  return merged(live.filter((object) => isTracked(object, application, tracking) && !isHook(object)).map(itemOf));
}

/** What an inventory names, held against what there is. */
export interface HoldInput {
  readonly application: string;
  readonly inventory: readonly InventoryItem[];
  /** `keyText` of all that the application desires. */
  readonly desired: ReadonlySet<string>;
  /** Live objects by `keyText`. */
  readonly live: ReadonlyMap<string, Manifest>;
  readonly tracking?: Tracking;
}

/**
 * Items that were handed over: the application no longer desires them, and their live objects belong to another one. It
 * could not prune them any more; kept in its inventory, they would only keep their new owner from it for ever.
 */
export function handedOver({ application, inventory, desired, live, tracking }: HoldInput): readonly InventoryItem[] {
  return inventory.filter(({ key }) => {
    const text = keyText(key);
    const object = live.get(text);
    const owner = object === undefined || desired.has(text) ? undefined : ownerOf(object, tracking);
    return owner !== undefined && owner !== application;
  });
}

/**
 * Items that are no more: neither desired nor there, like what an attempt that failed had pruned. Only of kinds that the
 * cluster serves now: an API that is down for a moment shows none of its objects.
 */
export function vanished({
  inventory,
  desired,
  live,
  kinds,
}: Omit<HoldInput, 'application' | 'tracking'> & { readonly kinds: readonly ApiKind[] }): readonly InventoryItem[] {
  const served = new Set(kinds.map(({ group, kind }) => `${group}/${kind}`));
  return inventory.filter(({ key }) => {
    const text = keyText(key);
    return !desired.has(text) && !live.has(text) && served.has(`${key.group}/${key.kind}`);
  });
}

/** True for what an application keeps and prunes: tracked, and no hook. */
export function belongs(manifest: Manifest): boolean {
  return !isHook(manifest) && manifest.metadata.annotations?.[ANNOTATION.trackingId] !== undefined;
}

function itemOf(manifest: Manifest): InventoryItem {
  return { apiVersion: manifest.apiVersion, key: keyOf(manifest) };
}

/** Each key once, with the version that came last, sorted: an unchanged inventory is the same text. */
function merged(items: readonly InventoryItem[]): readonly InventoryItem[] {
  const byKey = new Map(items.map((item) => [keyText(item.key), item]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
