import type { ClusterWriter } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { SyncPorts } from './world-of.ts';

/** A request that is on its way arrives within this time, or never: clients and servers give up by then. */
const ARRIVES_SECONDS = 60;

/**
 * The ports of a step that holds a lease until then. Past that somebody else may have gone on, and whatever the step saw
 * is old: it changes no cluster, no inventory and nothing at GitHub any more, but fails with Problem `conflict`. (What else
 * it writes names a version, or is the same whoever writes it.) A function is ended long before its lease runs out; this is
 * for the one that slept, with its whole machine, and wakes up as if nothing had been.
 */
export function whileHeld(ports: SyncPorts, until: number): SyncPorts {
  const held =
    <Given extends unknown[], T>(call: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      if (Date.parse(ports.clock()) < until - ARRIVES_SECONDS * 1000) return await call(...given);
      throw new Problem('conflict', 'This step took longer than its lease, so somebody else may have gone on.');
    };
  const { store, clusters, forge } = ports;
  const writer = ({ create, apply, remove, release }: ClusterWriter): ClusterWriter => ({
    create: held(create),
    apply: held(apply),
    remove: held(remove),
    release: held(release),
  });
  return {
    ...ports,
    clusters: { ...clusters, writer: async (registration) => writer(await clusters.writer(registration)) },
    store: {
      ...store,
      inventories: { ...store.inventories, save: held(store.inventories.save) },
      deletions: { ...store.deletions, save: held(store.deletions.save) },
    },
    forge: {
      ...forge,
      createDeployment: held(forge.createDeployment),
      setDeployment: held(forge.setDeployment),
      upsertComment: held(forge.upsertComment),
    },
  };
}
