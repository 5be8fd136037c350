import { z } from 'zod';
import { invalid, notFound, param, type Reply, type RepoCall, type Route, readBody, refusal } from '../http.ts';
import {
  isAncestor,
  objectType,
  readBlob,
  readTree,
  type TreeChange,
  writeBlob,
  writeCommit,
  writeTree,
} from '../objects.ts';
import { pushBranch } from '../pushes.ts';
import { showGitCommit, showRef, showTag } from '../shapes/commit.ts';
import { repoUrl } from '../shapes/repository.ts';
import { signatureOf } from '../signature.ts';
import { nodeId } from '../state.ts';

/** A recursive tree stops here and says `truncated`. */
const MAX_TREE_ENTRIES = 100_000;

/** The Git data API: refs, trees, commits, blobs. https://docs.github.com/rest/git */
export const gitRoutes: readonly Route[] = [
  {
    operation: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: getRef,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: matchingRefs,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/git/refs',
    by: 'repository',
    need: ['contents', 'write'],
    handle: createRef,
  },
  {
    operation: 'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
    by: 'repository',
    need: ['contents', 'write'],
    handle: updateRef,
  },
  {
    operation: 'DELETE /repos/{owner}/{repo}/git/refs/{ref}',
    by: 'repository',
    need: ['contents', 'write'],
    handle: deleteRef,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: getTree,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/git/trees',
    by: 'repository',
    need: ['contents', 'write'],
    handle: createTree,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: getCommit,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/git/commits',
    by: 'repository',
    need: ['contents', 'write'],
    handle: createCommit,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/git/tags/{tag_sha}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: getTag,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
    by: 'repository',
    need: ['contents', 'read'],
    handle: getBlob,
  },
  {
    operation: 'POST /repos/{owner}/{repo}/git/blobs',
    by: 'repository',
    need: ['contents', 'write'],
    handle: createBlob,
  },
];

/** Refs below a prefix with their objects, as `git for-each-ref` lists them. */
async function listRefs(call: RepoCall, pattern: string): Promise<{ ref: string; sha: string; type: string }[]> {
  const text = await call.repo.git.run(['for-each-ref', '--format=%(refname) %(objectname) %(objecttype)', pattern]);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ref = '', sha = '', type = ''] = line.split(' ');
      return { ref, sha, type };
    });
}

async function getRef(call: RepoCall): Promise<Reply> {
  const wanted = `refs/${param(call, 'ref')}`;
  const found = (await listRefs(call, wanted)).find((one) => one.ref === wanted);
  if (found === undefined) throw notFound();
  return { status: 200, body: showRef(call, call.repo, found.ref, found.sha, found.type) };
}

async function matchingRefs(call: RepoCall): Promise<Reply> {
  const prefix = `refs/${param(call, 'ref')}`;
  const found = (await listRefs(call, 'refs/')).filter((one) => one.ref.startsWith(prefix));
  return { status: 200, body: found.map((one) => showRef(call, call.repo, one.ref, one.sha, one.type)) };
}

async function createRef(call: RepoCall): Promise<Reply> {
  const { ref, sha } = readBody(call, z.object({ ref: z.string(), sha: z.string() }));
  if (!/^refs\/[^/]+\/.+/.test(ref))
    throw refusal(422, "Reference name must start with 'refs' and have at least two slashes");
  if ((await call.repo.git.attempt(['check-ref-format', ref])).code !== 0)
    throw refusal(422, `${ref} is not a valid ref name.`);
  if ((await objectType(call.repo.git, sha)) !== 'commit') throw refusal(422, 'Object does not exist');
  if ((await call.repo.git.resolve(ref)) !== undefined) throw refusal(422, 'Reference already exists');
  await setRef(call, ref, sha);
  return {
    status: 201,
    body: showRef(call, call.repo, ref, sha, 'commit'),
    headers: { location: `${repoUrl(call, call.repo)}/git/${ref}` },
  };
}

async function updateRef(call: RepoCall): Promise<Reply> {
  const ref = `refs/${param(call, 'ref')}`;
  const { sha, force } = readBody(call, z.object({ sha: z.string(), force: z.boolean().default(false) }));
  const before = await call.repo.git.resolve(ref);
  if (before === undefined) throw refusal(422, 'Reference does not exist');
  if ((await objectType(call.repo.git, sha)) !== 'commit') throw refusal(422, 'Object does not exist');
  if (!force && !(await isAncestor(call.repo.git, before, sha))) throw refusal(422, 'Update is not a fast forward');
  await setRef(call, ref, sha);
  return { status: 200, body: showRef(call, call.repo, ref, sha, 'commit') };
}

async function deleteRef(call: RepoCall): Promise<Reply> {
  const ref = `refs/${param(call, 'ref')}`;
  if ((await call.repo.git.resolve(ref)) === undefined) throw refusal(422, 'Reference does not exist');
  await setRef(call, ref, null);
  return { status: 204 };
}

async function setRef(call: RepoCall, ref: string, sha: string | null): Promise<void> {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch === undefined) await call.repo.git.setRef(ref, sha);
  else await pushBranch(call, call.repo, branch, sha, call.user);
}

async function getTree(call: RepoCall): Promise<Reply> {
  const { git } = call.repo;
  const name = param(call, 'tree_sha');
  const type = /^[0-9a-f]{40}$/.test(name) ? await objectType(git, name) : undefined;
  const of =
    type === 'tree' || type === 'commit' ? name : await git.resolve(name === 'HEAD' ? call.repo.defaultBranch : name);
  if (of === undefined) throw notFound();
  const sha = await git.run(['rev-parse', `${of}^{tree}`]);
  const entries = await readTree(git, sha, (call.query.get('recursive') ?? '') !== '');
  return {
    status: 200,
    body: showTree(call, sha, entries.slice(0, MAX_TREE_ENTRIES), entries.length > MAX_TREE_ENTRIES),
  };
}

function showTree(
  call: RepoCall,
  sha: string,
  entries: Awaited<ReturnType<typeof readTree>>,
  truncated: boolean,
): unknown {
  const url = `${repoUrl(call, call.repo)}/git`;
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: entries.map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === undefined ? {} : { size: entry.size }),
      ...(entry.type === 'commit' ? {} : { url: `${url}/${entry.type}s/${entry.sha}` }),
    })),
    truncated,
  };
}

const NewTree = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(['100644', '100755', '040000', '160000', '120000']).default('100644'),
      type: z.enum(['blob', 'tree', 'commit']).optional(),
      sha: z.string().nullish(),
      content: z.string().optional(),
    }),
  ),
});

async function createTree(call: RepoCall): Promise<Reply> {
  const { git } = call.repo;
  const wanted = readBody(call, NewTree);
  const changes: TreeChange[] = [];
  for (const entry of wanted.tree) {
    const { path, mode } = entry;
    if (
      path === '' ||
      path.split('/').some((part) => part === '' || part === '.' || part === '..' || part === '.git')
    ) {
      throw refusal(422, 'tree.path contains a malformed path component');
    }
    if (entry.sha !== undefined && entry.content !== undefined) {
      throw refusal(422, 'Must supply either tree.sha or tree.content');
    }
    if (entry.sha === null && mode === '040000') throw refusal(422, 'GitRPC::BadObjectState');
    const sha = entry.content === undefined ? (entry.sha ?? null) : await writeBlob(git, entry.content);
    const type = mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';
    if (sha !== null && type !== 'commit' && (await objectType(git, sha)) !== type) {
      throw refusal(422, `tree.sha ${sha} is not a valid ${type}`);
    }
    changes.push({ path, mode, type, sha });
  }
  const { base_tree: base } = wanted;
  const baseTree =
    base === undefined ? null : await git.attempt(['rev-parse', '--verify', '--quiet', `${base}^{tree}`]);
  if (baseTree !== null && baseTree.code !== 0) throw refusal(422, 'base_tree is not a valid tree oid');
  const sha = await writeTree(git, baseTree?.stdout.toString('utf8').trim() ?? null, changes);
  const entries = await readTree(git, sha, false);
  return { status: 201, body: showTree(call, sha, entries, false) };
}

async function getCommit(call: RepoCall): Promise<Reply> {
  const sha = param(call, 'commit_sha');
  if ((await objectType(call.repo.git, sha)) !== 'commit') throw notFound();
  return { status: 200, body: await showGitCommit(call, call.state, call.repo, await call.repo.git.commitInfo(sha)) };
}

async function getTag(call: RepoCall): Promise<Reply> {
  const sha = param(call, 'tag_sha');
  if ((await objectType(call.repo.git, sha)) !== 'tag') throw notFound();
  return { status: 200, body: await showTag(call, call.state, call.repo, sha) };
}

const Person = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const NewCommit = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: Person.optional(),
  committer: Person.optional(),
});

async function createCommit(call: RepoCall): Promise<Reply> {
  const { repo, state } = call;
  const wanted = readBody(call, NewCommit);
  if ((await objectType(repo.git, wanted.tree)) !== 'tree') throw refusal(422, 'Tree SHA does not exist');
  for (const parent of wanted.parents) {
    if ((await objectType(repo.git, parent)) !== 'commit')
      throw refusal(422, 'Parent SHA does not exist or is not a commit object');
  }
  const bot = signatureOf(state, call.user);
  const author = wanted.author === undefined ? bot : { ...wanted.author, date: wanted.author.date ?? state.time() };
  const committer =
    wanted.committer === undefined ? author : { ...wanted.committer, date: wanted.committer.date ?? state.time() };
  const { tree, parents, message } = wanted;
  const sha = await writeCommit(repo.git, { tree, parents, message, author, committer });
  return {
    status: 201,
    body: await showGitCommit(call, state, repo, await repo.git.commitInfo(sha)),
    headers: { location: `${repoUrl(call, repo)}/git/commits/${sha}` },
  };
}

async function getBlob(call: RepoCall): Promise<Reply> {
  const sha = param(call, 'file_sha');
  const bytes = await readBlob(call.repo.git, sha);
  if (bytes === undefined) throw notFound();
  if (call.accept.includes('raw')) {
    return {
      status: 200,
      raw: new Uint8Array(bytes),
      headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
    };
  }
  return {
    status: 200,
    body: {
      sha,
      node_id: nodeId('B', sha),
      size: bytes.length,
      url: `${repoUrl(call, call.repo)}/git/blobs/${sha}`,
      content: bytes.toString('base64').replace(/.{60}/g, '$&\n'),
      encoding: 'base64',
    },
  };
}

async function createBlob(call: RepoCall): Promise<Reply> {
  const { content, encoding } = readBody(
    call,
    z.object({ content: z.string(), encoding: z.string().default('utf-8') }),
  );
  if (encoding !== 'utf-8' && encoding !== 'base64') throw invalid('Blob', 'encoding', 'invalid');
  const sha = await writeBlob(call.repo.git, encoding === 'base64' ? Buffer.from(content, 'base64') : content);
  const url = `${repoUrl(call, call.repo)}/git/blobs/${sha}`;
  return { status: 201, body: { sha, url }, headers: { location: url } };
}
