import { afterAll, beforeAll } from 'vitest';
import { createLocalStore, type LocalStore } from '../../src/local/store/index.ts';
import type { Operation } from '../../src/spec/operation.ts';
import type { Clock, Store } from '../../src/spec/ports.ts';
import { createStore } from '../../src/state/index.ts';

/** A clock that stands still until it is moved. */
export interface TestClock {
  readonly clock: Clock;
  pass(seconds: number): void;
}

export function testClock(start = '2026-11-24T09:00:00.000Z'): TestClock {
  let now = Date.parse(start);
  return {
    clock: () => new Date(now).toISOString(),
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** One embedded DynamoDB for a test file; each test names its own applications. */
export function useStore(): { store(clock?: Clock): Store; local(): LocalStore } {
  let local: LocalStore | undefined;
  beforeAll(async () => {
    local = await createLocalStore();
  });
  afterAll(async () => {
    await local?.close();
  });
  const started = (): LocalStore => {
    if (local === undefined) throw new Error('the store is not started yet');
    return local;
  };
  return {
    local: started,
    store: (clock) =>
      createStore({ aws: started().aws, table: started().table, ...(clock === undefined ? {} : { clock }) }),
  };
}

export function operation(application: string, changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    application,
    revisions: ['3f1c2a9d5be0c7a1f64d8e2b90c1d7f3a5e6b8c0'],
    definition: '3f1c2a9d5be0c7a1f64d8e2b90c1d7f3a5e6b8c0',
    trigger: { kind: 'push', pull: { repo: 'acme/gitops', number: 7 } },
    phase: 'Running',
    message: 'waiting for Deployment shop/web',
    startedAt: '2026-11-24T09:00:00.000Z',
    deadline: '2026-11-24T10:00:00.000Z',
    looks: 0,
    attempt: 0,
    prune: true,
    ...changes,
  };
}
