import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { type Origin, parseManifests } from '../../src/render/parse-manifests.ts';
import { readYaml } from '../../src/render/yaml.ts';
import { folderWith, input, testTools } from './repository.ts';

const origin: Origin = { code: 'invalid-manifest', file: () => 'app.yaml', lines: true };

function data(yaml: string): unknown {
  const read = readYaml(yaml);
  return read.ok ? read.documents[0] : read.fault.message;
}

/** More scalars, compared with the library only. */
const MORE = [
  'Y',
  'n',
  'True',
  'oN',
  'Null',
  'NULL',
  'nan',
  '+5',
  '+0x1f',
  '-0b101',
  '0b11',
  '0o8',
  '1__0',
  '_1',
  '0x',
  '1.',
  '-.5e3',
  '1e400x',
  '.',
  '..',
  '2001-12-14 21:59:43.10',
  '190:20:30',
  '0.0.0.0',
  '1_0.5_0',
  '007',
  '0_7',
  '9007199254740991',
  '<<x',
  '=',
  '!!str 5',
  '!!int "5"',
  '"\\x41"',
  '| \n  text\n  more',
  '>-\n  folded\n  text',
  '|+\n  text',
  '|\n  text\n',
  '|+\n  text\n\n',
];

/** One ConfigMap a file, with what helm reads in it. */
const ORACLE = `{{- range $path, $_ := .Files.Glob "files/*" }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: f{{ base $path }}
json: {{ $.Files.Get $path | fromYaml | toJson | quote }}
{{- end }}
`;

/** Scalars, and what Kubernetes makes of them. */
const SCALARS: readonly (readonly [string, unknown])[] = [
  ['yes', true],
  ['on', true],
  ['y', true],
  ['NO', false],
  ['off', false],
  ['"yes"', 'yes'],
  ['~', null],
  ['', null],
  ['0777', 511],
  ['0o777', 511],
  ['0x1F', 31],
  ['1_000', 1000],
  ['-5', -5],
  ['08', 8],
  ['1e3', 1000],
  ['.5', 0.5],
  ['1.20', 1.2],
  ['12:30', '12:30'],
  ['2026-11-24', '2026-11-24'],
  ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00Z'],
  ['100m', '100m'],
  ['1.2.3', '1.2.3'],
  ['.inf', '.inf'],
  ['!!binary aGk=', 'hi'],
];

describe('YAML as Kubernetes reads it', () => {
  it.each(SCALARS)('a: %s', (text, value) => {
    expect(data(`a: ${text}`)).toEqual({ a: value });
  });

  it('is what the library of Kubernetes itself reads, which helm calls fromYaml', async () => {
    const scalars = [...SCALARS.filter(([text]) => text !== '.inf'), ...MORE.map((text) => [text, data(`a: ${text}`)])];
    const dir = await folderWith({
      'Chart.yaml': 'apiVersion: v2\nname: oracle\nversion: 1.0.0\n',
      'templates/a.yaml': ORACLE,
      ...Object.fromEntries(scalars.map(([text], index) => [`files/${String(index).padStart(3, '0')}`, `a: ${text}`])),
    });
    const renderer = createRenderer({ tools: testTools });
    const manifests = await renderer.render(input({ path: '.', helm: {} }, { dir }));
    const read = manifests.map((manifest) => JSON.parse(String(manifest['json'])));
    const ours = scalars.map(([text]) => data(`a: ${text}`));
    expect(read).toEqual(ours);
  });

  it('merges with <<, and lets the last of two equal keys win', () => {
    expect(data('base: &b {cpu: 1, memory: 2}\nshop:\n  <<: *b\n  memory: 3\n')).toMatchObject({
      shop: { cpu: 1, memory: 3 },
    });
    expect(data('a: 1\na: 2\n')).toEqual({ a: 2 });
  });

  it('makes text of keys that are numbers or booleans', () => {
    expect(data('1: a\ntrue: b\n')).toEqual({ '1': 'a', true: 'b' });
  });

  it('ends a bomb of aliases', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    expect(data(`a0: &a0 lol\n${lines.join('\n')}\n`)).toMatch(/alias/i);
  });
});

describe('parseManifests', () => {
  it('skips empty documents and documents of comments, and keeps what looks like a separator in text', () => {
    const text =
      '---\n---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\ndata:\n  x: |\n    ---\n    y\n--- \n';
    expect(parseManifests(text, origin)).toEqual([
      { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, data: { x: '---\ny\n' } },
    ]);
  });

  it('keeps every field, and takes generateName for a name', () => {
    const text = 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: m-}\nextra: {deep: [1, {x: null}]}\n';
    expect(parseManifests(text, origin)).toEqual([
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'm-' }, extra: { deep: [1, { x: null }] } },
    ]);
  });

  it('takes lists of lists apart, also empty ones', () => {
    const item = '{apiVersion: v1, kind: A, metadata: {name: a}}';
    const list = (items: string): string => `{apiVersion: v1, kind: List, items: ${items}}`;
    expect(parseManifests(list(`[${list(`[${item}]`)}, ${item}]`), origin)).toHaveLength(2);
    expect(parseManifests(`${list('[]')}\n---\n${list('null')}`, origin)).toEqual([]);
  });

  it.each([
    ['kind: A\nmetadata: {name: a}\n', /Document 1 has no apiVersion/, 1],
    [
      'apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n\napiVersion: v1\nmetadata: {name: a}\n',
      /Document 2 has no kind/,
      6,
    ],
    ['apiVersion: v1\nkind: A\nmetadata:\n', /has no metadata\.name/, 1],
    ['apiVersion: v1\nkind: A\nmetadata: {name: on}\n', /metadata\.name that is the boolean true, not text/, 1],
    ['just text\n', /must be a map, found a string/, 1],
    ['- a\n', /must be a map, found a list/, 1],
    ['a: b\n---\nx: [\n', /Document 1 has no/, 1],
    ['apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nx: [\n', /Document 2: this is not valid YAML/, 5],
  ])('names the document and the line of %j', (text, message, line) => {
    expect(() => parseManifests(text, origin)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), where: { file: 'app.yaml', line } }),
    );
  });
});
