import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { Problem } from '../spec/problem.ts';

/** What a pack may hold. */
export interface PackLimits {
  readonly objects: number;
  /** Unpacked, of all objects together. */
  readonly bytes: number;
  readonly objectBytes: number;
}

const PACK_LIMITS: PackLimits = { objects: 400_000, bytes: 1024 * 1024 * 1024, objectBytes: 256 * 1024 * 1024 };

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

/** The objects of a pack, by id. */
export interface Pack {
  /** Undefined for one that is not in it. */
  read(id: string): GitObject | undefined;
}

/** One object as it lies in the pack: whole, or as what differs from another one. */
interface Entry {
  /** Where its compressed bytes begin. */
  readonly at: number;
  readonly size: number;
  readonly type: ObjectType | 'delta';
  /** Of a delta: where the entry that it is based on begins, or its id. */
  readonly base?: number | string;
}

const TYPES: Readonly<Record<number, Entry['type']>> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  6: 'delta',
  7: 'delta',
};
const BY_ID = 7;
/** Git makes chains of 50 at most, of 250 when it is told to. */
const LONGEST_CHAIN = 1000;
/** Of objects that others are based on, kept in memory. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** How often all that a pack may hold is unpacked at most, again and again, since others are based on it. */
const MOST_WORK = 8;
/** How deep bases may come after what is based on them. */
const MOST_PASSES = 300;
/** Objects after which others have their turn. */
const AT_A_TIME = 500;

/**
 * Reads a pack: every object is unpacked once to learn its id, which is the digest of what it is, and again when it is asked
 * for. A size is looked at before anything is unpacked, so a small pack can't fill the memory. Throws Problem
 * `unavailable` for a broken pack, `limit-exceeded` for one that holds too much. https://git-scm.com/docs/gitformat-pack
 */
export async function readPack(bytes: Buffer, limits: PackLimits = PACK_LIMITS): Promise<Pack> {
  if (bytes.length < 32 || bytes.toString('latin1', 0, 4) !== 'PACK' || bytes.readUInt32BE(4) !== 2) throw broken();
  const count = bytes.readUInt32BE(8);
  if (count > limits.objects) throw tooMuch(`more than ${limits.objects} objects`);
  const entries = new Map<number, Entry>();
  const ids = new Map<string, number>();
  const objects = createObjects(bytes, { entries, ids }, limits);
  const waiting: number[] = [];
  let at = 12;
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = entryAt(bytes, at, limits);
    entries.set(at, entry);
    const { data, used } = inflated(bytes, entry);
    total += entry.type === 'delta' ? resultSize(data, limits) : data.length;
    if (total > limits.bytes) throw tooMuch(`more than ${limits.bytes} bytes`);
    if (entry.type === 'delta') waiting.push(at);
    else ids.set(idOf({ type: entry.type, data }), at);
    at = entry.at + used;
    if (index % AT_A_TIME === 0) await turn();
  }
  // A base by id may come after what is based on it, and be a delta itself.
  for (let left = waiting, pass = 0; left.length > 0; pass += 1) {
    const next: number[] = [];
    for (const [index, start] of left.entries()) {
      const object = objects.at(start);
      if (object === undefined) next.push(start);
      else ids.set(idOf(object), start);
      if (index % AT_A_TIME === 0) await turn();
    }
    if (next.length === left.length || pass === MOST_PASSES) throw broken();
    left = next;
  }
  return {
    read: (id) => {
      const start = ids.get(id);
      return start === undefined ? undefined : objects.at(start);
    },
  };
}

/** Objects by where they begin; undefined while the base of one is not known yet. */
function createObjects(
  bytes: Buffer,
  { entries, ids }: { readonly entries: ReadonlyMap<number, Entry>; readonly ids: ReadonlyMap<string, number> },
  limits: PackLimits,
): { at(start: number): GitObject | undefined } {
  const kept = new Map<number, GitObject>();
  let keptBytes = 0;
  let work = 0;
  const keep = (start: number, object: GitObject): GitObject => {
    kept.set(start, object);
    keptBytes += object.data.length;
    work += object.data.length;
    if (work > MOST_WORK * limits.bytes) throw tooMuch('files that differ from each other in too many steps');
    for (const [oldest, { data }] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(oldest);
      keptBytes -= data.length;
    }
    return object;
  };
  return {
    at: (start) => {
      // From the delta that is asked for down to what is whole, and up again.
      const chain: { readonly start: number; readonly entry: Entry }[] = [];
      let object = kept.get(start);
      for (let next: number | undefined = start; object === undefined; ) {
        const entry: Entry | undefined = next === undefined ? undefined : entries.get(next);
        if (next === undefined || entry === undefined) return undefined;
        if (entry.type !== 'delta') object = keep(next, { type: entry.type, data: inflated(bytes, entry).data });
        else {
          chain.push({ start: next, entry });
          if (chain.length > LONGEST_CHAIN) throw broken();
          next = typeof entry.base === 'string' ? ids.get(entry.base) : entry.base;
          object = next === undefined ? undefined : kept.get(next);
        }
      }
      for (const { start: next, entry } of chain.reverse()) {
        object = keep(next, { type: object.type, data: patched(object.data, inflated(bytes, entry).data, limits) });
      }
      return object;
    },
  };
}

/** The head of an entry: type and size in groups of bits, and, of a delta, what it is based on. */
function entryAt(bytes: Buffer, start: number, limits: PackLimits): Entry {
  let at = start;
  let byte = byteAt(bytes, at++);
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let shift = 4; byte >= 128; shift += 7) {
    byte = byteAt(bytes, at++);
    size += (byte & 127) * 2 ** shift;
    if (size > limits.objectBytes) throw tooMuch(`a file of more than ${limits.objectBytes} bytes`);
  }
  const type = TYPES[kind];
  if (type === undefined) throw broken();
  if (type !== 'delta') return { at, size, type };
  if (kind === BY_ID) return { at: at + 20, size, type, base: bytes.toString('hex', at, at + 20) };
  byte = byteAt(bytes, at++);
  let back = byte & 127;
  while (byte >= 128) {
    byte = byteAt(bytes, at++);
    back = (back + 1) * 128 + (byte & 127);
  }
  if (back <= 0 || back > start) throw broken();
  return { at, size, type, base: start - back };
}

function inflated(bytes: Buffer, { at, size }: Entry): { readonly data: Buffer; readonly used: number } {
  try {
    const { buffer, engine } = inflateSync(bytes.subarray(at), {
      maxOutputLength: Math.max(1, size),
      chunkSize: Math.min(65_536, Math.max(64, size)),
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    if (buffer.length === size) return { data: buffer, used: engine.bytesWritten };
  } catch {
    // zlib says which byte is wrong, which helps nobody.
  }
  throw broken();
}

/** https://git-scm.com/docs/gitformat-pack#_deltified_representation */
function patched(base: Buffer, delta: Buffer, limits: PackLimits): Buffer {
  const from = numberAt(delta, 0);
  const to = numberAt(delta, from.next);
  if (from.value !== base.length || to.value > limits.objectBytes) throw broken();
  const result = Buffer.allocUnsafe(to.value);
  let written = 0;
  for (let at = to.next; at < delta.length; ) {
    const code = byteAt(delta, at++);
    if (code >= 128) {
      const parts = [0, 1, 2, 3, 4, 5, 6].map((bit) => ((code >> bit) & 1 ? byteAt(delta, at++) : 0));
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = parts;
      const offset = a + b * 256 + c * 65_536 + d * 16_777_216;
      const size = e + f * 256 + g * 65_536 || 65_536;
      if (offset + size > base.length || written + size > result.length) throw broken();
      base.copy(result, written, offset, offset + size);
      written += size;
    } else {
      if (code === 0 || at + code > delta.length || written + code > result.length) throw broken();
      delta.copy(result, written, at, at + code);
      at += code;
      written += code;
    }
  }
  if (written !== result.length) throw broken();
  return result;
}

/** What a delta says that it makes. */
function resultSize(delta: Buffer, limits: PackLimits): number {
  const { value } = numberAt(delta, numberAt(delta, 0).next);
  if (value > limits.objectBytes) throw tooMuch(`a file of more than ${limits.objectBytes} bytes`);
  return value;
}

function numberAt(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, factor = 1; factor < 2 ** 50; factor *= 128) {
    const byte = byteAt(bytes, at++);
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next: at };
  }
  throw broken();
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw broken();
  return byte;
}

function idOf({ type, data }: GitObject): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex');
}

function broken(): Problem {
  return new Problem('unavailable', 'The commit came broken or incomplete.', { retryAfterSeconds: 10 });
}

function tooMuch(what: string): Problem {
  return new Problem('limit-exceeded', `The repository holds ${what}.`, {
    fix: 'Keep what is deployed in a repository of its own, without large files.',
  });
}
