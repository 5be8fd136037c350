import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { greatestVersion } from '../../src/source/version-range.ts';

const part = fc.constantFrom('0', '1', '2', '3');
const open = fc.constantFrom('0', '1', '2', 'x', '*', undefined);
const prerelease = fc.constantFrom('', '', '', '-0', '-alpha.1', '-rc.2');
const version = fc.tuple(part, part, part, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
const bound = fc
  .tuple(fc.constantFrom('0', '1', '2', '*'), open, open, prerelease)
  .map(([a, b, c, pre]) => [a, b, ...(b === undefined ? [] : [c])].filter((one) => one !== undefined).join('.') + pre);
const comparator = fc
  .tuple(fc.constantFrom('', '=', '!=', '>', '<', '>=', '=>', '<=', '=<', '~', '~>', '^'), bound)
  .map((both) => both.join(''));
const range = fc.oneof(
  comparator,
  fc.tuple(comparator, comparator).map((both) => both.join(' || ')),
  // The engines hold 3.3 of the library; since 3.4, which Argo CD has, one prerelease speaks for all that stands beside it.
  fc
    .tuple(comparator, fc.constantFrom(' ', ', '), comparator)
    .filter(([one, , other]) => one.includes('-') === other.includes('-'))
    .map((three) => three.join('')),
  fc
    .tuple(bound, bound)
    .filter(([one, other]) => one.includes('-') === other.includes('-'))
    .map((both) => both.join(' - ')),
);

it('means what it means in the library of Argo CD', async () => {
  const engines = createEngines();
  const cases = fc.sample(fc.tuple(range, version), { numRuns: 4000, seed: 7 });
  const answers = await engines.templates(
    cases.map((data) => ({ template: '{{ semverCompare (index . 0) (index . 1) }}', data })),
    '2026-01-01T00:00:00Z',
  );
  const theirs = answers.map((answer, index) => [cases[index], answer.ok ? answer.value === 'true' : answer.error]);
  const ours = cases.map((both) => [both, greatestVersion(both[0], [both[1]]) !== undefined]);
  expect(ours.filter((one, index) => one[1] !== theirs[index]?.[1])).toEqual([]);
  await engines.close();
}, 60_000);
