import type { ClusterWriter } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { SyncPorts } from './world-of.ts';

/** A request to a cluster that is on its way arrives within this time, or never: clients and API servers give up by then. */
const ARRIVES_SECONDS = 60;

/**
 * The ports of a step that holds a lease until then. Past that somebody else may have gone on, and whatever the step saw
 * is old: it changes no cluster and no inventory any more, but fails with Problem `conflict`. (What else it writes names a
 * version, or is the same whoever writes it.) A function is ended long before its lease runs out; this is for the one that
 * slept, with its whole machine, and wakes up as if nothing had been.
 */
export function whileHeld(ports: SyncPorts, until: number): SyncPorts {
  const check = (): void => {
    if (Date.parse(ports.clock()) < until - ARRIVES_SECONDS * 1000) return;
    throw new Problem('conflict', 'This step took longer than its lease, so somebody else may have gone on.', {
      fix: 'Nothing: it is done again.',
    });
  };
  const held = (writer: ClusterWriter): ClusterWriter => ({
    create: async (...given) => {
      check();
      return await writer.create(...given);
    },
    apply: async (...given) => {
      check();
      return await writer.apply(...given);
    },
    remove: async (...given) => {
      check();
      return await writer.remove(...given);
    },
    release: async (...given) => {
      check();
      return await writer.release(...given);
    },
  });
  const { store, clusters } = ports;
  return {
    ...ports,
    clusters: { ...clusters, writer: async (registration) => held(await clusters.writer(registration)) },
    store: {
      ...store,
      inventories: {
        ...store.inventories,
        save: async (...given) => {
          check();
          await store.inventories.save(...given);
        },
      },
    },
  };
}
