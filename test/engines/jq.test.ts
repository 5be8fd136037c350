import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines();
afterAll(() => engines.close());

async function values(filter: string, input: unknown): Promise<readonly unknown[]> {
  const [outcome] = await engines.jq([{ filter, input }], AT);
  if (outcome?.ok !== true) throw new Error(outcome?.error);
  return outcome.value;
}

describe('jq, as https://jqlang.org/manual/ documents it', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['.foo', { foo: 42, bar: 'less interesting' }, [42]],
    ['.["foo"]?', [1, 2], []],
    ['.[0]', [{ name: 'JSON' }, { name: 'XML' }], [{ name: 'JSON' }]],
    ['.[2:4]', ['a', 'b', 'c', 'd', 'e'], [['c', 'd']]],
    ['.[]', [1, 'two'], [1, 'two']],
    ['.user, .projects[]', { user: 'stedolan', projects: ['jq', 'wikiflow'] }, ['stedolan', 'jq', 'wikiflow']],
    ['[.[] | . * 2]', [1, 2, 3], [[2, 4, 6]]],
    ['{(.[]|tostring): .}', [], []],
    ['map(has("foo"))', [{ foo: 42 }, {}], [[true, false]]],
    ['path(.a[0].b)', null, [['a', 0, 'b']]],
    ['del(.foo)', { foo: 42, bar: 9001 }, [{ bar: 9001 }]],
    ['del(.[1, 2])', ['foo', 'bar', 'baz'], [['foo']]],
    [
      'to_entries',
      { a: 1, b: 2 },
      [
        [
          { key: 'a', value: 1 },
          { key: 'b', value: 2 },
        ],
      ],
    ],
    ['[.[] | select(. >= 2)]', [1, 5, 3, 0, 7], [[5, 3, 7]]],
    ['group_by(.foo) | length', [{ foo: 1 }, { foo: 3 }, { foo: 1 }], [2]],
    ['test("foo")', 'foobar', [true]],
    ['reduce .[] as $i (0; . + $i)', [1, 2, 3, 4, 5], [15]],
    ['[limit(3; .[])]', [0, 1, 2, 3, 4], [[0, 1, 2]]],
    ['if . == 0 then "zero" elif . == 1 then "one" else "many" end', 2, ['many']],
    ['try error("some exception") catch .', true, ['some exception']],
    ['.. | numbers', [1, [2]], [1, 2]],
    ['@base64', 'This is a message', ['VGhpcyBpcyBhIG1lc3NhZ2U=']],
    ['. as [$a, $b] | $a + $b', [2, 3], [5]],
    [
      'def addvalue(f): f as $x | map(. + $x); addvalue(.[0])',
      [
        [1, 2],
        [10, 20],
      ],
      [
        [
          [1, 2, 1, 2],
          [10, 20, 1, 2],
        ],
      ],
    ],
    ['now | todate', null, ['2026-01-31T08:00:00Z']],
    ['empty', 1, []],
    ['nan, infinite', null, [null, 1.7976931348623157e308]],
  ])('%s', async (filter, input, expected) => {
    expect(await values(filter, input)).toEqual(expected);
  });
});

describe('jqPathExpressions of ignoreDifferences', () => {
  const deployment = {
    kind: 'Deployment',
    spec: {
      replicas: 3,
      template: { spec: { initContainers: [{ name: 'migrate' }, { name: 'injected-init-container' }] } },
    },
  };

  it('deletes what the expression points at, as Argo CD does', async () => {
    const expression = '.spec.template.spec.initContainers[] | select(.name == "injected-init-container")';
    expect(await values(`del(${expression})`, deployment)).toEqual([
      { kind: 'Deployment', spec: { replicas: 3, template: { spec: { initContainers: [{ name: 'migrate' }] } } } },
    ]);
  });

  it('names the places that the expression points at', async () => {
    expect(await values('path(.spec.template.spec.initContainers[] | select(.name == "migrate"))', deployment)).toEqual(
      [['spec', 'template', 'spec', 'initContainers', 0]],
    );
    expect(await values('path(.webhooks[]?.clientConfig.caBundle)', deployment)).toEqual([]);
  });

  it('fails alone on an expression that is none, or that meets another shape', async () => {
    const outcomes = await engines.jq(
      [
        { filter: 'del(.a |)', input: {} },
        { filter: 'del(.kind.name)', input: deployment },
        { filter: 'nothing_like_this', input: {} },
        { filter: '.kind', input: deployment },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: false, error: expect.stringContaining('unexpected token') },
      { ok: false, error: expect.stringContaining('expected an object but got: string') },
      { ok: false, error: expect.stringContaining('nothing_like_this') },
      { ok: true, value: ['Deployment'] },
    ]);
  });
});
