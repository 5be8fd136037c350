import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changedFiles } from '../../src/catalog/changed-files.ts';

const tree = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f'), fc.constantFrom('1', '2')))
  .map((entries) => new Map<string, string>(entries));

it('what changed, put onto the base, gives the head', () => {
  fc.assert(
    fc.property(tree, tree, (base, head) => {
      const result = new Map(base);
      for (const { path, status } of changedFiles(base, head)) {
        if (status === 'removed') result.delete(path);
        else result.set(path, head.get(path) ?? 'not in the head');
      }
      expect([...result].sort()).toEqual([...head].sort());
    }),
  );
});

it('the way back changes the same files, with added and removed swapped', () => {
  const swapped = { added: 'removed', removed: 'added', modified: 'modified' } as const;
  fc.assert(
    fc.property(tree, tree, (base, head) => {
      const back = changedFiles(head, base).map(({ path, status }) => ({ path, status: swapped[status] }));
      expect(back).toEqual(changedFiles(base, head));
    }),
  );
});
