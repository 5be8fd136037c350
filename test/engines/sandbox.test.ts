import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { boundMemory } from '../../src/engines/load.ts';

const AT = '2001-02-03T04:05:06Z';
const engines = createEngines();
afterAll(() => engines.close());
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the module', () => {
  it('sees no environment', async () => {
    vi.stubEnv('TRIMTAB_ENGINES_SECRET', 'hidden');
    const fresh = createEngines();
    const [jq] = await fresh.jq([{ filter: 'env, $ENV, env.TRIMTAB_ENGINES_SECRET', input: null }], AT);
    expect(jq).toEqual({ ok: true, value: [{}, {}, null] });
    await fresh.close();
  });

  it('sees no files', async () => {
    const [imported, included] = await engines.jq(
      [
        { filter: 'import "/etc/passwd" as $p; $p', input: null },
        { filter: 'include "a"; 1', input: null },
      ],
      AT,
    );
    expect(imported).toMatchObject({ ok: false });
    expect(included).toMatchObject({ ok: false });
    const [required] = await engines.lua([{ script: 'return { require("passwd") }', object: {} }], AT);
    expect(required).toMatchObject({ ok: false, error: expect.stringContaining('module passwd not found') });
  });

  it('sees only the time that it is given, in every language', async () => {
    const [template] = await engines.templates([{ template: '{{ now | date "2006-01-02 15:04:05" }}', data: {} }], AT);
    const [expression] = await engines.expressions([{ expression: '[time.Now(), now()]', environment: {} }], AT);
    const [jq] = await engines.jq([{ filter: 'now | todate', input: null }], AT);
    const [lua] = await engines.lua([{ script: 'return { os.time() }', object: {} }], AT);
    expect(template).toEqual({ ok: true, value: '2001-02-03 04:05:06' });
    expect(expression).toEqual({ ok: true, value: [AT, AT] });
    expect(jq).toEqual({ ok: true, value: [AT] });
    expect(lua).toEqual({ ok: true, value: [Date.parse(AT) / 1000] });
  });

  it('gives the same for the same, in one engine and in another', async () => {
    const object = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${(index * 7) % 40}`, index]));
    const all = async (of: typeof engines): Promise<unknown> => [
      await of.templates(
        [{ template: '{{ . }} {{ keys . }} {{ values . }} {{ toJson . }} {{ now }}', data: object }],
        AT,
      ),
      await of.lua([{ script: 'local t = {} for k in pairs(obj) do t[#t + 1] = k end return t', object }], AT),
      await of.jq([{ filter: 'keys, to_entries, tostring', input: object }], AT),
    ];
    const other = createEngines();
    const first = await all(engines);
    expect(await all(engines)).toEqual(first);
    expect(await all(other)).toEqual(first);
    await other.close();
  });

  it('makes passwords that cannot be foretold', async () => {
    const other = createEngines();
    const item = { template: '{{ randAlphaNum 32 }}', data: {} };
    const made = await Promise.all([engines.templates([item, item], AT), other.templates([item], AT)]);
    expect(new Set(made.flat().map((outcome) => outcome.ok && outcome.value)).size).toBe(3);
    await other.close();
  });
});

describe('a module that is not there', () => {
  it('says where it was looked for and what to do', async () => {
    const missing = createEngines({ module: '/nowhere/engines.wasm.br' });
    await expect(missing.jq([{ filter: '.', input: 1 }], AT)).rejects.toMatchObject({
      code: 'not-found',
      message: "The engines' module is not at /nowhere/engines.wasm.br",
      fix: expect.stringContaining('engines.wasm.br'),
    });
    await missing.close();
  });
});

describe('the memory section', () => {
  /** magic, version, a custom section, memory section with a minimum of 300 pages, another section. */
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 0, 2, 1, 120];
  const tail = [7, 1, 0];

  async function bounded(bytes: readonly number[], maxPages: number): Promise<readonly number[]> {
    const whole = await collected([Uint8Array.from(bytes)], maxPages);
    // However the module comes in pieces.
    const inPieces = bytes.map((byte) => Uint8Array.of(byte));
    expect(await collected(inPieces, maxPages)).toEqual(whole);
    return whole;
  }

  async function collected(pieces: readonly Uint8Array[], maxPages: number): Promise<readonly number[]> {
    const found: number[] = [];
    for await (const piece of boundMemory(pieces, maxPages)) found.push(...piece);
    return found;
  }

  it('gets a maximum where it had none', async () => {
    expect(await bounded([...head, 5, 4, 1, 0, 0xac, 2, ...tail], 4096)).toEqual([
      ...head,
      5,
      6,
      1,
      1,
      0xac,
      2,
      0x80,
      32,
      ...tail,
    ]);
  });

  it('gets a smaller maximum in place of the one that it had, never below its minimum', async () => {
    expect(await bounded([...head, 5, 6, 1, 1, 0xac, 2, 0x80, 32, ...tail], 100)).toEqual([
      ...head,
      5,
      6,
      1,
      1,
      0xac,
      2,
      0xac,
      2,
      ...tail,
    ]);
  });

  it('must be there', async () => {
    await expect(bounded(head, 100)).rejects.toThrow('no memory section');
  });
});
