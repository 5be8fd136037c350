import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { type Client, ONCE } from './client.ts';
import { MOST_IN_COMMENT, shorten } from './shorten.ts';
import { listTree, type TreeEntry } from './trees.ts';

type Proposal = Parameters<Forge['proposeTrees']>[1];
type Opened = Awaited<ReturnType<Forge['proposeTrees']>>;

interface Path {
  /** Without slashes at the ends; empty for the whole repository. */
  readonly path: string;
  readonly at: string;
}

type Mode = '100644' | '100755' | '040000' | '160000' | '120000';

/** What GitHub is asked to change in a tree; `sha: null` removes. */
interface TreeChange {
  readonly path: string;
  readonly mode: Mode;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string | null;
}

/**
 * A commit that gives paths the content of other commits, through the Git data API, and a pull request for it. Whole
 * trees are put in by their SHA: nothing is downloaded, nothing is merged, so nothing can conflict.
 * https://docs.github.com/rest/git/trees#create-a-tree
 */
export function createProposals(client: Client): Pick<Forge, 'proposeTrees'> {
  async function findOpen(repo: RepoName, branch: string): Promise<Opened | undefined> {
    const data = await client.ask(repo, { what: `pull requests in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'open', head: `${at.owner}:${branch}` }),
    );
    const found = data.find((pull) => pull.head.ref === branch);
    return found === undefined ? undefined : { number: found.number, url: found.html_url };
  }

  async function tipOf(repo: RepoName, branch: string): Promise<string> {
    const data = await client.ask(repo, { what: `branch ${branch} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: `heads/${branch}` }),
    );
    return data.object.sha;
  }

  async function treeOf(repo: RepoName, commit: string): Promise<string> {
    const data = await client.ask(repo, { what: `commit ${commit} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at, commit_sha: commit }),
    );
    return data.tree.sha;
  }

  /** What stands at a path of a tree, found folder by folder; undefined where nothing does. */
  async function entryAt(repo: RepoName, tree: string, path: string): Promise<TreeEntry | undefined> {
    const [first = '', ...rest] = path.split('/');
    const { entries } = await listTree(client, repo, tree, false);
    const entry = entries.find((each) => each.path === first);
    if (entry === undefined || rest.length === 0) return entry;
    return entry.type === 'tree' ? entryAt(repo, entry.sha, rest.join('/')) : undefined;
  }

  async function changesOf(repo: RepoName, tree: string, { path, at }: Path): Promise<readonly TreeChange[]> {
    const wantedTree = await treeOf(repo, at);
    const [now, then] = await Promise.all([entryAt(repo, tree, path), entryAt(repo, wantedTree, path)]);
    if (now?.sha === then?.sha && now?.mode === then?.mode) return [];
    if (then !== undefined) return [{ path, mode: asMode(then), type: asType(then), sha: then.sha }];
    return now === undefined ? [] : await removalsOf(repo, path, now);
  }

  /** GitHub removes files only (a folder with `sha: null` is answered with 422), so a folder goes file by file. */
  async function removalsOf(repo: RepoName, path: string, entry: TreeEntry): Promise<readonly TreeChange[]> {
    if (entry.type !== 'tree') return [{ path, mode: asMode(entry), type: asType(entry), sha: null }];
    const { entries, truncated } = await listTree(client, repo, entry.sha, true);
    if (truncated) {
      throw new Problem('limit-exceeded', `${path} holds more files than can be removed in one commit.`, {
        where: { repo, file: path },
        fix: 'Remove it by hand.',
      });
    }
    return entries
      .filter((each) => each.type !== 'tree')
      .map((each) => ({ path: `${path}/${each.path}`, mode: asMode(each), type: asType(each), sha: null }));
  }

  /** The tree that results. A path inside another one is put in after it, so that the narrower path wins. */
  async function treeWith(repo: RepoName, base: string, paths: readonly Path[]): Promise<string> {
    const [first, ...rest] = layers(paths);
    if (first === undefined) return base;
    const whole = first.find(({ path }) => path === '');
    if (whole !== undefined) return treeWith(repo, await treeOf(repo, whole.at), rest.flat());
    const changes = (await Promise.all(first.map((path) => changesOf(repo, base, path)))).flat();
    if (changes.length === 0) return treeWith(repo, base, rest.flat());
    const data = await client.ask(repo, { what: `tree of ${repo}` }, (github, at) =>
      github.request('POST /repos/{owner}/{repo}/git/trees', { ...at, base_tree: base, tree: changes }),
    );
    return treeWith(repo, data.sha, rest.flat());
  }

  /** Sets our branch, whether or not it is there: a proposal that was closed, or one that broke off, leaves it behind. */
  async function setBranch(repo: RepoName, branch: string, sha: string): Promise<void> {
    const about = { what: `branch ${branch} in ${repo}` };
    try {
      await client.ask(repo, about, (github, at) =>
        github.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: `refs/heads/${branch}`, sha }),
      );
    } catch (thrown) {
      if (!(thrown instanceof Problem && thrown.code === 'bad-request')) throw thrown;
      await client.ask(repo, about, (github, at) =>
        github.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
          ...at,
          ref: `heads/${branch}`,
          sha,
          force: true,
        }),
      );
    }
  }

  return {
    /** Throws Problem `bad-command` when every path has that content already, `not-found` for a missing base or commit. */
    async proposeTrees(repo, proposal) {
      const there = await findOpen(repo, proposal.branch);
      if (there !== undefined) return there;
      const parent = await tipOf(repo, proposal.base);
      const base = await treeOf(repo, parent);
      const tree = await treeWith(repo, base, proposal.paths.map(normalised));
      if (tree === base) throw nothingDiffers(repo, proposal);
      const message = `${proposal.title}\n\n${proposal.body}`;
      const commit = await client.ask(repo, { what: `commit ${parent} in ${repo}` }, (github, at) =>
        github.request('POST /repos/{owner}/{repo}/git/commits', { ...at, message, tree, parents: [parent] }),
      );
      await setBranch(repo, proposal.branch, commit.sha);
      const { title, base: into, branch } = proposal;
      const body = shorten(proposal.body, MOST_IN_COMMENT);
      const pull = await client.ask(repo, { what: `branch ${into} in ${repo}` }, (github, at) =>
        github.request('POST /repos/{owner}/{repo}/pulls', { ...at, ...ONCE, title, body, base: into, head: branch }),
      );
      return { number: pull.number, url: pull.html_url };
    },
  };
}

function nothingDiffers(repo: RepoName, { paths, base }: Proposal): Problem {
  const named = paths.map(({ path }) => (path === '' ? 'the whole repository' : path)).join(', ');
  return new Problem('bad-command', `Nothing differs: on ${base}, ${named} has that content already.`, {
    where: { repo },
    fix: 'Choose another revision.',
  });
}

function normalised({ path, at }: Path): Path {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return { path: parts.join('/'), at };
}

/**
 * Paths by how many others they lie in, the widest first. A path whose next wider one comes from the same commit is
 * left out, for it comes with that; of a path that is named twice the last counts.
 */
function layers(paths: readonly Path[]): Path[][] {
  const once = [...new Map(paths.map((path) => [path.path, path])).values()];
  const byDepth: Path[][] = [];
  for (const path of once) {
    const around = once
      .filter((other) => other !== path && isInside(path.path, other.path))
      .sort((a, b) => b.path.length - a.path.length);
    if (around[0]?.at === path.at) continue;
    const layer = byDepth[around.length] ?? [];
    layer.push(path);
    byDepth[around.length] = layer;
  }
  return byDepth.filter((layer) => layer !== undefined);
}

function isInside(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

const MODES: readonly Mode[] = ['100644', '100755', '040000', '160000', '120000'];

function asMode({ mode }: TreeEntry): Mode {
  return MODES.find((each) => each === mode) ?? '100644';
}

function asType({ type }: TreeEntry): TreeChange['type'] {
  return type === 'tree' || type === 'commit' ? type : 'blob';
}
