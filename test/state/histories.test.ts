import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/spec/operation.ts';
import { operation, useStore } from './store.ts';

const { store } = useStore();

function entry(id: string): Omit<HistoryEntry, 'id'> {
  const { revisions, definition, trigger, message, startedAt } = operation('web');
  return {
    operation: id,
    revisions,
    definition,
    trigger,
    phase: 'Succeeded',
    message,
    startedAt,
    finishedAt: '2026-11-24T09:02:00.000Z',
    tasks: [],
  };
}

describe('the history of an application', () => {
  it('is numbered from 1 and told newest first', async () => {
    const { histories } = store();
    for (const id of ['one', 'two', 'three']) await histories.append(entry(id), 'told', 10);
    const told = await histories.list('told', 2);
    expect(told.map(({ id, operation }) => [id, operation])).toEqual([
      [3, 'three'],
      [2, 'two'],
    ]);
    expect(told[0]).toEqual({ ...entry('three'), id: 3 });
  });

  it('has one entry for an operation that was recorded twice', async () => {
    const { histories } = store();
    const first = await histories.append(entry('twice'), 'repeated', 10);
    await histories.append(entry('another'), 'repeated', 10);
    expect(await histories.append(entry('twice'), 'repeated', 10)).toEqual(first);
    expect(await histories.list('repeated', 10)).toHaveLength(2);
  });

  it('loses nothing and repeats nothing when several operations are recorded at once', async () => {
    const { histories } = store();
    const ids = ['a', 'b', 'c', 'a', 'b', 'c'];
    await Promise.all(ids.map((id) => histories.append(entry(id), 'at-once', 10)));
    const told = await histories.list('at-once', 10);
    expect(told.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(told.map(({ operation }) => operation).sort()).toEqual(['a', 'b', 'c']);
  });

  it('keeps the newest entries up to the limit, in the order of numbers beyond 9', async () => {
    const { histories } = store();
    for (let index = 1; index <= 12; index += 1) await histories.append(entry(`op-${index}`), 'limited', 3);
    expect((await histories.list('limited', 100)).map(({ id }) => id)).toEqual([12, 11, 10]);
  });

  it('keeps what one can go back to, however often a sync fails after it', async () => {
    const { histories } = store();
    for (const id of ['one', 'two']) await histories.append(entry(id), 'failing', 3);
    for (let index = 1; index <= 5; index += 1) {
      await histories.append({ ...entry(`failed-${index}`), phase: 'Failed' }, 'failing', 3);
    }
    expect((await histories.list('failing', 10)).map(({ operation }) => operation)).toEqual(['failed-5', 'two', 'one']);
  });

  it('keeps what can be gone back to, however many selective syncs there were since', async () => {
    const { histories } = store();
    const only = [{ group: '', kind: 'ConfigMap', name: 'web' }];
    for (const id of ['one', 'two']) await histories.append(entry(id), 'healed', 3);
    for (let index = 1; index <= 9; index += 1)
      await histories.append({ ...entry(`heal-${index}`), only }, 'healed', 3);
    expect((await histories.list('healed', 100)).map(({ id }) => id)).toEqual([11, 10, 9, 2, 1]);
    expect((await histories.append(entry('three'), 'healed', 3)).id).toBe(12);
  });

  it('goes on counting with a limit of 0', async () => {
    const { histories } = store();
    await histories.append(entry('one'), 'unkept', 0);
    expect((await histories.append(entry('two'), 'unkept', 0)).id).toBe(2);
    expect(await histories.list('unkept', 0)).toEqual([]);
  });

  it("is each application's own, also where one name begins with the other", async () => {
    const { histories } = store();
    await histories.append(entry('one'), 'shop', 10);
    await histories.append(entry('two'), 'shop-eu', 10);
    expect((await histories.list('shop', 10)).map(({ operation }) => operation)).toEqual(['one']);
  });
});
