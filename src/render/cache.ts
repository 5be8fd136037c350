import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../spec/manifest.ts';
import { privateFolder } from './private-folder.ts';

/** Renders that were done, by the digest of all that they depend on. */
export interface RenderCache {
  /** The kept render, or the one that `render` makes, which is then kept. Two that ask at once share one. */
  get(
    key: string,
    render: () => Promise<readonly Manifest[]>,
    /** Asked after the render: whether it may be written to the disk. Default: yes. */
    mayWrite?: () => boolean,
  ): Promise<readonly Manifest[]>;
}

export interface RenderCacheOptions {
  /** Where renders outlive the process. Absent: memory only. Charts make Secrets, so only this user may read it. */
  readonly dir?: string;
  /** Default 64 MiB of JSON. */
  readonly memoryBytes?: number;
  /** Default 256 MiB. */
  readonly diskBytes?: number;
}

const MIB = 1024 * 1024;

/** Makes a cache in memory and, with `dir`, on disk; what was not used for longest goes first. */
export function createRenderCache(options: RenderCacheOptions = {}): RenderCache {
  const memory = createMemory(options.memoryBytes ?? 64 * MIB);
  const disk = options.dir === undefined ? undefined : createDisk(options.dir, options.diskBytes ?? 256 * MIB);
  const running = new Map<string, Promise<readonly Manifest[]>>();
  const find = async (
    key: string,
    render: () => Promise<readonly Manifest[]>,
    mayWrite: () => boolean,
  ): Promise<readonly Manifest[]> => {
    const kept = await disk?.read(key);
    if (kept !== undefined) {
      memory.put(key, kept.manifests, kept.bytes);
      return kept.manifests;
    }
    const manifests = await render();
    const text = JSON.stringify(manifests);
    memory.put(key, manifests, text.length);
    if (mayWrite()) await disk?.write(key, text);
    return manifests;
  };
  return {
    get: async (key, render, mayWrite = () => true) => {
      const known = memory.get(key) ?? running.get(key);
      if (known !== undefined) return known;
      const found = find(key, render, mayWrite).finally(() => running.delete(key));
      running.set(key, found);
      return found;
    },
  };
}

/** A digest of plain data; the order of keys counts, so the same maker gives the same key. */
export function digest(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}

interface Memory {
  get(key: string): readonly Manifest[] | undefined;
  put(key: string, manifests: readonly Manifest[], bytes: number): void;
}

/** A Map keeps the order of insertion: the first is the one that was not used for longest. */
function createMemory(limit: number): Memory {
  const kept = new Map<string, { readonly manifests: readonly Manifest[]; readonly bytes: number }>();
  let total = 0;
  return {
    get: (key) => {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.manifests;
    },
    put: (key, manifests, bytes) => {
      if (bytes > limit || kept.has(key)) return;
      kept.set(key, { manifests, bytes });
      total += bytes;
      for (const [oldest, { bytes: freed }] of kept) {
        if (total <= limit) break;
        kept.delete(oldest);
        total -= freed;
      }
    },
  };
}

interface Disk {
  read(key: string): Promise<{ readonly manifests: readonly Manifest[]; readonly bytes: number } | undefined>;
  write(key: string, text: string): Promise<void>;
}

/** How many bytes are written between two looks at how much lies there. */
const SWEEP_EVERY = 16 * MIB;

function createDisk(dir: string, limit: number): Disk {
  let ready: Promise<string> | undefined;
  let unswept = SWEEP_EVERY;
  const folder = (): Promise<string> => {
    ready ??= privateFolder(dir);
    return ready;
  };
  return {
    read: async (key) => {
      const file = join(await folder(), `${key}.json`);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined);
      const manifests = parsed(text);
      return manifests === undefined ? undefined : { manifests, bytes: text.length };
    },
    write: async (key, text) => {
      const file = join(await folder(), `${key}.json`);
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await rename(temporary, file);
      unswept += text.length;
      if (unswept < SWEEP_EVERY) return;
      unswept = 0;
      await sweep(dir, limit);
    },
  };
}

/** A file that a full disk cut short is no render. */
function parsed(text: string): readonly Manifest[] | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Removes the files that were not used for longest until the rest is within the limit. */
async function sweep(dir: string, limit: number): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const names = await readdir(dir);
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(dir, name)).catch(() => undefined);
      return { name, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= limit) return;
    await rm(join(dir, name), { force: true });
    total -= size;
  }
}
