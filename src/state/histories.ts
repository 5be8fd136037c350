import type { HistoryEntry } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { decode, encode } from './data.ts';
import { HISTORY, type Item, KEY, put, query, remove, type Table } from './table.ts';

/** So often somebody else may take the number that was to be ours: each time means that an entry was appended. */
const ATTEMPTS = 10;

/**
 * Finished operations, one item each, numbered from 1 without gaps. The number is what two appends at once meet at:
 *
 * ```text
 *  A   newest is 7 ──── put 8 if not there → 8
 *  B     newest is 7 ────── put 8 if not there: refused ── newest is 8: this operation? its entry : put 9
 * ```
 *
 * So an operation that is appended twice gets one entry, as long as it is among those that are kept. The newest entry
 * is kept whatever the limit is: it holds the count. Of the others those go first that failed: ten attempts must not take
 * the last good state away. Selective syncs (repairs of drift, too) have as much room again: in Argo CD they are not in
 * the history, and here they must not push what can be gone back to out of it.
 */
export function createHistories(table: Table): Store['histories'] {
  return {
    append: async (entry: Omit<HistoryEntry, 'id'>, application: string, limit: number): Promise<HistoryEntry> => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const items: Item[] = [];
        for await (const item of historyItems(table, application)) items.push(item);
        const there = items.find((item) => item['operation'] === entry.operation);
        if (there !== undefined) return decode<HistoryEntry>(there);
        const id = idOf(items[0]) + 1;
        const added = { ...entry, id };
        if ((await append(table, application, added)) === 'refused') continue;
        const alike = items.filter((item) => item['sort'] === sortOf(entry));
        const old = surplus(alike, Math.max(limit, 1) - 1);
        await Promise.all(old.map((item) => remove(table, { pk: item.pk, sk: item.sk })));
        return added;
      }
      throw new Problem('conflict', `The history of ${application} changed ${ATTEMPTS} times while it was written.`, {
        where: { application },
        fix: 'Try again.',
      });
    },
    list: async (application: string, limit: number): Promise<readonly HistoryEntry[]> => {
      const entries: HistoryEntry[] = [];
      for await (const item of historyItems(table, application)) {
        if (entries.length >= limit) break;
        entries.push(await decode<HistoryEntry>(item));
      }
      return entries;
    },
  };
}

/** What is over the limit of items that come newest first: the oldest that failed, then the oldest. */
function surplus(items: readonly Item[], limit: number): readonly Item[] {
  const oldest = items.toReversed();
  const failed = oldest.filter((item) => item['failed'] === 1);
  const good = oldest.filter((item) => item['failed'] !== 1);
  return [...failed, ...good].slice(0, Math.max(0, items.length - limit));
}

function historyItems(table: Table, application: string): AsyncGenerator<Item> {
  return query(table, KEY.operation(application).pk, { prefix: HISTORY, newestFirst: true });
}

async function append(table: Table, application: string, entry: HistoryEntry): Promise<'written' | 'refused'> {
  const NOT_THERE = 'attribute_not_exists(pk)';
  const data = await encode(entry, `History entry ${entry.id} of ${application}`);
  const failed = entry.phase === 'Succeeded' ? {} : { failed: 1 };
  const item = {
    ...KEY.history(application, entry.id),
    operation: entry.operation,
    sort: sortOf(entry),
    ...failed,
    data,
  };
  return put(table, item, { expression: NOT_THERE });
}

function sortOf({ only }: Pick<HistoryEntry, 'only'>): 'whole' | 'selective' {
  return only === undefined ? 'whole' : 'selective';
}

function idOf(item: Item | undefined): number {
  return item === undefined ? 0 : Number(item.sk.slice(HISTORY.length));
}
