import { ANNOTATION } from '../spec/annotations.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Task } from '../spec/operation.ts';
import type { InventoryItem } from '../spec/ports.ts';
import { isTracked } from './tracking.ts';

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
export function inventoryFromLive(application: string, live: readonly Manifest[]): readonly InventoryItem[] {
  return merged(live.filter((object) => isTracked(object, application) && !isHook(object)).map(itemOf));
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
