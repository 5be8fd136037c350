import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LabelSelector } from '../../../src/spec/applicationset.ts';
import { generated, setOf, shownBy } from '../sets.ts';

/** What holds for every list, matrix, merge and selector, whatever their elements are. */

const word = fc.stringMatching(/^[a-d]{1,3}$/);
const style = fc.boolean();
const runs = { numRuns: 60 };

interface Element {
  readonly name: string;
  readonly size?: string;
  readonly tier?: string;
}

const element: fc.Arbitrary<Element> = fc.record({ name: word, size: word, tier: word }, { requiredKeys: ['name'] });
const elements = fc.uniqueArray(element, { maxLength: 6, selector: ({ name }) => name });

/** JSON is YAML; quotes keep words texts. */
function list(all: readonly object[]): string {
  return JSON.stringify({ list: { elements: all } });
}

const NONE = { size: '', tier: '' };

/** The elements that a generator gives, read from what each application shows of its parameters. */
async function given(
  generator: string,
  goTemplate: boolean,
  name = ['name'],
): Promise<readonly (readonly [string, object])[]> {
  const hole = (key: string): string => (goTemplate ? `{{dig "${key}" "" .}}` : `{{${key}}}`);
  const set = setOf(
    `- ${generator}`,
    { size: hole('size'), tier: hole('tier') },
    { name: name.map((key) => (goTemplate ? `{{.${key}}}` : `{{${key}}}`)).join('-'), goTemplate },
  );
  return Object.entries(shownBy(await generated(set))).map(([key, shown]) => [
    key,
    Object.fromEntries(Object.entries(shown).map(([each, text]) => [each, text.startsWith('{{') ? '' : text])),
  ]);
}

function expected(all: readonly Element[]): readonly (readonly [string, object])[] {
  return all.map(({ name, ...rest }) => [name, { ...NONE, ...rest }]);
}

it('a list gives its elements, in its order, each as it is', async () => {
  await fc.assert(
    fc.asyncProperty(elements, style, async (all, goTemplate) => {
      expect(await given(list(all), goTemplate)).toEqual(expected(all));
    }),
    runs,
  );
});

it('a matrix is the product of its generators, the first one slowest, and of nested ones likewise', async () => {
  const axis = fc.uniqueArray(word, { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(axis, axis, axis, style, fc.boolean(), async (a, b, c, goTemplate, left) => {
      const [x, y, z] = [a.map((one) => ({ x: one })), b.map((one) => ({ y: one })), c.map((one) => ({ z: one }))];
      const matrix = (one: string, other: string): string => `{"matrix": {"generators": [${one}, ${other}]}}`;
      const nested = left ? matrix(matrix(list(x), list(y)), list(z)) : matrix(list(x), matrix(list(y), list(z)));
      const names = (await given(nested, goTemplate, ['x', 'y', 'z'])).map(([name]) => name);
      expect(names).toEqual(a.flatMap((one) => b.flatMap((two) => c.map((three) => `${one}-${two}-${three}`))));
    }),
    runs,
  );
});

it('a merge gives the elements of the first generator, each with what the later ones say of it, the last one last', async () => {
  await fc.assert(
    fc.asyncProperty(elements, elements, elements, style, async (base, one, two, goTemplate) => {
      const merge = `{"merge": {"mergeKeys": ["name"], "generators": [${[base, one, two].map(list).join(', ')}]}}`;
      const find = (all: readonly Element[], name: string): object => all.find((each) => each.name === name) ?? {};
      const merged = base.map((each): Element => ({ ...each, ...find(one, each.name), ...find(two, each.name) }));
      expect(await given(merge, goTemplate)).toEqual(expected(merged));
    }),
    runs,
  );
});

it('a merge with itself, and with nothing, changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(elements, style, async (all, goTemplate) => {
      for (const other of [all, []]) {
        const merge = `{"merge": {"mergeKeys": ["name"], "generators": [${list(all)}, ${list(other)}]}}`;
        expect(await given(merge, goTemplate)).toEqual(expected(all));
      }
    }),
    runs,
  );
});

const line = fc.record({
  key: fc.constantFrom('name', 'size', 'tier', 'absent'),
  operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
  values: fc.array(word, { minLength: 1, maxLength: 3 }),
});
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(fc.constantFrom('size', 'tier'), word, { maxKeys: 1, noNullPrototype: true }),
    matchExpressions: fc.array(line, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** The rule of Kubernetes, written down once more. */
function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, one: Element): boolean {
  const labels: Readonly<Record<string, string>> = { ...one };
  const lines = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions,
  ];
  return lines.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'In' ? isIn : !isIn;
  });
}

it('a selector leaves elements out, and never changes, moves or invents one', async () => {
  await fc.assert(
    fc.asyncProperty(elements, selector, style, async (all, wanted, goTemplate) => {
      const chosen = JSON.stringify({ list: { elements: all }, selector: wanted });
      expect(await given(chosen, goTemplate)).toEqual(expected(all.filter((one) => selects(wanted, one))));
    }),
    { numRuns: 150 },
  );
});

it('selecting in the children of a matrix is selecting in the matrix', async () => {
  await fc.assert(
    fc.asyncProperty(
      elements,
      fc.uniqueArray(word, { maxLength: 3 }),
      selector,
      style,
      async (all, regions, wanted, goTemplate) => {
        const other = list(regions.map((region) => ({ region })));
        const inside = JSON.stringify({ list: { elements: all }, selector: wanted });
        const within = `{"matrix": {"generators": [${inside}, ${other}]}}`;
        const whole = `{"matrix": {"generators": [${list(all)}, ${other}]}, "selector": ${JSON.stringify(wanted)}}`;
        const keys = ['name', 'region'];
        expect(await given(within, goTemplate, keys)).toEqual(await given(whole, goTemplate, keys));
      },
    ),
    runs,
  );
});
