import type { ApplicationStatus } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';
import { decode, encode } from './data.ts';
import { get, KEY, put, query, remove, STATUS, type Table } from './table.ts';

/** What the last refresh found, in one partition, so that all are one query (`table.ts` says what that costs). */
export function createStatuses(table: Table): Store['statuses'] {
  return {
    load: async (application: string): Promise<ApplicationStatus | undefined> => {
      const item = await get(table, KEY.status(application));
      return item === undefined ? undefined : decode<ApplicationStatus>(item);
    },
    save: async (status: ApplicationStatus): Promise<void> => {
      const data = await encode(status, `The status of ${status.application}`);
      await put(table, { ...KEY.status(status.application), data });
    },
    all: async (): Promise<readonly ApplicationStatus[]> => {
      const statuses: ApplicationStatus[] = [];
      for await (const item of query(table, STATUS)) statuses.push(await decode<ApplicationStatus>(item));
      return statuses;
    },
    remove: async (application: string): Promise<void> => {
      await remove(table, KEY.status(application));
    },
  };
}
