import type { ClusterReader, Clusters } from '../spec/ports.ts';
import { type ConnectOptions, createConnect } from './connect.ts';
import { readOnly } from './connection.ts';
import { dryRun } from './dry-run.ts';
import { facts } from './facts.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import type { Session } from './session.ts';

/** Clusters for those who only read: the verbs that write are not part of it, see `writable.ts`. */
export function createClusters(options: ConnectOptions): Clusters {
  const connect = createConnect(options);
  return {
    reader: async (registration) => createReader(await connect(registration)),
  };
}

/** A reader over a session. Discovery is asked for anew, at the price of two answers of 304. */
export function createReader({ connection, discovery, schemas }: Session): ClusterReader {
  const session = { discovery, schemas, connection: readOnly(connection) };
  discovery.renew();
  return {
    server: connection.server,
    facts: () => facts(session),
    kinds: async () => {
      const { kinds } = await session.discovery.all();
      return kinds.filter((kind) => kind.verbs.includes('list') && kind.verbs.includes('get'));
    },
    list: (kind, wanted) => list(session, kind, wanted),
    get: (apiVersion, key) => get(session, apiVersion, key),
    dryRun: (manifest, wanted) => dryRun(session, manifest, wanted),
  };
}
