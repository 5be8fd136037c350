import { randomUUID } from 'node:crypto';
import type { Store } from '../spec/ports.ts';
import { claim } from './claim.ts';
import { get, KEY, remove, type Table } from './table.ts';

/**
 * Names that were seen. Each call is a holder of its own, so that the second call with a name is refused, and a request
 * that is repeated after a lost answer still counts as the first.
 */
export function createOnce(table: Table): Pick<Store, 'seen' | 'once' | 'forget'> {
  return {
    seen: async (name: string): Promise<boolean> => {
      const item = await get(table, KEY.once(name));
      return Number(item?.['until'] ?? 0) > Date.parse(table.clock());
    },
    once: (name: string, seconds: number): Promise<boolean> => claim(table, KEY.once(name), randomUUID(), seconds),
    forget: async (name: string): Promise<void> => {
      await remove(table, KEY.once(name));
    },
  };
}
