import type { DeletionRecord, Store } from '../spec/ports.ts';
import { decode, encode } from './data.ts';
import { get, KEY, put, type Table } from './table.ts';

/**
 * What the deletion of each application takes. Saved without a condition, as inventories are: only the holder of the
 * application's lease saves it.
 */
export function createDeletions(table: Table): Store['deletions'] {
  return {
    load: async (application: string): Promise<DeletionRecord | undefined> => {
      const item = await get(table, KEY.deletion(application));
      return item === undefined ? undefined : decode<DeletionRecord>(item);
    },
    save: async (application: string, record: DeletionRecord): Promise<void> => {
      const data = await encode(record, `What the deletion of ${application} takes`);
      await put(table, { ...KEY.deletion(application), data });
    },
  };
}
