import type { InventoryItem, Store } from '../spec/ports.ts';
import { decode, encode } from './data.ts';
import { get, KEY, put, type Table } from './table.ts';

/**
 * What was applied for each application: the only resources that a prune may touch. Saved without a condition, because
 * only the holder of the application's lease saves it.
 */
export function createInventories(table: Table): Store['inventories'] {
  return {
    load: async (application: string): Promise<readonly InventoryItem[] | undefined> => {
      const item = await get(table, KEY.inventory(application));
      return item === undefined ? undefined : decode<readonly InventoryItem[]>(item);
    },
    save: async (application: string, items: readonly InventoryItem[]): Promise<void> => {
      const data = await encode(items, `The inventory of ${application}`);
      await put(table, { ...KEY.inventory(application), data });
    },
  };
}
