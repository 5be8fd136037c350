import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines();
afterAll(() => engines.close());

async function run(script: string, object: unknown = {}, openLibraries = false): Promise<unknown> {
  const [outcome] = await engines.lua([{ script, object, openLibraries }], AT);
  if (outcome?.ok !== true) throw new Error(outcome?.error);
  return outcome.value;
}

describe('health scripts', () => {
  /** The example of https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks */
  const certificate = `
hs = {}
if obj.status ~= nil then
  if obj.status.conditions ~= nil then
    for i, condition in ipairs(obj.status.conditions) do
      if condition.type == "Ready" and condition.status == "False" then
        hs.status = "Degraded"
        hs.message = condition.message
        return hs
      end
      if condition.type == "Ready" and condition.status == "True" then
        hs.status = "Healthy"
        hs.message = condition.message
        return hs
      end
    end
  end
end
hs.status = "Progressing"
hs.message = "Waiting for certificate"
return hs`;

  it.each([
    [
      'Ready is False',
      { conditions: [{ type: 'Ready', status: 'False', message: 'no issuer' }] },
      { status: 'Degraded', message: 'no issuer' },
    ],
    [
      'Ready is True',
      { conditions: [{ type: 'Ready', status: 'True', message: 'up to date' }] },
      { status: 'Healthy', message: 'up to date' },
    ],
    ['there are no conditions', {}, { status: 'Progressing', message: 'Waiting for certificate' }],
    ['there is no status', undefined, { status: 'Progressing', message: 'Waiting for certificate' }],
  ])('assess a certificate when %s', async (_name, status, expected) => {
    expect(await run(certificate, { kind: 'Certificate', ...(status === undefined ? {} : { status }) })).toEqual(
      expected,
    );
  });

  it('may compare numbers, count and walk objects in the order of their keys', async () => {
    const object = { status: { replicas: 3, ready: 2 }, labels: { c: '3', a: '1', b: '2' }, list: ['x', 'y'] };
    const script = `
local keys = ""
for key, value in pairs(obj.labels) do keys = keys .. key .. value end
return { behind = obj.status.ready < obj.status.replicas, half = 10 / 4, whole = 10 / 2, count = #obj.list, keys = keys }`;
    expect(await run(script, object)).toEqual({ behind: true, half: 2.5, whole: 5, count: 2, keys: 'a1b2c3' });
  });

  it('must return a table', async () => {
    const outcomes = await engines.lua(
      [
        { script: 'return 1', object: {} },
        { script: 'hs = {}', object: {} },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: false, error: 'expect table output from Lua script, not number' },
      { ok: false, error: 'expect table output from Lua script, not nil' },
    ]);
  });

  it('fail alone, with the line and without a stack trace', async () => {
    const outcomes = await engines.lua(
      [
        { script: 'local status\nreturn { status.phase }', object: {} },
        { script: 'return {\n  status = = 1\n}', object: {} },
        { script: 'error("no such phase")', object: {} },
        { script: 'return { status = "Healthy" }', object: {} },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: false, error: "<string>:2: attempt to index a non-table object(nil) with key 'phase'", line: 2 },
      { ok: false, error: expect.stringContaining('syntax error'), line: 2, column: expect.any(Number) },
      { ok: false, error: '<string>:1: no such phase', line: 1 },
      { ok: true, value: { status: 'Healthy' } },
    ]);
  });
});

describe('libraries', () => {
  it('has base, table and what of os tells the time, when the libraries are not opened', async () => {
    const script = `
local list = { "b", "a" }
table.sort(list)
return { tostring(type(list)), table.concat(list, ","), tostring(os.time()), require("os").date("!%Y-%m-%d"), unpack({ "u" }) }`;
    expect(await run(script)).toEqual(['table', 'a,b', '1769846400', '2026-01-31', 'u']);
    const [closed] = await engines.lua([{ script: 'return { string.upper("x") }', object: {} }], AT);
    expect(closed).toMatchObject({ ok: false, line: 1, error: expect.stringContaining("with key 'upper'") });
  });

  /** https://www.lua.org/manual/5.1/manual.html#5.4 */
  it.each([
    ['string.upper("hello")', 'HELLO'],
    ['("hello world"):find("wor")', 7],
    ['string.format("%5.1f|%s", 3.14159, "x")', '  3.1|x'],
    ['string.gsub("hello world", "(%w+)", "%1 %1", 1)', 'hello hello world'],
    ['string.match("key = value", "^(%w+)%s*=")', 'key'],
    ['("x"):rep(3)', 'xxx'],
    ['math.max(1, 3, 2)', 3],
    ['math.floor(3.7)', 3],
    ['#"length"', 6],
    ['select("#", 1, 2)', 2],
    ['tostring(10 / 2)', '5'],
    ['loadstring("return 1 + 1")()', 2],
    ['coroutine.wrap(function() coroutine.yield(7) end)()', 7],
    ['select(2, pcall(function() error("caught", 0) end))', 'caught'],
  ])('has the standard ones, when they are opened: %s', async (expression, expected) => {
    expect(await run(`local value = ${expression} return { value }`, {}, true)).toEqual([expected]);
  });

  it.each([false, true])('has nothing that reaches outside (opened: %s)', async (openLibraries) => {
    const script = `
return { tostring(io), tostring(dofile), tostring(loadfile), tostring(os.getenv), tostring(os.execute), tostring(os.exit),
  tostring(os.remove), tostring(os.rename), tostring(os.tmpname), tostring(channel), tostring(pcall(require, "io")) }`;
    expect(await run(script, {}, openLibraries)).toEqual([...Array<string>(10).fill('nil'), 'false']);
  });

  it('does not carry globals or changed libraries from one script to the next', async () => {
    const outcomes = await engines.lua(
      [
        { script: 'leak = "x" table.concat = nil os.time = nil return {}', object: {} },
        { script: 'return { tostring(leak), table.concat({ "a" }), type(os.time) }', object: {} },
      ],
      AT,
    );
    expect(outcomes[1]).toEqual({ ok: true, value: ['nil', 'a', 'function'] });
  });
});
