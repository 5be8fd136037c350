import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { onTestFinished } from 'vitest';
import { Problem } from '../../src/spec/problem.ts';

/** One entry of an archive; a plain file unless `type` says otherwise. */
export interface Item extends Partial<HeaderData> {
  readonly path: string;
  readonly text?: string;
}

/** A tar.gz with exactly these entries, however wrong they are. */
export function archiveOf(items: readonly Item[]): Buffer {
  const blocks = items.flatMap(({ text = '', ...header }) => {
    const content = Buffer.from(text);
    const block = Buffer.alloc(512);
    new Header({ size: content.length, type: 'File', mode: 0o644, ...header }).encode(block, 0);
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** Comes in small pieces, as from a network. */
export async function* inPieces(archive: Uint8Array, size = 700): AsyncIterable<Uint8Array> {
  for (let start = 0; start < archive.length; start += size) yield archive.subarray(start, start + size);
}

/** Who is told how to clear away, and does it in the end. */
export type Until = (end: () => void | Promise<void>) => void;

/** An empty folder, removed when the test is over. */
export async function emptyFolder(until: Until = onTestFinished): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'trimtab-source-'));
  until(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The Problem that a task ends with. */
export async function problemOf(task: Promise<unknown>): Promise<Problem> {
  const thrown = await task.then(
    (value) => new Error(`expected a Problem, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}
