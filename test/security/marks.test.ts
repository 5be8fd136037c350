import { expect, test } from 'vitest';
import { createMarks } from '../../src/diff/index.ts';

test('passwords can not be tried against the marks of an installation without a key', () => {
  for (const key of ['', ' \n'])
    expect(() => createMarks(key)).toThrow('The key that marks the values of Secrets is empty');
});
