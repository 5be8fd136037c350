import type { ChangedFile } from '../files.ts';
import type { CommitInfo, Signature } from '../git.ts';
import { verifyCommit, verifyTag } from '../signing.ts';
import { gitHubTime, nodeId, type Repository, type State } from '../state.ts';
import { type Addresses, type Json, showUser } from './account.ts';
import { repoPage, repoUrl } from './repository.ts';

/** Schema `commit`: a commit with the accounts behind its author and committer. */
export async function showCommit(at: Addresses, state: State, repo: Repository, commit: CommitInfo): Promise<Json> {
  const url = repoUrl(at, repo);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${url}/commits/${commit.sha}`,
    html_url: `${repoPage(at, repo)}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    commit: {
      url: `${url}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: await verifyCommit(repo.git, commit.sha, state.keys),
    },
    author: account(at, state, commit.author),
    committer: account(at, state, commit.committer),
    parents: showParents(at, repo, commit, 'commits'),
  };
}

function account(at: Addresses, state: State, by: Signature): Json | null {
  const user = [...state.users.values()].find((one) => one.email === by.email);
  return user === undefined ? null : showUser(at, user);
}

function showParents(at: Addresses, repo: Repository, commit: CommitInfo, under: string): Json[] {
  return commit.parents.map((sha) => ({
    sha,
    url: `${repoUrl(at, repo)}/${under}/${sha}`,
    html_url: `${repoPage(at, repo)}/commit/${sha}`,
  }));
}

/** Schema `git-commit`: a commit as the Git data API shows it. */
export async function showGitCommit(at: Addresses, state: State, repo: Repository, commit: CommitInfo): Promise<Json> {
  const url = repoUrl(at, repo);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${repoPage(at, repo)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: showParents(at, repo, commit, 'git/commits'),
    verification: await verifyCommit(repo.git, commit.sha, state.keys),
  };
}

/** Schema `git-tag`: an annotated tag. */
export async function showTag(at: Addresses, state: State, repo: Repository, sha: string): Promise<Json> {
  const raw = await repo.git.run(['cat-file', 'tag', sha]);
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(raw)?.[1] ?? '';
  const url = `${repoUrl(at, repo)}/git`;
  const [, name = '', email = '', seconds = '0'] = /^(.*) <(.*)> (\d+)/.exec(field('tagger')) ?? [];
  return {
    node_id: nodeId('T', sha),
    sha,
    url: `${url}/tags/${sha}`,
    tag: field('tag'),
    message: raw.slice(raw.indexOf('\n\n') + 2),
    tagger: { name, email, date: gitHubTime(new Date(Number(seconds) * 1000)) },
    object: { sha: field('object'), type: field('type'), url: `${url}/${field('type')}s/${field('object')}` },
    verification: verifyTag(raw, state.keys),
  };
}

/** Schema `git-ref`. */
export function showRef(at: Addresses, repo: Repository, ref: string, sha: string, type: string): Json {
  const url = repoUrl(at, repo);
  return {
    ref,
    node_id: nodeId('REF', `${repo.id}:${ref}`),
    url: `${url}/git/${ref}`,
    object: { type, sha, url: `${url}/git/${type}s/${sha}` },
  };
}

/** Schema `diff-entry`: one file of a pull request, a commit or a comparison. */
export function showFile(at: Addresses, repo: Repository, head: string, file: ChangedFile): Json {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repoPage(at, repo)}/blob/${head}/${path}`,
    raw_url: `${repoPage(at, repo)}/raw/${head}/${path}`,
    contents_url: `${repoUrl(at, repo)}/contents/${path}?ref=${head}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}
