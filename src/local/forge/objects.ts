import {
  type Change,
  type CommitInfo,
  type Git,
  LOG_FORMAT,
  parseLog,
  type Signature,
  signatures,
  type TreeEntry,
} from './git.ts';
import { signCommit } from './signing.ts';

/** Stores bytes as a blob and returns its SHA. */
export function writeBlob(git: Git, content: string | Uint8Array): Promise<string> {
  return git.run(['hash-object', '-w', '--stdin'], content);
}

/** The bytes of a blob; undefined when there is no such blob. */
export async function readBlob(git: Git, sha: string): Promise<Buffer | undefined> {
  const result = await git.attempt(['cat-file', 'blob', sha]);
  return result.code === 0 ? result.stdout : undefined;
}

/** What a SHA is: `blob`, `tree`, `commit`, `tag`; undefined when there is no such object. */
export async function objectType(git: Git, sha: string): Promise<string | undefined> {
  const result = await git.attempt(['cat-file', '-t', sha]);
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

/** The entries of a tree (a commit's or a tree's SHA); with `recursive`, those below, too. */
export async function readTree(git: Git, sha: string, recursive: boolean, path?: string): Promise<TreeEntry[]> {
  const flags = recursive ? ['-r', '-t'] : [];
  const text = await git.run(['ls-tree', '-z', '-l', ...flags, sha, ...(path === undefined ? [] : ['--', path])]);
  return text.split('\0').flatMap((line) => {
    const found = /^(\d+) (blob|tree|commit) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line);
    if (found === null) return [];
    const [, mode = '', type = '', entry = '', size = '', name = ''] = found;
    return [
      {
        mode,
        type: type === 'tree' || type === 'commit' ? type : 'blob',
        sha: entry,
        path: name,
        ...(size === '-' ? {} : { size: Number(size) }),
      } satisfies TreeEntry,
    ];
  });
}

/** The tree without entries, which every repository knows. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** One change to a tree: what stands at a path from now on; a null SHA removes it. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string | null;
}

/**
 * Writes a tree that is `base` (null: empty) with some paths changed, and returns its SHA; folders that become empty
 * disappear, as git has no empty folders. Throws Problem `internal` when git refuses an entry.
 */
export async function writeTree(git: Git, base: string | null, changes: readonly TreeChange[]): Promise<string> {
  const entries = new Map<string, TreeEntry>();
  for (const entry of base === null ? [] : await readTree(git, base, false)) entries.set(entry.path, entry);
  const below = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const slash = change.path.indexOf('/');
    if (slash >= 0) {
      const folder = change.path.slice(0, slash);
      below.set(folder, [...(below.get(folder) ?? []), { ...change, path: change.path.slice(slash + 1) }]);
    } else if (change.sha === null) {
      entries.delete(change.path);
    } else {
      entries.set(change.path, { path: change.path, mode: change.mode, type: change.type, sha: change.sha });
    }
  }
  for (const [folder, inside] of below) {
    const old = entries.get(folder);
    const sha = await writeTree(git, old?.type === 'tree' ? old.sha : null, inside);
    if ((await readTree(git, sha, false)).length === 0) entries.delete(folder);
    else entries.set(folder, { path: folder, mode: '040000', type: 'tree', sha });
  }
  const lines = [...entries.values()].map((entry) => `${entry.mode} ${entry.type} ${entry.sha}\t${entry.path}\0`);
  return git.run(['mktree', '-z'], lines.join(''));
}

/** Writes a commit object, signed where a key is named, and returns its SHA; moves no branch. */
export async function writeCommit(
  git: Git,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Signature;
    readonly committer: Signature;
    readonly signedBy?: string;
  },
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const sha = await git.run(
    ['commit-tree', commit.tree, ...parents, '-F', '-'],
    commit.message,
    signatures(commit.author, commit.committer),
  );
  return commit.signedBy === undefined ? sha : await signCommit(git, sha, commit.signedBy);
}

/**
 * Writes a commit with changed files in one run of `git fast-import`, which takes thousands of files in a moment, and
 * moves the branch to it, also where that is not a fast forward. Returns the SHA.
 */
export async function commitFiles(
  git: Git,
  commit: {
    readonly branch: string;
    readonly parent: string | null;
    readonly message: string;
    readonly author: Signature;
    readonly committer: Signature;
    readonly changes: Readonly<Record<string, Change>>;
  },
): Promise<string> {
  const parts: (string | Uint8Array)[] = [];
  const data = (content: string | Uint8Array) => {
    const bytes = Buffer.from(content);
    parts.push(`data ${bytes.length}\n`, bytes, '\n');
  };
  const who = (role: string, by: Signature) =>
    parts.push(`${role} ${by.name} <${by.email}> ${Math.floor(Date.parse(by.date) / 1000)} +0000\n`);
  parts.push(`commit refs/heads/${commit.branch}\n`, 'mark :1\n');
  who('author', commit.author);
  who('committer', commit.committer);
  data(commit.message);
  // Without a parent, fast-import would go on from where the branch stands.
  parts.push(commit.parent === null ? 'deleteall\n' : `from ${commit.parent}\n`);
  for (const [path, change] of Object.entries(commit.changes)) {
    const name = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
    if (change === null) {
      parts.push(`D ${name}\n`);
    } else if (typeof change === 'object' && 'symlink' in change) {
      parts.push(`M 120000 inline ${name}\n`);
      data(change.symlink);
    } else {
      parts.push(`M 100644 inline ${name}\n`);
      data(change);
    }
  }
  parts.push('get-mark :1\n');
  return git.run(
    ['fast-import', '--quiet', '--force', '--done'],
    Buffer.concat([...parts, 'done\n'].map((part) => Buffer.from(part))),
  );
}

/** The newest commit that two have in common; undefined when their histories never met. */
export async function mergeBase(git: Git, one: string, other: string): Promise<string | undefined> {
  const result = await git.attempt(['merge-base', one, other]);
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

/** True when `sha` contains everything of `ancestor`. */
export async function isAncestor(git: Git, ancestor: string, sha: string): Promise<boolean> {
  return (await git.attempt(['merge-base', '--is-ancestor', ancestor, sha])).code === 0;
}

/** Commits that `head` has and `base` has not, oldest first. */
export async function commitsBetween(git: Git, base: string, head: string): Promise<CommitInfo[]> {
  return parseLog(await git.run(['log', '--reverse', '--topo-order', LOG_FORMAT, `${base}..${head}`, '--']));
}

/** The tree of a merge of two commits, without touching any branch; null when they conflict. */
export async function mergeTree(git: Git, ours: string, theirs: string): Promise<string | null> {
  const result = await git.attempt([
    'merge-tree',
    '--write-tree',
    '--no-messages',
    '--allow-unrelated-histories',
    ours,
    theirs,
  ]);
  return result.code === 0 ? (result.stdout.toString('utf8').split('\n')[0] ?? null) : null;
}

/**
 * The tree of a three-way merge whose base is chosen: what `git revert` and `git cherry-pick` do; null on a conflict.
 * `git merge-tree --merge-base` came with git 2.40; throw-away commits make any base the merge base for 2.38, too.
 */
export async function mergeTreeOver(git: Git, base: string, ours: string, theirs: string): Promise<string | null> {
  const nobody = { name: 'forge', email: 'forge@localhost', date: '2000-01-01T00:00:00Z' };
  const commit = (of: string, parents: readonly string[]) =>
    writeCommit(git, { tree: `${of}^{tree}`, parents, message: 'base', author: nobody, committer: nobody });
  const root = await commit(base, []);
  const [left, right] = await Promise.all([commit(ours, [root]), commit(theirs, [root])]);
  return mergeTree(git, left, right);
}
