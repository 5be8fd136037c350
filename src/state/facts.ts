import type { ClusterFacts, Store } from '../spec/ports.ts';
import { decode, encode } from './data.ts';
import { get, KEY, put, type Table } from './table.ts';

/** Version and API list of each cluster, recorded by refresh, so that a preview needs no cluster. */
export function createFacts(table: Table): Store['facts'] {
  return {
    load: async (server: string): Promise<ClusterFacts | undefined> => {
      const item = await get(table, KEY.facts(server));
      return item === undefined ? undefined : decode<ClusterFacts>(item);
    },
    save: async (server: string, facts: ClusterFacts): Promise<void> => {
      const data = await encode(facts, `The API list of ${server}`);
      await put(table, { ...KEY.facts(server), data });
    },
  };
}
