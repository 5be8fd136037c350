import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainFields } from '../../../src/catalog/generators/plain-fields.ts';
import { createEngines } from '../../../src/engines/index.ts';
import { generated, namesOf, setOf } from '../sets.ts';

const names = fc.uniqueArray(fc.stringMatching(/^[a-d]{1,3}$/), { minLength: 0, maxLength: 5 });

function list(key: string, values: readonly string[]): string {
  return `{list: {elements: [${values.map((value) => `{${key}: '${value}'}`).join(', ')}]}}`;
}

it('a matrix has as many elements as its children multiplied, the same each time', async () => {
  await fc.assert(
    fc.asyncProperty(names, names, fc.boolean(), async (a, b, goTemplate) => {
      const name = goTemplate ? '{{.a}}-{{.b}}' : '{{a}}-{{b}}';
      const set = setOf(`- matrix: {generators: [${list('a', a)}, ${list('b', b)}]}`, {}, { name, goTemplate });
      const found = namesOf(await generated(set));
      expect(found).toEqual(a.flatMap((one) => b.map((other) => `${one}-${other}`)));
      expect(namesOf(await generated(set))).toEqual(found);
    }),
    { numRuns: 40 },
  );
});

it('a merge has exactly the elements of its first child', async () => {
  await fc.assert(
    fc.asyncProperty(names, names, async (base, later) => {
      const set = setOf(
        `- merge: {mergeKeys: [name], generators: [${list('name', base)}, ${list('name', later)}]}`,
        {},
      );
      expect(namesOf(await generated(set))).toEqual(base);
    }),
    { numRuns: 40 },
  );
});

it('what is filled without Go is what Go fills', async () => {
  const engines = createEngines();
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{',
    '}',
    '.a',
    '.b',
    '.b.c',
    '.x',
    '{{.a}}',
    '{{ .b.c }}',
    '{{-',
    '-}}',
    ' ',
    '\n',
    '"',
    '<é',
    '|',
    '{{.n}}',
  );
  const template = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const data = { a: 'one <b> {{.a}}', b: { c: 'two' }, n: 7 };
  try {
    const templates = fc.sample(template, { numRuns: 2_000, seed: 7 });
    const outcomes = await engines.templates(
      templates.map((each) => ({ template: each, data })),
      '2026-11-24T08:00:00Z',
    );
    let plain = 0;
    for (const [index, each] of templates.entries()) {
      const filled = plainFields(each, data);
      if (filled === undefined) continue;
      plain += 1;
      expect({ template: each, outcome: outcomes[index] }).toEqual({
        template: each,
        outcome: { ok: true, value: filled },
      });
    }
    expect(plain).toBeGreaterThan(200);
  } finally {
    await engines.close();
  }
});
