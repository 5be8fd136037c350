import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Parser, type ReadEntry } from 'tar';
import { Problem } from '../spec/problem.ts';
import { unzipped } from './unzipped.ts';

/** What one archive may hold. */
export interface ExtractLimits {
  readonly files: number;
  /** Unpacked, of all files together. */
  readonly bytes: number;
  readonly fileBytes: number;
}

const EXTRACT_LIMITS: ExtractLimits = {
  files: 200_000,
  bytes: 1024 * 1024 * 1024,
  fileBytes: 256 * 1024 * 1024,
};

export interface Extracted {
  /** Symbolic and hard links, which were left out: they could lead out of the folder. By path. */
  readonly links: readonly string[];
  readonly bytes: number;
}

/** What an archive is like, and what is wanted of it. */
export interface ArchiveShape {
  /** Everything lies in one folder, as GitHub and `git archive` make it, which is left out. Default true. */
  readonly topFolder?: boolean;
  /** Told the id that Git has for the content of each file; of a link it is marked as such, as the forge has it. */
  readonly onId?: ((path: string, id: string) => void) | undefined;
}

/**
 * Unpacks a tar (gzipped or not) into an existing empty folder: plain files and folders only. Throws Problem `unsafe-path` for a path that is absolute, holds `..` or `.git`, or
 * for a device; `limit-exceeded` for too much of anything; `unavailable` when the archive is broken.
 * https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
 */
export async function extract(
  archive: AsyncIterable<Uint8Array>,
  dir: string,
  limits: ExtractLimits = EXTRACT_LIMITS,
  { topFolder = true, onId }: ArchiveShape = {},
): Promise<Extracted> {
  const links: string[] = [];
  const count = { files: 0, bytes: 0 };
  let refused: Problem | undefined;
  const keep = (entry: ReadEntry): boolean => {
    if (refused !== undefined) return false;
    const path = pathIn(entry, topFolder);
    refused = unsafe(entry) ?? tooMuch(entry, count, limits);
    if (refused !== undefined || path === '') return false;
    if (entry.type === 'SymbolicLink' || entry.type === 'Link') {
      links.push(path);
      const target = entry.linkpath ?? '';
      onId?.(path, `link:${gitHash(Buffer.byteLength(target)).update(target).digest('hex')}`);
      return false;
    }
    return true;
  };
  const parser = new Parser({ strict: true, filter: (_, entry) => 'header' in entry && keep(entry) });
  const folders = new Set<string>();
  const open = new Set<number>();
  parser.on('entry', (entry: ReadEntry) => {
    try {
      write(entry, pathIn(entry, topFolder), dir, { folders, open, onId });
    } catch (thrown) {
      parser.abort(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  });
  // The end of a tar; what comes behind it the library would keep.
  let isOver = false;
  parser.on('eof', () => {
    isOver = true;
  });
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  try {
    for await (const chunk of unzipped(archive)) {
      if (refused !== undefined || isOver) break;
      if (!parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)))
        await Promise.race([once(parser, 'drain'), ended]);
    }
    parser.end();
    await ended;
  } catch (thrown) {
    throw refused ?? broken(thrown);
  } finally {
    for (const file of open) closeSync(file);
  }
  if (refused !== undefined) throw refused;
  return { links: links.sort(), bytes: count.bytes };
}

/** The folders that are there, and the files that are being written. */
interface Written {
  readonly folders: Set<string>;
  readonly open: Set<number>;
  readonly onId: ArchiveShape['onId'];
}

/** Where an entry goes in the folder; '' for the folder itself, and for what lies beside the top folder. */
function pathIn({ path }: ReadEntry, topFolder: boolean): string {
  const inside = topFolder ? (/^[^/]+\/(.*)$/s.exec(path)?.[1] ?? '') : path;
  return posix.normalize(inside).replace(/\/+$/, '').replace(/^\.$/, '');
}

/** https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage */
function gitHash(bytes: number): Hash {
  return createHash('sha1').update(`blob ${bytes}\0`);
}

/**
 * Writes one entry as it comes, without waiting: a repository is thousands of small files, and handing each of their few
 * system calls to another thread and back takes ten times longer than the calls. No link is ever made, so a path that
 * has no `..` stays in the folder.
 */
function write(entry: ReadEntry, path: string, dir: string, { folders, open, onId }: Written): void {
  const folder = entry.type === 'Directory' || entry.type === 'GNUDumpDir' ? path : posix.dirname(path);
  if (folder !== '.' && !folders.has(folder)) mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
  folders.add(folder);
  if (folder === path) {
    entry.resume();
    return;
  }
  const file = openSync(join(dir, path), 'w', 0o600);
  open.add(file);
  const hash = onId === undefined ? undefined : gitHash(entry.size);
  entry.on('data', (chunk) => {
    writeFully(file, chunk);
    hash?.update(chunk);
  });
  entry.on('end', () => {
    open.delete(file);
    closeSync(file);
    if (hash !== undefined) onId?.(path, hash.digest('hex'));
  });
}

function writeFully(file: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}

const PLAIN = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']);

function unsafe(entry: ReadEntry): Problem | undefined {
  const shown = JSON.stringify(entry.path.slice(0, 200));
  const parts = entry.path.split('/');
  const leads = entry.path.startsWith('/') || parts.includes('..') || /[\0\\]/.test(entry.path);
  if (leads || parts.some((part) => part.toLowerCase() === '.git')) {
    return new Problem('unsafe-path', `The archive holds the path ${shown}, which no commit can hold.`, {
      fix: 'Nothing of this commit is used. Look at where the archive comes from.',
    });
  }
  if (PLAIN.has(entry.type) || entry.type === 'SymbolicLink' || entry.type === 'Link') return undefined;
  return new Problem('unsafe-path', `The archive holds ${shown}, which is a ${entry.type}, not a file.`, {
    fix: 'Nothing of this commit is used. Look at where the archive comes from.',
  });
}

function tooMuch(
  entry: ReadEntry,
  count: { files: number; bytes: number },
  limits: ExtractLimits,
): Problem | undefined {
  count.files += 1;
  count.bytes += entry.size;
  const over =
    count.files > limits.files
      ? `more than ${limits.files} files`
      : count.bytes > limits.bytes
        ? `more than ${limits.bytes} bytes`
        : entry.size > limits.fileBytes
          ? `a file of more than ${limits.fileBytes} bytes, ${JSON.stringify(entry.path.slice(0, 200))}`
          : undefined;
  if (over === undefined) return undefined;
  return new Problem('limit-exceeded', `The repository holds ${over}.`, {
    fix: 'Keep what is deployed in a repository of its own, without large files.',
  });
}

function broken(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem('unavailable', 'The archive of the commit came broken or incomplete.', {
    cause,
    retryAfterSeconds: 10,
  });
}
