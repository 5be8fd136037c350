import { expect, it } from 'vitest';
import { nearest } from '../../src/spec/nearest.ts';

const KNOWN = ['targetRevision', 'path', 'repoURL', 'ref'];

it.each([
  ['targetRevison', 'targetRevision'],
  ['targetrevision', 'targetRevision'],
  ['pth', 'path'],
  ['apth', 'path'],
  ['repoUrl', 'repoURL'],
  ['chart', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('%s means %s', (word, meant) => {
  expect(nearest(word, KNOWN)).toBe(meant);
});
