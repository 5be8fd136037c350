import pMap from 'p-map';

/**
 * Does it for each item, so many at a time. One that fails keeps no other from its turn: it has no result, and what it threw
 * is given to `failed`.
 */
export async function eachAlone<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  { concurrency, failed }: { readonly concurrency: number; readonly failed: (thrown: unknown, item: Item) => void },
): Promise<readonly Result[]> {
  const results = await pMap(
    items,
    async (item): Promise<readonly Result[]> => {
      try {
        return [await work(item)];
      } catch (thrown) {
        failed(thrown, item);
        return [];
      }
    },
    { concurrency },
  );
  return results.flat();
}
