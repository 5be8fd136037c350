import { posix } from 'node:path';
import type { RenderInput, Source } from '../spec/ports.ts';
import { closure } from './closure.ts';
import { filesWithin, type Tree } from './content-key.ts';

type Input = Omit<RenderInput, 'facts'>;

/** How many closures are kept: those of the applications of a large installation. */
const MOST = 20_000;

/** Looking through more files than this takes longer than finding the closure again. */
const MOST_FILES = 500;

interface Kept {
  readonly paths: readonly string[];
  /** The folders that were looked at, and what lay in them. */
  readonly folders: readonly string[];
  readonly content: string;
}

/**
 * Closures, found again only where a commit changes something that was looked at: a preview compares two commits that
 * have nearly everything in common, and asks for the closure of every application at both.
 */
export function createClosures(treeOf: Source['tree']): (input: Input) => Promise<readonly string[]> {
  const known = new Map<string, Kept>();
  return async (input) => {
    const { application, source, checkout } = input;
    const { name } = application.metadata;
    const { namespace = '' } = application.spec.destination;
    const key = JSON.stringify([name, namespace, application.spec.project, source, checkout.links ?? []]);
    // The commit itself is one of the variables that may stand in a path.
    if (key.includes('$')) return closure(input);
    const tree = await treeOf(checkout.repoURL, checkout.revision);
    const kept = known.get(key);
    if (kept !== undefined && contentOf(kept.folders, tree) === kept.content) return kept.paths;
    const paths = await closure(input);
    const folders = [...new Set([...paths.map(folderOf), `${posix.normalize(source.path ?? '')}/`])].map(plain);
    known.delete(key);
    if (folders.some((folder) => filesWithin(folder, tree).length > MOST_FILES)) return paths;
    known.set(key, { paths, folders, content: contentOf(folders, tree) });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return paths;
  };
}

/** A folder stands for itself; of a file, which may not be there, what lies beside it counts. */
function folderOf(path: string): string {
  return path.endsWith('/') ? path : `${posix.dirname(path)}/`;
}

function plain(folder: string): string {
  return folder.replace(/^(\.?\/)+/, '').replace(/\/+$/, '/');
}

/** Names and content of all that lies in the folders. */
function contentOf(folders: readonly string[], tree: Tree): string {
  return folders
    .map((folder) =>
      filesWithin(folder, tree)
        .map((file) => `${file}\0${tree.get(file)}`)
        .join('\n'),
    )
    .join('\n\n');
}
