import type { LocalStore } from '../../src/local/store/index.ts';
import type { Store } from '../../src/spec/ports.ts';
import { createStore, createTable } from '../../src/state/index.ts';
import type { World } from './world.ts';

let tables = 0;

/**
 * The store of the product in a table of its own, with what a world remembers in it. What is written is known to the world as
 * well, for whoever looks at it.
 */
export async function inDynamo(world: World, { aws }: LocalStore): Promise<Store> {
  tables += 1;
  const table = `faults-${tables}`;
  await createTable(aws, table);
  const store = createStore({ aws, table, clock: () => new Date(world.time).toISOString() });
  const { operations, inventories, deletions, histories, statuses } = world.store;
  for (const { value } of operations.values()) {
    const version = await store.operations.save(value, 0);
    operations.set(value.application, { value, version });
  }
  for (const [name, items] of inventories) await store.inventories.save(name, items);
  for (const [name, record] of deletions) await store.deletions.save(name, record);
  for (const status of statuses.values()) await store.statuses.save(status);
  for (const [name, entries] of histories) {
    for (const { id: _, ...entry } of entries.toReversed()) await store.histories.append(entry, name, 100);
  }
  return {
    ...store,
    operations: {
      ...store.operations,
      save: async (operation, ifVersion) => {
        const version = await store.operations.save(operation, ifVersion);
        operations.set(operation.application, { value: operation, version });
        return version;
      },
    },
    inventories: {
      ...store.inventories,
      save: async (name, items) => {
        await store.inventories.save(name, items);
        inventories.set(name, items);
      },
    },
    deletions: {
      ...store.deletions,
      save: async (name, record) => {
        await store.deletions.save(name, record);
        deletions.set(name, record);
      },
    },
    statuses: {
      ...store.statuses,
      save: async (status) => {
        await store.statuses.save(status);
        statuses.set(status.application, status);
      },
      remove: async (name) => {
        await store.statuses.remove(name);
        statuses.delete(name);
      },
    },
  };
}
