import type { Job } from '../../src/spec/event.ts';
import { type ClusterState, emptyCluster } from './memory-cluster.ts';
import { emptyForge, type ForgeState } from './memory-forge.ts';
import { emptyStore, type StoreState } from './memory-store.ts';

/** A message on a queue: its body as it travels, when it may be received, and how often it was. */
export interface Message {
  /** That of its job; or the branch moves on, to the commit of that index. */
  readonly kind: Job['kind'] | 'push';
  readonly body: string;
  readonly at: number;
  readonly receives: number;
  /** The second one of a message that comes twice. */
  readonly copy?: true;
}

/** Everything that outlives a function, as plain data: so the state before a story is made once, and copied for each run. */
export interface World {
  time: number;
  /** When everything is looked at next. */
  schedule: number;
  /** Index of the commit that the branch is at. */
  head: number;
  /** Whether what was to happen in the middle of the story has happened. */
  met: boolean;
  readonly due: Message[];
  readonly cluster: ClusterState;
  readonly store: StoreState;
  readonly forge: ForgeState;
  /** See `watch.ts`. */
  readonly progress: Map<string, number>;
}

const START = Date.parse('2026-11-24T10:00:00.000Z');

export function newWorld(): World {
  return {
    time: START,
    schedule: START,
    head: 0,
    met: false,
    due: [],
    cluster: emptyCluster(),
    store: emptyStore(),
    forge: emptyForge(),
    progress: new Map(),
  };
}
