import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../src/source/git-files.ts';
import { readPack } from '../../src/source/pack.ts';
import { Problem } from '../../src/spec/problem.ts';
import { problemOf } from './archive.ts';

const KIND = { commit: 1, tree: 2, blob: 3, delta: 7 } as const;
const LIMITS = { objects: 100, bytes: 1024 * 1024, objectBytes: 256 * 1024 };

interface Item {
  readonly kind: keyof typeof KIND;
  readonly data: Buffer;
  /** What the pack says of its size, where that is not so. */
  readonly size?: number;
  readonly base?: string;
}

function head({ kind, data, size = data.length, base = '' }: Item): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (KIND[kind] << 4) | (size & 15);
  for (; rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 128);
    byte = rest & 127;
  }
  return Buffer.concat([Buffer.from([...bytes, byte]), Buffer.from(base, 'hex')]);
}

/** https://git-scm.com/docs/gitformat-pack */
function packOf(...items: readonly Item[]): Buffer {
  const start = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  start.writeUInt32BE(items.length, 8);
  const bytes = Buffer.concat([start, ...items.flatMap((item) => [head(item), deflateSync(item.data, { level: 9 })])]);
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

function idOf(type: string, data: Buffer): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex');
}

function number(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...number(Math.floor(value / 128))];
}

/** A delta that copies the first 64 KiB of its base again and again. */
function copies(baseSize: number, times: number, says = times * 65_536): Buffer {
  return Buffer.from([...number(baseSize), ...number(says), ...Array.from({ length: times }, () => 128)]);
}

describe('a pack from a server that means harm', () => {
  it('whose object unpacks to more than it says is left before it fills the memory', async () => {
    const bomb = packOf({ kind: 'blob', data: Buffer.alloc(64 * 1024 * 1024), size: 10 });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await problemOf(readPack(bomb, LIMITS))).toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['an object', packOf({ kind: 'blob', data: Buffer.alloc(300 * 1024) })],
    [
      'all objects together',
      packOf(...Array.from({ length: 5 }, (_, i) => ({ kind: 'blob' as const, data: Buffer.alloc(250_000, i) }))),
    ],
    [
      'their number',
      packOf(...Array.from({ length: 101 }, (_, i) => ({ kind: 'blob' as const, data: Buffer.from([i]) }))),
    ],
  ])('is left where %s is more than it may be', async (_, bytes) => {
    expect(await problemOf(readPack(bytes, LIMITS))).toMatchObject({ code: 'limit-exceeded' });
  });

  it('whose differences make a small file a large one is left', async () => {
    const base = Buffer.alloc(65_536, 1);
    const id = idOf('blob', base);
    const honest = packOf({ kind: 'blob', data: base }, { kind: 'delta', base: id, data: copies(65_536, 1000) });
    expect(await problemOf(readPack(honest, LIMITS))).toMatchObject({ code: 'limit-exceeded' });
    const lying = packOf({ kind: 'blob', data: base }, { kind: 'delta', base: id, data: copies(65_536, 1000, 10) });
    expect(await problemOf(readPack(lying, LIMITS))).toMatchObject({ code: 'unavailable' });
  });

  it('in which one folder lies in itself, by many names, is left', async () => {
    let tree = Buffer.from('100644 a\0'.concat('\0'.repeat(20)), 'latin1');
    const blob = Buffer.from('x');
    const items: Item[] = [{ kind: 'blob', data: blob }];
    tree = Buffer.concat([Buffer.from('100644 a\0'), Buffer.from(idOf('blob', blob), 'hex')]);
    for (let depth = 0; depth < 8; depth += 1) {
      items.push({ kind: 'tree', data: tree });
      const id = Buffer.from(idOf('tree', tree), 'hex');
      tree = Buffer.concat(Array.from({ length: 10 }, (_, i) => Buffer.concat([Buffer.from(`40000 ${i}\0`), id])));
    }
    items.push({ kind: 'tree', data: tree });
    const commit = Buffer.from(`tree ${idOf('tree', tree)}\n`);
    const pack = await readPack(packOf(...items, { kind: 'commit', data: commit }), LIMITS);
    const all = async (): Promise<void> => {
      for (const _ of archiveOf(pack, idOf('commit', commit)));
    };
    expect(await problemOf(all())).toMatchObject({ code: 'limit-exceeded' });
  });
});

describe('a pack', () => {
  it('gives objects by the digest of what they are, in whatever order they come', async () => {
    const base = Buffer.from('hello, hello, hello');
    const changed = Buffer.from([base.length, 6, 0b1001_0000, 5, 1, '!'.charCodeAt(0)]);
    const pack = await readPack(
      packOf({ kind: 'delta', base: idOf('blob', base), data: changed }, { kind: 'blob', data: base }),
    );
    expect(pack.read(idOf('blob', Buffer.from('hello!')))?.data.toString()).toBe('hello!');
    expect(pack.read(idOf('blob', base))).toEqual({ type: 'blob', data: base });
    expect(pack.read('1'.repeat(40))).toBeUndefined();
  });

  it('that lacks what a difference is to is broken', async () => {
    const pack = packOf({ kind: 'delta', base: '1'.repeat(40), data: copies(65_536, 1) });
    expect(await problemOf(readPack(pack))).toMatchObject({ code: 'unavailable' });
  });

  it('that is cut or changed anywhere gives a problem, or what its ids say, and never anything else', async () => {
    const base = Buffer.from('hello, hello, hello');
    const id = idOf('blob', base);
    const whole = packOf(
      { kind: 'blob', data: base },
      { kind: 'delta', base: id, data: Buffer.from([base.length, 5, 0b1001_0000, 5]) },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at] = byte;
        try {
          const found = (await readPack(bytes)).read(id);
          if (found !== undefined) expect(found.data).toEqual(base);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
