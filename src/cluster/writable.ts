import type { ClusterWriter, WritableClusters } from '../spec/ports.ts';
import { apply } from './apply.ts';
import { createReader } from './clusters.ts';
import { type ConnectOptions, createConnect } from './connect.ts';
import { create } from './create.ts';
import { release } from './release.ts';
import { remove } from './remove.ts';
import type { Session } from './session.ts';

/** Clusters for those who change them: the only way to `apply`, `create`, `remove` and `release`. */
export function createWritableClusters(options: ConnectOptions): WritableClusters {
  const connect = createConnect(options);
  return {
    reader: async (registration) => createReader(await connect(registration)),
    writer: async (registration) => createWriter(await connect(registration)),
  };
}

function createWriter(session: Session): ClusterWriter {
  return {
    create: (manifest) => create(session, manifest),
    apply: (manifest, wanted) => apply(session, manifest, wanted),
    remove: (apiVersion, key, wanted) => remove(session, apiVersion, key, wanted),
    release: (apiVersion, key, wanted) => release(session, apiVersion, key, wanted),
  };
}
