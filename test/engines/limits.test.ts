import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines({ milliseconds: { template: 1_000, expression: 300, jq: 300, lua: 300 } });
afterAll(() => engines.close());

const tooLong = { ok: false, error: 'ran over its limit of 0.3 s', limit: 'time' };
const tooLarge = { ok: false, error: 'ran over its limit of 256 MiB', limit: 'memory' };
const either = { ok: false, error: expect.stringContaining('ran over its limit'), limit: expect.any(String) };

describe('a program that does not end, or eats memory, fails alone and the next call works', () => {
  it.each([
    ['an endless loop', 'while true do end', tooLong],
    ['an endless loop that catches errors', 'while true do pcall(function() while true do end end) end', tooLong],
    ['a string that doubles', 'local s = "x" for i = 1, 40 do s = s .. s end return { s }', either],
    ['a pattern that backtracks', 'return { string.find(string.rep("a", 5000), ".-.-.-.-.-b") }', tooLong],
    ['a table that grows', 'local t = {} while true do t[#t + 1] = {} end', either],
    ['endless recursion', 'local function f() return 1 + f() end return { f() }', { ok: false, line: 1 }],
  ])('Lua: %s', async (_name, script, expected) => {
    const began = Date.now();
    const outcomes = await engines.lua(
      [
        { script: 'return { 1 }', object: {} },
        { script, object: {}, openLibraries: true },
        { script: 'return { 2 }', object: {} },
      ],
      AT,
    );
    expect(outcomes[0]).toEqual({ ok: true, value: [1] });
    expect(outcomes[1]).toMatchObject(expected);
    expect(outcomes[2]).toEqual({ ok: true, value: [2] });
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it.each([
    ['a range without end', '{{ range until 100000000 }}x{{ end }}', either],
    ['a text that is too long', '{{ repeat 1000000000 "x" }}', tooLarge],
    ['a result that is too large', '{{ repeat 9000000 "x" }}', { ok: false, limit: 'memory' }],
    [
      'a template that calls itself',
      '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
      { ok: false },
    ],
    ['nested loops', '{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}', { ok: false, limit: 'time' }],
  ])('templates: %s', async (_name, template, expected) => {
    const outcomes = await engines.templates(
      [
        { template, data: {} },
        { template: 'ok', data: {} },
      ],
      AT,
    );
    expect(outcomes[0]).toMatchObject(expected);
    expect(outcomes[1]).toEqual({ ok: true, value: 'ok' });
  });

  it.each([
    ['range(1e12)', either],
    ['last(range(1e12))', tooLong],
    ['[repeat(1)]', either],
    ['def f: f; f', either],
    ['def f: f + 1; f', either],
  ])('jq: %s', async (filter, expected) => {
    const outcomes = await engines.jq(
      [
        { filter, input: null },
        { filter: '.', input: 1 },
      ],
      AT,
    );
    expect(outcomes[0]).toMatchObject(expected);
    expect(outcomes[1]).toEqual({ ok: true, value: [1] });
  });

  it.each([
    ['more elements than expr allows', 'all(1..100000, all(1..100000, # > 0))', { ok: false }],
    ['three nested loops', 'all(1..500, all(1..500, all(1..500, # > 0)))', { ok: false }],
    ['brackets a hundred thousand deep', '('.repeat(100_000), { ok: false }],
  ])('expressions: %s', async (_name, expression, expected) => {
    const outcomes = await engines.expressions(
      [
        { expression, environment: {} },
        { expression: '1 + 1', environment: {} },
      ],
      AT,
    );
    expect(outcomes[0]).toMatchObject(expected);
    expect(outcomes[1]).toEqual({ ok: true, value: 2 });
  });
});

describe('a call with such a program', () => {
  it('runs the program once only, for whatever objects it is meant', async () => {
    const began = Date.now();
    const objects = Array.from({ length: 100 }, (_, index) => ({ index }));
    const outcomes = await engines.lua(
      objects.map((object) => ({ script: 'while true do end', object })),
      AT,
    );
    expect(outcomes).toEqual(objects.map(() => tooLong));
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it('is given up as a whole when many programs are like that', async () => {
    const items = Array.from({ length: 20 }, (_, index) => ({ script: `while true do end -- ${index}`, object: {} }));
    await expect(engines.lua(items, AT)).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: 'More than 4 lua programs of one call ran over their limits',
    });
    expect(await engines.lua([{ script: 'return { 1 }', object: {} }], AT)).toEqual([{ ok: true, value: [1] }]);
  });

  it('is refused when its data does not fit into the memory', async () => {
    const small = createEngines({ maxMemory: 48 * 1024 * 1024 });
    const input = { text: 'x'.repeat(40 * 1024 * 1024) };
    await expect(small.jq([{ filter: '.', input }], AT)).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(await small.jq([{ filter: '.', input: 1 }], AT)).toEqual([{ ok: true, value: [1] }]);
    await small.close();
  });

  it('does not disturb the calls that were made at the same time', async () => {
    const endless = engines.lua([{ script: 'while true do end', object: {} }], AT);
    const others = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? engines.jq([{ filter: '. + 1', input: index }], AT)
        : engines.templates([{ template: '{{ .n }}', data: { n: index } }], AT),
    );
    expect(await endless).toEqual([tooLong]);
    expect(await Promise.all(others)).toEqual(
      others.map((_, index) => [{ ok: true, value: index % 2 === 0 ? [index + 1] : String(index) }]),
    );
  });
});

describe('closing', () => {
  it('ends what runs, and refuses what comes later', async () => {
    const closing = createEngines({ milliseconds: { lua: 20_000 } });
    await closing.lua([{ script: 'return {}', object: {} }], AT);
    const running = closing.lua([{ script: 'while true do end', object: {} }], AT);
    const refused = expect(running).rejects.toMatchObject({ code: 'unavailable' });
    await closing.close();
    await refused;
    await expect(closing.jq([{ filter: '.', input: 1 }], AT)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends a call that has only begun to load the module', async () => {
    const closing = createEngines();
    const refused = expect(closing.jq([{ filter: '.', input: 1 }], AT)).rejects.toMatchObject({ code: 'unavailable' });
    await closing.close();
    await refused;
  });

  it('is quick when nothing was ever run', async () => {
    await createEngines().close();
  });
});
