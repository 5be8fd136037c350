import { mayBeRange } from '../spec/may-be-range.ts';
import type { Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { parseRepoURL } from '../spec/repo-url.ts';
import { type AccessTo, readerOf, type SourceAccess, withAccess } from './access.ts';
import type { Checkouts } from './checkouts.ts';
import { archiveOf } from './git-files.ts';
import { fetchPack, type GitRemote, listRefs } from './git-protocol.ts';
import { readPack } from './pack.ts';
import { greatestVersion } from './version-range.ts';

export interface GitRepositoriesOptions {
  readonly access: AccessTo;
  readonly checkouts: Checkouts;
  /** Milliseconds that one answer of a server may take. Default: those of a download. */
  readonly timeLimit?: number | undefined;
}

/** A commit, compressed: what is deployed is text. */
const MAX_BYTES = 128 * 1024 * 1024;

/** The user of whoever has a token only, as in Argo CD; servers that know tokens take any. */
const USER = 'x-access-token';

/**
 * Repositories of any Git server, over HTTPS: of a commit its files are downloaded, once, and no history. Throws Problem
 * `unsupported` for a URL of another kind, `not-found`, `forbidden`, `unavailable`, `limit-exceeded`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/
 */
export function createGitRepositories(options: GitRepositoriesOptions): Pick<Source, 'resolve' | 'checkout'> {
  const { access, checkouts, timeLimit } = options;
  const remoteOf = async (...[repoURL, scope]: Parameters<AccessTo>): Promise<GitRemote> => {
    const found = await access(repoURL, scope);
    return {
      url: addressOf(repoURL, found),
      options: { ...withAccess(found, USER), ...(timeLimit === undefined ? {} : { timeLimit }) },
    };
  };
  return {
    resolve: async (repoURL, targetRevision, scope) => {
      const remote = await remoteOf(repoURL, scope);
      const wanted = targetRevision === undefined || targetRevision === '' ? 'HEAD' : targetRevision;
      if (/^[0-9a-f]{40}$/.test(wanted)) return wanted;
      const revision =
        (mayBeRange(wanted) ? await commitOfRange(remote, wanted) : undefined) ?? (await commitOf(remote, wanted));
      if (revision !== undefined) return revision;
      const isShort = /^[0-9a-f]{7,39}$/.test(wanted);
      throw new Problem('not-found', `${remote.url} has no branch and no tag ${JSON.stringify(wanted)}.`, {
        where: { field: 'spec.source.targetRevision' },
        fix: isShort ? 'Write all 40 digits of a commit.' : 'Write a branch, a tag or a commit that is there.',
      });
    },
    checkout: async (repoURL, revision, scope) => {
      const remote = await remoteOf(repoURL, scope);
      const kept = await checkouts.get(`${remote.url}${readerOf(repoURL, scope)}`, revision, async () => {
        const pack = await readPack(await fetchPack(remote, revision, MAX_BYTES));
        return inTurn(archiveOf(pack, revision));
      });
      return { ...kept, repoURL };
    },
  };
}

/** As git looks a name up: in full, then a tag, then a branch. https://git-scm.com/docs/gitrevisions */
async function commitOf(remote: GitRemote, name: string): Promise<string | undefined> {
  const names = name === 'HEAD' || name.startsWith('refs/') ? [name] : [`refs/tags/${name}`, `refs/heads/${name}`];
  const refs = await listRefs(remote, names);
  const found = names.find((one) => refs.has(one));
  return found === undefined ? undefined : refs.get(found);
}

async function commitOfRange(remote: GitRemote, range: string): Promise<string | undefined> {
  const start = 'refs/tags/';
  const refs = await listRefs(remote, [start]);
  const tags = [...refs.keys()].filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  const tag = greatestVersion(range, tags);
  return tag === undefined ? undefined : refs.get(`${start}${tag}`);
}

async function* inTurn(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** The address that is asked: what the project was asked about, and nothing beside it. */
function addressOf(repoURL: string, access: SourceAccess): string {
  const text = repoURL.trim();
  const where = { field: 'spec.source.repoURL' };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw notHttps(text);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new Problem('misconfigured', `A URL holds no user and no password, and that of ${url.host} does.`, {
      where,
      fix: 'Replace the password, since Git has it, and name the new one in a repository Secret.',
    });
  }
  if (url.search !== '' || url.hash !== '' || /%(2f|2e|5c|00)/i.test(url.pathname)) {
    throw new Problem('unsupported', `${JSON.stringify(shown(text))} is no plain URL of a repository.`, {
      where,
      fix: 'Write https://HOST/OWNER/NAME.',
    });
  }
  // Without TLS anybody on the way may say what is deployed; somebody who registers such a URL says that it is all right.
  if (url.protocol === 'http:' && access.privateHosts !== true) throw notHttps(text);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function notHttps(repoURL: string): Problem {
  const address = parseRepoURL(repoURL);
  const isSsh = /^(ssh|git\+ssh):\/\//i.test(repoURL) || (address !== undefined && !/^\w+:\/\//.test(repoURL));
  const what = isSsh ? 'is a repository over SSH' : 'is no repository over HTTPS';
  return new Problem('unsupported', `${JSON.stringify(shown(repoURL))} ${what}. trimtab reads Git over HTTPS.`, {
    where: { field: 'spec.source.repoURL' },
    fix:
      address === undefined
        ? 'Write https://HOST/OWNER/NAME.'
        : `Write it as https://${address.host}/${address.path}.git, and give a private one a repository Secret with a token.`,
  });
}

/** A URL without the user and the password that it may hold. */
function shown(repoURL: string): string {
  return repoURL.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
}
