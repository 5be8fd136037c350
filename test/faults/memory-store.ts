import type { ApplicationStatus, HistoryEntry, Operation } from '../../src/spec/operation.ts';
import type { ClusterFacts, DeletionRecord, InventoryItem, Store, Versioned } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

interface Claim {
  readonly holder: string;
  readonly until: number;
}

/** All that a store remembers, as plain data, so that a world can be copied. */
export interface StoreState {
  readonly operations: Map<string, Versioned<Operation>>;
  readonly inventories: Map<string, readonly InventoryItem[]>;
  readonly deletions: Map<string, DeletionRecord>;
  readonly histories: Map<string, readonly HistoryEntry[]>;
  readonly statuses: Map<string, ApplicationStatus>;
  readonly facts: Map<string, ClusterFacts>;
  readonly claims: Map<string, Claim>;
  writers: number;
}

export function emptyStore(): StoreState {
  return {
    operations: new Map(),
    inventories: new Map(),
    deletions: new Map(),
    histories: new Map(),
    statuses: new Map(),
    facts: new Map(),
    claims: new Map(),
    writers: 0,
  };
}

/** The port `Store` in memory, by the promises of its documentation: saves name a version, claims run out. */
export function createMemoryStore(state: StoreState, now: () => number): Store {
  const { operations, inventories, deletions, histories, statuses, facts, claims } = state;

  function claim(name: string, holder: string, seconds: number): boolean {
    const held = claims.get(name);
    if (held !== undefined && held.until > now() && held.holder !== holder) return false;
    claims.set(name, { holder, until: now() + seconds * 1000 });
    return true;
  }

  return {
    operations: {
      load: async (application) => operations.get(application),
      save: async (operation, ifVersion) => {
        if ((operations.get(operation.application)?.version ?? 0) !== ifVersion) {
          throw new Problem('conflict', 'The operation is not at this version any more.');
        }
        operations.set(operation.application, { value: operation, version: ifVersion + 1 });
        return ifVersion + 1;
      },
    },
    leases: {
      take: async (name, holder, seconds) => claim(`lease ${name}`, holder, seconds),
      release: async (name, holder) => {
        if (claims.get(`lease ${name}`)?.holder === holder) claims.delete(`lease ${name}`);
      },
    },
    inventories: {
      load: async (application) => inventories.get(application),
      save: async (application, items) => {
        inventories.set(application, items);
      },
    },
    deletions: {
      load: async (application) => deletions.get(application),
      save: async (application, record) => {
        deletions.set(application, record);
      },
    },
    histories: {
      append: async (entry, application, limit) => {
        const there = histories.get(application) ?? [];
        const known = there.find((one) => one.operation === entry.operation);
        if (known !== undefined) return known;
        const added = { ...entry, id: (there[0]?.id ?? 0) + 1 };
        const isAlike = ({ only }: HistoryEntry): boolean => (only === undefined) === (entry.only === undefined);
        const kept = new Set([added, ...there].filter(isAlike).slice(0, limit));
        histories.set(
          application,
          [added, ...there].filter((one) => !isAlike(one) || kept.has(one)),
        );
        return added;
      },
      list: async (application, limit) => (histories.get(application) ?? []).slice(0, limit),
    },
    statuses: {
      load: async (application) => statuses.get(application),
      save: async (status) => {
        statuses.set(status.application, status);
      },
      all: async () => [...statuses.values()],
      remove: async (application) => {
        statuses.delete(application);
      },
    },
    facts: {
      load: async (server) => facts.get(server),
      save: async (server, known) => {
        facts.set(server, known);
      },
    },
    seen: async (name) => (claims.get(`once ${name}`)?.until ?? 0) > now(),
    once: async (name, seconds) => {
      state.writers += 1;
      return claim(`once ${name}`, String(state.writers), seconds);
    },
    forget: async (name) => {
      claims.delete(`once ${name}`);
    },
  };
}
