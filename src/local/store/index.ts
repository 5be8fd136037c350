import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createTable } from '../../state/index.ts';

export interface LocalStoreOptions {
  /** Folder that keeps the data over a restart. Default: memory only. */
  readonly path?: string;
  /** Default: `trimtab`. */
  readonly table?: string;
}

export interface LocalStore {
  /** For `createStore` and for whoever wants to look inside. */
  readonly client: DynamoDBDocumentClient;
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
  const plain = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await createTable(plain, table);
  return {
    client: DynamoDBDocumentClient.from(plain),
    table,
    endpoint,
    close: async (): Promise<void> => {
      plain.destroy();
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
