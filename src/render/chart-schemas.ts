import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import type { HelmSource } from '../spec/application.ts';
import { Problem } from '../spec/problem.ts';
import type { Context } from './context.ts';

const SCHEMA = 'values.schema.json';

/**
 * Throws Problem `unsupported` when a schema of the chart, or of a chart inside of it, refers to another file or URL:
 * helm would fetch it, from loopback and by `file:` as well, where no proxy stands in between.
 * https://helm.sh/docs/topics/charts/#schema-files
 */
export async function refuseRemoteSchemas(context: Context, helm: HelmSource): Promise<void> {
  if (helm.skipSchemaValidation === true) return;
  await lookInto(context.input.checkout.dir, context.folder);
}

/** The same for a chart that lies at `folder` (of the paths in messages) below `root`. */
export async function lookInto(root: string, folder: string): Promise<void> {
  const file = posix.join(folder, SCHEMA);
  const text = await readFile(join(root, file), 'utf8').catch(() => undefined);
  if (text !== undefined) refuseRemote(text, file);
  const charts = posix.join(folder, 'charts');
  const entries = await readdir(join(root, charts), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = posix.join(charts, entry.name);
    if (entry.isDirectory()) await lookInto(root, path);
    else if (/\.t(ar\.)?gz$/.test(entry.name)) {
      for (const schema of await schemasIn(join(root, path))) refuseRemote(schema, path);
    }
  }
}

/** An archive of a chart is small; more than this is none that helm would take (its own limit is 100 MiB unpacked). */
const ARCHIVE_BYTES = 100 * 1024 * 1024;

/** What is no archive is left to helm, which says so; so is what it would not take. */
async function schemasIn(archive: string): Promise<readonly string[]> {
  const found: Promise<string>[] = [];
  const parser = new Parser({
    onReadEntry: (entry: ReadEntry) => {
      if (posix.basename(entry.path) === SCHEMA) found.push(entry.concat().then((content) => content.toString()));
      else entry.resume();
    },
  });
  let isOver = false;
  parser.on('eof', () => {
    isOver = true;
  });
  await pipeline(createReadStream(archive), createGunzip(), async (pieces: AsyncIterable<Buffer>) => {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      // The library would keep what comes behind the end of a tar.
      if (isOver || bytes > ARCHIVE_BYTES) break;
      if (!parser.write(piece)) await once(parser, 'drain');
    }
    parser.end();
  }).catch(() => undefined);
  return Promise.all(found);
}

function refuseRemote(text: string, file: string): void {
  const schema = parsed(text);
  const ids = new Set<string>();
  const references = new Set<string>();
  collect(schema, ids, references);
  for (const reference of references) {
    const [base = ''] = reference.split('#');
    if (base === '' || ids.has(base) || /^https?:\/\/json-schema\.org\//.test(base)) continue;
    throw new Problem(
      'unsupported',
      `The schema refers to ${JSON.stringify(reference.slice(0, 200))}, outside of itself.`,
      {
        where: { file },
        fix: 'Copy the referenced schema into this one, or set spec.source.helm.skipSchemaValidation: true.',
      },
    );
  }
}

/** What is no JSON is left to helm, which says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REFERENCES = new Set(['$ref', '$schema', '$dynamicRef', '$recursiveRef']);

function collect(schema: unknown, ids: Set<string>, references: Set<string>): void {
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, value] of Object.entries(next)) {
      if (typeof value !== 'string') waiting.push(value);
      else if (REFERENCES.has(key)) references.add(value);
      else if (key === '$id' || key === 'id') ids.add(value.split('#')[0] ?? '');
    }
  }
}
