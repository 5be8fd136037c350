import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDesired, compareLive, createMarks, unifiedDiff } from '../../src/diff/index.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Change } from '../../src/spec/change.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation') };

/** Values that no manifest holds by chance: a hit is a leak. */
const secretText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ minLength: 4, maxLength: 12 }).map((text) => `zq${text}qz`),
  fc.stringMatching(/^[a-z0-9]{6,20}$/).map((text) => `ZQ${text}`),
  fc.constant('zq-----BEGIN KEY-----\nMIIzqzqzqzqzqzq\n-----END KEY-----'),
  fc.string({ unit: 'grapheme', minLength: 4, maxLength: 10 }).map((text) => `zqü${text}`),
);

const secretNumber = fc.integer({ min: 10_000_000, max: 99_999_999 });

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

interface Holder {
  readonly manifest: Manifest;
  readonly secrets: readonly string[];
}

/** Secrets of every shape that the API server may or may not take. */
const holders: fc.Arbitrary<Holder> = fc
  .record({
    texts: fc.array(secretText, { minLength: 1, maxLength: 3 }),
    number: secretNumber,
    shape: fc.constantFrom('data', 'stringData', 'raw', 'number', 'list', 'nested', 'whole', 'top', 'List'),
    annotate: fc.constantFrom('none', 'plain', 'json', 'base64', 'last-applied'),
    apiVersion: fc.constantFrom('v1', 'acme.io/v1'),
  })
  .map(({ texts, number, shape, annotate, apiVersion }) => {
    const [text = ''] = texts;
    const entries = texts.map((value, index) => [`key${index}`, value] as const);
    const of = (encode: (value: string) => unknown): object =>
      Object.fromEntries(entries.map(([key, value]) => [key, encode(value)]));
    const annotations: Readonly<Record<string, string>> = {
      none: {},
      plain: { 'acme.io/note': `the password is ${text}.` },
      json: { 'acme.io/original': JSON.stringify({ stringData: of((value) => value) }) },
      base64: { 'acme.io/original': JSON.stringify({ data: of(base64) }) },
      'last-applied': { [ANNOTATION.lastApplied]: JSON.stringify({ data: of(base64), n: number }) },
    }[annotate];
    const body: object = {
      data: { data: of(base64) },
      stringData: { stringData: of((value) => value) },
      raw: { data: of((value) => value) },
      number: { data: { pin: number, ...of(base64) } },
      list: { data: { pins: [number, ...texts], ...of(base64) } },
      nested: { stringData: { deep: { [`x`]: { y: texts, n: number } } } },
      whole: { data: [...texts, number] },
      top: { password: text, spec: { all: texts }, data: of(base64) },
      List: { data: of(base64) },
    }[shape];
    const secret: Manifest = {
      apiVersion,
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop', annotations },
      ...body,
    };
    const manifest: Manifest =
      shape === 'List' ? { apiVersion: 'v1', kind: 'List', metadata: { name: 'l' }, items: [secret] } : secret;
    return { manifest, secrets: [...texts, ...texts.map(base64), String(number)] };
  });

describe('no value of a Secret leaves the comparison', () => {
  it('of two renders', () => {
    fc.assert(
      fc.property(fc.option(holders, { nil: undefined }), fc.option(holders, { nil: undefined }), (base, head) => {
        const changes = compareDesired(manifestsOf(base), manifestsOf(head), rules);
        expectNoLeak(changes, [...(base?.secrets ?? []), ...(head?.secrets ?? [])]);
      }),
      { seed: 7, numRuns: 1500 },
    );
  });

  it('of a render and a cluster, with whatever managedFields', () => {
    const owned = {
      'f:data': { 'f:key0': {}, 'f:old': {} },
      'f:metadata': { 'f:annotations': { 'f:acme.io/note': {} } },
    };
    fc.assert(
      fc.property(fc.option(holders, { nil: undefined }), holders, (desired, live) => {
        const managedFields = [
          { manager: 'trimtab', operation: 'Apply' as const, time: '2026-11-24T10:00:00Z', fieldsV1: owned },
        ];
        const object = { ...live.manifest, metadata: { ...live.manifest.metadata, managedFields } };
        const changes = compareLive(manifestsOf(desired), [object], rules);
        expectNoLeak(changes, [...(desired?.secrets ?? []), ...live.secrets]);
      }),
      { seed: 8, numRuns: 1500 },
    );
  });
});

describe('marks', () => {
  const secret = (data: object, kind = 'Secret'): Manifest => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'db' },
    data,
  });

  it('show that a value changed, and which', () => {
    const [change] = compareDesired(
      [secret({ user: base64('admin'), password: base64('hunter2') })],
      [secret({ user: base64('admin'), password: base64('correct horse') })],
      rules,
    );
    expect(change?.fields).toEqual([
      {
        path: 'data.password',
        from: expect.stringMatching(/^•[0-9a-f]{8}•$/),
        to: expect.stringMatching(/^•[0-9a-f]{8}•$/),
      },
    ]);
    expect(change?.fields[0]?.from).not.toBe(change?.fields[0]?.to);
    expect(change?.before).toMatch(/^ {2}user: •[0-9a-f]{8}•$/m);
  });

  it('are the same for the same value, and others under another key', () => {
    const mark = (key: string): string => createMarks(key)('data:hunter2');
    expect(mark('a')).toBe(mark('a'));
    expect(mark('a')).not.toBe(mark('b'));
  });

  it('are for Secrets only', () => {
    const [change] = compareDesired([], [secret({ mode: 'fast' }, 'ConfigMap')], rules);
    expect(change?.after).toContain('mode: fast');
  });
});

function manifestsOf(holder: Holder | undefined): readonly Manifest[] {
  return holder === undefined ? [] : [holder.manifest];
}

function expectNoLeak(changes: readonly Change[], secrets: readonly string[]): void {
  const shown = changes
    .map((change) => `${JSON.stringify(change)}\n${change.before}\n${change.after}\n${unifiedDiff(change)}`)
    .join('\n');
  for (const secret of secrets) {
    for (const form of [secret, secret.trim(), JSON.stringify(secret).slice(1, -1)]) expect(shown).not.toContain(form);
  }
}
