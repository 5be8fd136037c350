import { expect, test } from 'vitest';
import { readDocuments } from '../../src/spec/documents.ts';

const read = (text: string): unknown =>
  readDocuments({ path: 'a.yaml', text: `kind: X\nvalue: ${text}\n` }).documents[0]?.value();

test('a dot is a path and `e1234567` a commit, as Go reads them, and numbers stay numbers', () => {
  for (const text of ['.', './', 'e1234567', 'E5', '.e5']) expect(read(text)).toEqual({ kind: 'X', value: text });
  const numbers = { '1.5': 1.5, '.5': 0.5, '1.': 1, '-2.25': -2.25, '1e3': 1000, '2.5E-1': 0.25, '.5e1': 5 };
  for (const [text, value] of Object.entries(numbers)) expect(read(text)).toEqual({ kind: 'X', value });
});
