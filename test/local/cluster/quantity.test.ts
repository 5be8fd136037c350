import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalQuantity } from '../../../src/local/cluster/quantity.ts';

it.each([
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1000', '1k'],
  ['128974848', '128974848'],
  ['129M', '129M'],
  ['0.1Gi', '107374182400m'],
  ['512Ki', '512Ki'],
  ['1e3', '1e3'],
  ['12E', '12E'],
  ['0', '0'],
  ['-250m', '-250m'],
  ['+2', '2'],
  ['0.0000000001', '1n'],
])('%s is written back as %s', (written, expected) => {
  expect(canonicalQuantity(written)).toBe(expected);
});

it.each(['', 'much', '1 Gi', '1KB', '--1', '1.2.3'])('%j is no quantity', (written) => {
  expect(canonicalQuantity(written)).toBeUndefined();
});

it('a canonical quantity stays as it is', () => {
  const quantity = fc.tuple(fc.nat(), fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'));
  fc.assert(
    fc.property(quantity, ([number, suffix]) => {
      const once = canonicalQuantity(`${number}${suffix}`) ?? 'none';
      expect(canonicalQuantity(once)).toBe(once);
    }),
  );
});
