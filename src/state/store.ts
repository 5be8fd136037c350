import type { CallAws, Clock, Store } from '../spec/ports.ts';
import { createDeletions } from './deletions.ts';
import { createFacts } from './facts.ts';
import { createHistories } from './histories.ts';
import { createInventories } from './inventories.ts';
import { createLeases } from './leases.ts';
import { createOnce } from './once.ts';
import { createOperations } from './operations.ts';
import { createStatuses } from './statuses.ts';
import type { Table } from './table.ts';

export interface StoreOptions {
  readonly aws: CallAws;
  /** Name of the table. */
  readonly table: string;
  /** The time that leases and `once` run by. Default: this machine's. */
  readonly clock?: Clock;
}

/** What trimtab remembers, in one DynamoDB table; every write touches one item. Its methods throw Problem. */
export function createStore(options: StoreOptions): Store {
  const clock = options.clock ?? ((): string => new Date().toISOString());
  const table: Table = { aws: options.aws, name: options.table, clock };
  return {
    operations: createOperations(table),
    leases: createLeases(table),
    inventories: createInventories(table),
    deletions: createDeletions(table),
    histories: createHistories(table),
    statuses: createStatuses(table),
    facts: createFacts(table),
    ...createOnce(table),
  };
}
