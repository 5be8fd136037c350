import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Signature, SignedCommit } from '../spec/signature.ts';
import type { Client } from './client.ts';
import { openPgpKeyId } from './openpgp-key.ts';

/** Signatures of commits and tags, as GitHub verified them. https://docs.github.com/rest/git/tags */
export function createSignatures(client: Client): Pick<Forge, 'signedCommit' | 'signedHistory' | 'signedTag'> {
  return {
    async signedCommit(repo, sha) {
      const data = await client.ask(repo, { what: `commit ${sha} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at, commit_sha: sha }),
      );
      return commitOf(repo, sha, data);
    },
    /** https://docs.github.com/rest/commits/commits#list-commits */
    async *signedHistory(repo, sha) {
      const pages = client.pages(repo, { what: `commit ${sha} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/commits', { ...at, sha }),
      );
      for await (const page of pages) {
        yield page.map(({ sha: each, commit, parents }) => commitOf(repo, each, { ...commit, parents }));
      }
    },
    async signedTag(repo, name) {
      const what = `tag ${name} in ${repo}`;
      const ref = await whereThere(
        client.ask(repo, { what }, (github, at) =>
          github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: `tags/${name}` }),
        ),
      );
      if (ref === undefined || ref.object.type !== 'tag') return undefined;
      const tagOf = (sha: string) =>
        client.ask(repo, { what }, (github, at) =>
          github.request('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { ...at, tag_sha: sha }),
        );
      const { tagger, verification, object } = await tagOf(ref.object.sha);
      let target = object;
      while (target.type === 'tag') target = (await tagOf(target.sha)).object;
      return { revision: name, by: personOf(tagger), ...judged(repo, verification), commit: target.sha };
    },
  };
}

async function whereThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}

interface Person {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

interface CommitData {
  readonly author: Person | null;
  readonly message: string;
  readonly parents: readonly { readonly sha: string }[];
  readonly verification?: Verification | undefined;
}

interface Verification {
  readonly verified: boolean;
  readonly reason: string;
  readonly signature: string | null;
}

function commitOf(repo: RepoName, sha: string, { author, message, parents, verification }: CommitData): SignedCommit {
  const about = { revision: sha, by: personOf(author), parents: parents.map((parent) => parent.sha), message };
  return { ...about, ...judged(repo, verification) };
}

function personOf(person: Person | null): string {
  return `${person?.name ?? 'nobody'} <${person?.email ?? ''}>`;
}

/**
 * GitHub's reasons in Argo CD's words. Throws Problem `unavailable` when GitHub could not verify just now.
 * https://docs.github.com/rest/git/commits#get-a-commit-object
 */
function judged(repo: RepoName, verification: Verification | undefined): Pick<Signature, 'result' | 'keyId'> {
  const { verified, reason, signature } = verification ?? { verified: false, reason: 'unsigned', signature: null };
  if (reason === 'gpgverify_error' || reason === 'gpgverify_unavailable') {
    throw new Problem('unavailable', 'GitHub cannot verify signatures at the moment.', { where: { repo } });
  }
  const keyId = openPgpKeyId(signature ?? '');
  const key = keyId === undefined ? {} : { keyId };
  if (verified) return { result: keyId === undefined ? 'signed, but not by one GnuPG key' : 'signed', ...key };
  return { result: RESULTS[reason] ?? `not verified by GitHub (${reason})`, ...key };
}

const RESULTS: Readonly<Record<string, string>> = {
  unsigned: 'unsigned',
  invalid: 'bad signature',
  malformed_signature: 'bad signature',
  expired_key: 'signed with expired key',
  unknown_key: 'signed with a key that GitHub does not know',
};
