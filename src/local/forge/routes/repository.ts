import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { changedFiles } from '../files.ts';
import { type Call, notFound, paged, param, type Reply, type RepoCall, type Route, refusal } from '../http.ts';
import { commitsBetween, EMPTY_TREE, isAncestor, mergeBase, readBlob, readTree } from '../objects.ts';
import { showUser } from '../shapes/account.ts';
import { showCommit, showFile } from '../shapes/commit.ts';
import { showPull } from '../shapes/pull.ts';
import { repoPage, repoUrl, showFullRepository } from '../shapes/repository.ts';
import { permissionOf, pullsOf } from '../state.ts';

/** A comparison and a commit list at most so many files. */
const MAX_FILES = 300;
/** Files above this size have no content in an answer. */
const MAX_CONTENT = 1_048_576;

/** Repositories as a whole, their commits, branches, comparisons and files. */
export const repositoryRoutes: readonly Route[] = [
  {
    operation: 'GET /repos/{owner}/{repo}',
    by: 'repository',
    need: ['metadata', 'read'],
    handle: async (call) => ({ status: 200, body: showFullRepository(call, call.repo) }),
  },
  {
    operation: 'GET /repos/{owner}/{repo}/tarball/{ref}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: tarball,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/commits',
    by: 'repository',
    need: ['contents', 'read'],
    handle: history,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/commits/{ref}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: commit,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    by: 'repository',
    need: ['pull_requests', 'read'],
    handle: pullsOfCommit,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: compare,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/branches/{branch}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: branch,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/contents/{path}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: contents,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    by: 'repository',
    need: ['metadata', 'read'],
    handle: permission,
  },
];

/** The SHA of a commit by branch, tag, SHA or `HEAD`. */
function resolve(call: RepoCall, ref: string): Promise<string | undefined> {
  return call.repo.git.resolve(ref === 'HEAD' ? call.repo.defaultBranch : ref.replace(/^(heads|tags)\//, 'refs/$1/'));
}

async function tarball(call: RepoCall): Promise<Reply> {
  const sha = await resolve(call, param(call, 'ref'));
  if (sha === undefined) throw notFound();
  const ticket = randomBytes(16).toString('hex');
  call.state.archives.set(ticket, { repo: call.repo, sha });
  const location = `${call.url}/_codeload/${call.repo.fullName}/legacy.tar.gz/${sha}?token=${ticket}`;
  return { status: 302, headers: { location } };
}

/**
 * The archive that a tarball's redirect points to, good for one download; undefined for an unknown ticket. Its top
 * folder is `owner-name-sha7`, as in GitHub's archives.
 */
export function takeArchive(
  call: Pick<Call, 'state' | 'query'>,
): { readonly name: string; readonly stream: Readable } | undefined {
  const ticket = call.query.get('token') ?? '';
  const archive = call.state.archives.get(ticket);
  if (archive === undefined) return undefined;
  call.state.archives.delete(ticket);
  const { repo, sha } = archive;
  const name = `${repo.owner.login}-${repo.name}-${sha.slice(0, 7)}`;
  return { name, stream: repo.git.archive(sha, name) };
}

async function commit(call: RepoCall): Promise<Reply> {
  const ref = param(call, 'ref');
  const sha = await resolve(call, ref);
  if (sha === undefined) throw refusal(422, `No commit found for SHA: ${ref}`);
  if (call.accept.includes('application/vnd.github.sha') || call.accept.includes('application/vnd.github.v3.sha')) {
    return { status: 200, raw: sha, headers: { 'content-type': 'application/vnd.github.sha; charset=utf-8' } };
  }
  const info = await call.repo.git.commitInfo(sha);
  const files = await changedFiles(call.repo.git, info.parents[0] ?? EMPTY_TREE, sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return {
    status: 200,
    body: {
      ...(await showCommit(call, call.state, call.repo, info)),
      stats: { additions, deletions, total: additions + deletions },
      files: files.slice(0, MAX_FILES).map((file) => showFile(call, call.repo, sha, file)),
    },
  };
}

async function history(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const sha = await resolve(call, call.query.get('sha') ?? repo.defaultBranch);
  if (sha === undefined) throw notFound();
  const commits = (await repo.git.run(['rev-list', sha])).split('\n');
  return await paged(call, commits, async (each) =>
    showCommit(call, call.state, repo, await repo.git.commitInfo(each)),
  );
}

/** The merged pull requests that brought a commit to the default branch; for other commits, the open ones that hold it. */
async function pullsOfCommit(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const ref = param(call, 'commit_sha');
  const sha = await resolve(call, ref);
  if (sha === undefined) throw refusal(422, `No commit found for SHA: ${ref}`);
  const found = [];
  for (const issue of pullsOf(repo)) {
    const { pull } = issue;
    const inside =
      pull.mergeCommit === sha ||
      ((await isAncestor(repo.git, sha, pull.headSha)) && !(await isAncestor(repo.git, sha, pull.baseSha)));
    if (inside && (pull.merged || issue.state === 'open')) found.push(issue);
  }
  return paged(call, found, (issue) => showPull(call, repo, issue, issue.pull.mergeCommit));
}

async function compare(call: RepoCall): Promise<Reply> {
  const { repo, state } = call;
  const basehead = param(call, 'basehead');
  const [base = '', head = ''] = basehead.split('...').map((end) => end.replace(/^[^/:]+:/, ''));
  const [baseSha, headSha] = await Promise.all([resolve(call, base), resolve(call, head)]);
  if (baseSha === undefined || headSha === undefined) throw notFound();
  const common = await mergeBase(repo.git, baseSha, headSha);
  if (common === undefined) throw refusal(404, `No common ancestor between ${base} and ${head}.`);
  const [ahead, behind, files] = await Promise.all([
    commitsBetween(repo.git, baseSha, headSha),
    commitsBetween(repo.git, headSha, baseSha),
    changedFiles(repo.git, common, headSha),
  ]);
  const page = `${repoPage(call, repo)}/compare`;
  const show = async (sha: string) => showCommit(call, state, repo, await repo.git.commitInfo(sha));
  const status =
    ahead.length > 0 && behind.length > 0
      ? 'diverged'
      : ahead.length > 0
        ? 'ahead'
        : behind.length > 0
          ? 'behind'
          : 'identical';
  const baseCommit = await show(baseSha);
  const mergeBaseCommit = await show(common);
  const first = Number(call.query.get('page') ?? 1) <= 1;
  const listed = await paged(call, ahead, (info) => showCommit(call, state, repo, info));
  return {
    ...listed,
    body: {
      url: `${repoUrl(call, repo)}/compare/${basehead}`,
      html_url: `${page}/${basehead}`,
      permalink_url: `${page}/${baseSha.slice(0, 7)}...${headSha.slice(0, 7)}`,
      diff_url: `${page}/${basehead}.diff`,
      patch_url: `${page}/${basehead}.patch`,
      base_commit: baseCommit,
      merge_base_commit: mergeBaseCommit,
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: listed.body,
      // Files come with the first page only.
      ...(first ? { files: files.slice(0, MAX_FILES).map((file) => showFile(call, repo, headSha, file)) } : {}),
    },
  };
}

async function branch(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const name = param(call, 'branch');
  const sha = await repo.git.resolve(`refs/heads/${name}`);
  if (sha === undefined) throw refusal(404, 'Branch not found');
  const self = `${repoUrl(call, repo)}/branches/${name}`;
  return {
    status: 200,
    body: {
      name,
      commit: await showCommit(call, call.state, repo, await repo.git.commitInfo(sha)),
      _links: { self, html: `${repoPage(call, repo)}/tree/${name}` },
      protected: false,
      protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
      protection_url: `${self}/protection`,
    },
  };
}

async function contents(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const path = param(call, 'path').replace(/^\/+|\/+$/g, '');
  const ref = call.query.get('ref') ?? repo.defaultBranch;
  const sha = await resolve(call, ref);
  if (sha === undefined) throw refusal(404, `No commit found for the ref ${ref}`);
  const [entry] = path === '' ? [] : await readTree(repo.git, sha, false, path);
  if (path !== '' && entry === undefined) throw notFound();
  const show = (of: { path: string; sha: string; size: number; type: string }) => {
    const encoded = of.path.split('/').map(encodeURIComponent).join('/');
    const self = `${repoUrl(call, repo)}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
    const git = `${repoUrl(call, repo)}/git/${of.type === 'dir' ? 'trees' : 'blobs'}/${of.sha}`;
    const html = `${repoPage(call, repo)}/blob/${ref}/${encoded}`;
    return {
      type: of.type,
      name: of.path.split('/').at(-1) ?? '',
      path: of.path,
      sha: of.sha,
      size: of.size,
      url: self,
      git_url: git,
      html_url: html,
      download_url: of.type === 'dir' ? null : `${repoPage(call, repo)}/raw/${ref}/${encoded}`,
      _links: { self, git, html },
    };
  };
  if (entry === undefined || entry.type === 'tree') {
    const inside = await readTree(repo.git, entry === undefined ? sha : entry.sha, false);
    const folder = path === '' ? '' : `${path}/`;
    const type = (mode: string) => (mode === '040000' ? 'dir' : mode === '120000' ? 'symlink' : 'file');
    const items = inside.map((one) =>
      show({ ...one, path: folder + one.path, size: one.size ?? 0, type: type(one.mode) }),
    );
    return { status: 200, body: items };
  }
  const bytes = (await readBlob(repo.git, entry.sha)) ?? Buffer.alloc(0);
  if (call.accept.includes('raw')) {
    return {
      status: 200,
      raw: new Uint8Array(bytes),
      headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
    };
  }
  const shown = show({ path, sha: entry.sha, size: bytes.length, type: entry.mode === '120000' ? 'symlink' : 'file' });
  if (entry.mode === '120000') return { status: 200, body: { ...shown, target: bytes.toString('utf8') } };
  const large = bytes.length > MAX_CONTENT;
  const content = large ? '' : bytes.toString('base64').replace(/.{60}/g, '$&\n').replace(/\n?$/, '\n');
  return { status: 200, body: { ...shown, encoding: large ? 'none' : 'base64', content } };
}

async function permission(call: RepoCall): Promise<Reply> {
  const login = param(call, 'username');
  const user = call.state.users.get(login);
  if (user === undefined) throw refusal(404, `${login} is not a user`);
  const role = permissionOf(call.repo, user);
  // `permission` knows the four old levels only; `role_name` is exact.
  const level = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role;
  const admin = level === 'admin';
  const push = admin || level === 'write';
  return {
    status: 200,
    body: {
      permission: level,
      role_name: role,
      user: {
        ...showUser(call, user),
        role_name: role,
        permissions: {
          admin,
          maintain: admin || role === 'maintain',
          push,
          triage: push || role === 'triage',
          pull: role !== 'none',
        },
      },
    },
  };
}
