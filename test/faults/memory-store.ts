import type { ApplicationStatus, HistoryEntry, Operation } from '../../src/spec/operation.ts';
import type { ClusterFacts, InventoryItem, Store, Versioned } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

interface Claim {
  readonly holder: string;
  readonly until: number;
}

/** The port `Store` in memory, by the promises of its documentation: saves name a version, claims run out. */
export function createMemoryStore(now: () => number): Store {
  const operations = new Map<string, Versioned<Operation>>();
  const inventories = new Map<string, readonly InventoryItem[]>();
  const histories = new Map<string, readonly HistoryEntry[]>();
  const statuses = new Map<string, ApplicationStatus>();
  const facts = new Map<string, ClusterFacts>();
  const claims = new Map<string, Claim>();

  function claim(name: string, holder: string, seconds: number): boolean {
    const held = claims.get(name);
    if (held !== undefined && held.until > now() && held.holder !== holder) return false;
    claims.set(name, { holder, until: now() + seconds * 1000 });
    return true;
  }

  let writers = 0;
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
    histories: {
      append: async (entry, application, limit) => {
        const there = histories.get(application) ?? [];
        const known = there.find((one) => one.operation === entry.operation);
        if (known !== undefined) return known;
        const added = { ...entry, id: (there[0]?.id ?? 0) + 1 };
        histories.set(application, [added, ...there].slice(0, limit));
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
      writers += 1;
      return claim(`once ${name}`, String(writers), seconds);
    },
    forget: async (name) => {
      claims.delete(`once ${name}`);
    },
  };
}
