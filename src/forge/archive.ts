import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Client } from './client.ts';

/** Downloads of whole commits. https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar */
export function createArchives(client: Client): Pick<Forge, 'archive'> {
  return {
    /** GitHub redirects to a download with a token of its own in the address; `fetch` takes ours off on another host. */
    async archive(repo, sha) {
      const data: unknown = await client.ask(repo, { what: `commit ${sha} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/tarball/{ref}', {
          ...at,
          ref: sha,
          request: { parseSuccessResponseBody: false },
        }),
      );
      if (data instanceof ReadableStream) return read(repo, data);
      throw new Problem('unavailable', `GitHub gave no archive of ${repo} at ${sha}.`, { where: { repo } });
    },
  };
}

async function* read(repo: RepoName, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    throw new Problem('unavailable', `The download of ${repo} broke off.`, {
      where: { repo },
      fix: 'Try again.',
    });
  }
}
