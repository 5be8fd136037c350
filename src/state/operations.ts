import { randomUUID } from 'node:crypto';
import type { Operation } from '../spec/operation.ts';
import type { Store, Versioned } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { decode, encode } from './data.ts';
import { type Condition, get, KEY, put, type Table } from './table.ts';

/**
 * The last operation of each application, saved only over the version that was loaded. Two steps at once:
 *
 * ```text
 *  step A   load v3 ────────── save if v3 → v4
 *  step B        load v3 ────────────────────── save if v3: conflict, nothing written
 * ```
 *
 * The loser has done nothing that the cluster will not see again: its job comes back and loads version 4.
 */
export function createOperations(table: Table): Store['operations'] {
  return {
    load: async (application: string): Promise<Versioned<Operation> | undefined> => {
      const item = await get(table, KEY.operation(application));
      return item === undefined ? undefined : { value: await decode<Operation>(item), version: item.version ?? 0 };
    },
    save: async (operation: Operation, ifVersion: number): Promise<number> => {
      const { application } = operation;
      const version = ifVersion + 1;
      const write = randomUUID();
      const item = {
        ...KEY.operation(application),
        version,
        write,
        data: await encode(operation, `The operation of ${application}`),
      };
      if ((await put(table, item, isVersion(ifVersion, write))) === 'written') return version;
      throw new Problem('conflict', `The operation of ${application} is not at version ${ifVersion} any more.`, {
        where: { application },
        fix: 'Load it again and look at what has changed.',
      });
    },
  };
}

/**
 * `IS_VERSION`: the item is as it was loaded, or (version 0) is not there. `OWN_WRITE`: or this very write has been
 * done already; a request is sent again when the answer was lost, and must not meet itself as a stranger.
 */
function isVersion(version: number, write: string): Condition {
  const IS_VERSION = version === 0 ? 'attribute_not_exists(pk)' : '#version = :version';
  const OWN_WRITE = '#write = :write';
  return {
    expression: `${IS_VERSION} OR ${OWN_WRITE}`,
    names: { '#write': 'write', ...(version === 0 ? {} : { '#version': 'version' }) },
    values: { ':write': write, ...(version === 0 ? {} : { ':version': version }) },
  };
}
