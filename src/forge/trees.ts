import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Client } from './client.ts';

/** A file, a symlink, a folder (`tree`) or a submodule (`commit`) in a Git tree. */
export interface TreeEntry {
  /** From the tree that was asked for. */
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
}

interface TreeListing {
  readonly entries: readonly TreeEntry[];
  /** More than 100,000 entries, or 7 MB of them: GitHub left the rest out. */
  readonly truncated: boolean;
}

/** One tree, by its SHA or that of a commit; with everything below it when `recursive`. */
export async function listTree(client: Client, repo: RepoName, sha: string, recursive: boolean): Promise<TreeListing> {
  const data = await client.ask(repo, { what: `commit ${sha} in ${repo}` }, (github, at) =>
    github.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...at,
      tree_sha: sha,
      ...(recursive ? { recursive: '1' } : {}),
    }),
  );
  return { entries: data.tree, truncated: data.truncated };
}

/** A file that becomes a symbolic link keeps its blob, where its text is the path; it is another content all the same. */
function contentOf({ mode, sha }: TreeEntry): string {
  return mode === '120000' ? `link:${sha}` : sha;
}

/** The files of a commit. https://docs.github.com/rest/git/trees#get-a-tree */
export function createTrees(client: Client): Pick<Forge, 'tree'> {
  /** Throws Problem `limit-exceeded` for a single folder that holds more than GitHub lists. */
  async function collect(repo: RepoName, sha: string, folder: string, files: Map<string, string>): Promise<void> {
    const all = await listTree(client, repo, sha, true);
    if (!all.truncated) {
      for (const entry of all.entries) if (entry.type === 'blob') files.set(`${folder}${entry.path}`, contentOf(entry));
      return;
    }
    const here = await listTree(client, repo, sha, false);
    if (here.truncated) {
      const name = folder === '' ? 'the root of the repository' : folder;
      throw new Problem('limit-exceeded', `${name} holds more files than GitHub lists.`, {
        where: { repo },
        fix: 'Spread them over folders.',
      });
    }
    for (const entry of here.entries) if (entry.type === 'blob') files.set(`${folder}${entry.path}`, contentOf(entry));
    const folders = here.entries.filter((entry) => entry.type === 'tree');
    await Promise.all(folders.map((entry) => collect(repo, entry.sha, `${folder}${entry.path}/`, files)));
  }

  return {
    async tree(repo, sha) {
      const files = new Map<string, string>();
      await collect(repo, sha, '', files);
      return files;
    },
  };
}
