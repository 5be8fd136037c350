import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Answers that were worked out before, on disk. Plain data only. */
export interface Keep {
  /** The kept answer; undefined when there is none, or when its file is not whole any more. */
  get(key: string): Promise<unknown>;
  /** Keeps an answer. A disk that is full or read-only loses it, and stops nobody. */
  put(key: string, answer: unknown): Promise<void>;
}

const MIB = 1024 * 1024;

/**
 * Keeps answers below a folder, one file each, under the digest of their key; what was not used for longest goes first.
 * Safe for several processes: a file is written beside and then renamed, and begins with the digest of the rest of it.
 */
export function createKeep(dir: string, mostBytes: number = 64 * MIB): Keep {
  const fileOf = (key: string): string => join(dir, `${digest(key)}.json`);
  return {
    get: async (key) => {
      const file = fileOf(key);
      const text = await readFile(file, 'utf8').catch(() => '');
      const body = text.slice(text.indexOf('\n') + 1);
      if (text === '' || text !== `${digest(body)}\n${body}`) return undefined;
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined);
      return JSON.parse(body);
    },
    put: async (key, answer) => {
      const file = fileOf(key);
      const body = JSON.stringify(answer);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        const temporary = `${file}.${randomUUID()}`;
        await writeFile(temporary, `${digest(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
        await rename(temporary, file);
        await sweep(dir, mostBytes);
      } catch {
        // It is worked out again next time.
      }
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Removes the files that were not used for longest until the rest is within the limit. */
async function sweep(dir: string, mostBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(dir)).map(async (name) => {
      const found = await stat(join(dir, name)).catch(() => undefined);
      return { name, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= mostBytes) return;
    await rm(join(dir, name), { force: true });
    total -= size;
  }
}
