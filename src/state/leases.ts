import type { Store } from '../spec/ports.ts';
import { claim, unclaim } from './claim.ts';
import { KEY, type Table } from './table.ts';

/** Who may work on what, for some seconds. Taking a lease that one holds extends it. */
export function createLeases(table: Table): Store['leases'] {
  return {
    take: (name: string, holder: string, seconds: number): Promise<boolean> =>
      claim(table, KEY.lease(name), holder, seconds),
    release: (name: string, holder: string): Promise<void> => unclaim(table, KEY.lease(name), holder),
  };
}
