import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines();
afterAll(() => engines.close());

it('gives every JSON value back unchanged through the identity filter', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'grapheme' }), { maxLength: 20 }), async (inputs) => {
      const outcomes = await engines.jq(
        inputs.map((input) => ({ filter: '.', input })),
        AT,
      );
      expect(outcomes).toEqual(inputs.map((input) => ({ ok: true, value: [JSON.parse(JSON.stringify(input))] })));
    }),
    { numRuns: 50 },
  );
});

it('answers every item, whatever the program is', async () => {
  const words = [
    '{{',
    '}}',
    '.a',
    '|',
    '(',
    ')',
    'nil',
    'if',
    'end',
    'return',
    '{',
    '}',
    '1',
    '"',
    '..',
    '[',
    ']',
    '=',
    '#',
    '\n',
  ];
  const program = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 12 })
    .map((parts) => parts.join(' '));
  await fc.assert(
    fc.asyncProperty(fc.array(program, { minLength: 1, maxLength: 20 }), async (programs) => {
      const answers = await Promise.all([
        engines.templates(
          programs.map((template) => ({ template, data: { a: 1 } })),
          AT,
        ),
        engines.expressions(
          programs.map((expression) => ({ expression, environment: { a: 1 } })),
          AT,
        ),
        engines.jq(
          programs.map((filter) => ({ filter, input: { a: 1 } })),
          AT,
        ),
        engines.lua(
          programs.map((script) => ({ script, object: { a: 1 } })),
          AT,
        ),
      ]);
      for (const outcomes of answers) {
        expect(outcomes).toHaveLength(programs.length);
        for (const outcome of outcomes)
          if (!outcome.ok) expect(outcome).toMatchObject({ error: expect.stringMatching(/./) });
      }
    }),
    { numRuns: 50 },
  );
});
