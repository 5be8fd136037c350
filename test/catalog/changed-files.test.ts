import { expect, it } from 'vitest';
import { changedFiles } from '../../src/catalog/changed-files.ts';

it('tells what was added, modified and removed, by path', () => {
  const base = new Map([
    ['b.yaml', '1'],
    ['a.yaml', '1'],
    ['same.yaml', '1'],
  ]);
  const head = new Map([
    ['same.yaml', '1'],
    ['c.yaml', '3'],
    ['a.yaml', '2'],
  ]);
  expect(changedFiles(base, head)).toEqual([
    { path: 'a.yaml', status: 'modified' },
    { path: 'b.yaml', status: 'removed' },
    { path: 'c.yaml', status: 'added' },
  ]);
});
