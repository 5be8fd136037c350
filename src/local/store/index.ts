import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { createAws } from '../../aws/index.ts';
import type { CallAws } from '../../spec/ports.ts';
import { createTable } from '../../state/index.ts';

export interface LocalStoreOptions {
  /** Folder that keeps the data over a restart. Default: memory only. */
  readonly path?: string;
  /** Default: `trimtab`. */
  readonly table?: string;
}

export interface LocalStore {
  /** For `createStore` and for whoever wants to look inside. */
  readonly aws: CallAws;
  readonly table: string;
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * A DynamoDB in this process (dynalite), on a free port of 127.0.0.1, with trimtab's table in it. What it lacks:
 * transactions, and TTL (items stay; the store compares the time itself). Throws Problem when the table can't be made.
 */
export async function createLocalStore(options: LocalStoreOptions = {}): Promise<LocalStore> {
  const { path, table = 'trimtab' } = options;
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = createAws({ region: 'local', endpoints: { dynamodb: endpoint } });
  await createTable(aws, table);
  return {
    aws,
    table,
    endpoint,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
