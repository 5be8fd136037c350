import { Header, type HeaderData, Pax } from 'tar';
import { Problem } from '../spec/problem.ts';
import type { Pack } from './pack.ts';

const FOLDER = '40000';
const LINK = '120000';
/** A commit of another repository in the place of a folder. */
const SUBMODULE = '160000';

/** Folders in folders; deeper than any that was meant. */
const DEEPEST = 200;
/** Entries of all folders: a small pack can name one folder again and again. */
const MOST_ENTRIES = 400_000;

interface GitFile {
  readonly path: string;
  readonly mode: string;
  readonly data: Buffer;
}

/**
 * The files of a commit as an archive with one top folder, as GitHub makes them: links as links, submodules left out. Throws
 * Problem `not-found` for a commit that the pack has not, `limit-exceeded`.
 */
export function* archiveOf(pack: Pack, commit: string): Generator<Uint8Array> {
  for (const { path, mode, data } of filesOf(pack, commit)) {
    const entry = { path: `files/${path}`, mode: 0o644 };
    if (mode === LINK) yield* headersOf({ ...entry, type: 'SymbolicLink', linkpath: data.toString(), size: 0 });
    else {
      yield* headersOf({ ...entry, type: 'File', size: data.length });
      yield data;
      yield Buffer.alloc((512 - (data.length % 512)) % 512);
    }
  }
  yield Buffer.alloc(1024);
}

function* headersOf(entry: HeaderData): Generator<Uint8Array> {
  const block = Buffer.alloc(512);
  const header = new Header(entry);
  if (header.encode(block, 0)) yield new Pax(entry).encode();
  yield block;
}

function* filesOf(pack: Pack, commit: string): Generator<GitFile> {
  const found = pack.read(commit);
  const [, tree] =
    found?.type === 'commit' ? (/^tree ([0-9a-f]{40})\n/.exec(found.data.toString('latin1', 0, 64)) ?? []) : [];
  if (tree === undefined) {
    throw new Problem('not-found', `There is no commit ${commit}, or the server does not give it by its id.`, {
      where: { field: 'spec.source.targetRevision' },
      fix: 'Write a branch or a tag, or a commit that one of them is at.',
    });
  }
  const count = { entries: 0 };
  yield* filesBelow(pack, tree, '', count, 0);
}

function* filesBelow(
  pack: Pack,
  tree: string,
  folder: string,
  count: { entries: number },
  depth: number,
): Generator<GitFile> {
  if (depth > DEEPEST) throw tooMuch(`folders that lie more than ${DEEPEST} deep in each other`);
  const { data } = objectOf(pack, tree, 'tree');
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    if (space === -1 || end === -1 || end + 21 > data.length) throw broken();
    const mode = data.toString('latin1', at, space);
    const path = `${folder}${data.toString('utf8', space + 1, end)}`;
    const id = data.toString('hex', end + 1, end + 21);
    at = end + 21;
    count.entries += 1;
    if (count.entries > MOST_ENTRIES) throw tooMuch(`more than ${MOST_ENTRIES} files and folders`);
    if (mode === FOLDER) yield* filesBelow(pack, id, `${path}/`, count, depth + 1);
    else if (mode !== SUBMODULE) yield { path, mode, data: objectOf(pack, id, 'blob').data };
  }
}

function objectOf(pack: Pack, id: string, type: 'tree' | 'blob'): { readonly data: Buffer } {
  const found = pack.read(id);
  if (found?.type !== type) throw broken();
  return found;
}

function broken(): Problem {
  return new Problem('unavailable', 'The commit came broken or incomplete.', { retryAfterSeconds: 10 });
}

function tooMuch(what: string): Problem {
  return new Problem('limit-exceeded', `The repository holds ${what}.`, {
    fix: 'Keep what is deployed in a repository of its own, without large files.',
  });
}
