import type { RepoName } from '../spec/event.ts';
import type { Forge, ForgeComment } from '../spec/ports.ts';
import { type Client, ONCE } from './client.ts';
import { MOST_IN_COMMENT, shorten } from './shorten.ts';

/** Comments on issues and pull requests, and reactions to them. https://docs.github.com/rest/issues/comments */
export function createComments(
  client: Client,
): Pick<Forge, 'comment' | 'upsertComment' | 'hasComment' | 'addComment' | 'react'> {
  /**
   * By author, and by the marker at the very beginning: anybody can write our marker into a comment of theirs, and into
   * a manifest whose diff stands in one of ours.
   */
  async function find(repo: RepoName, pull: number, marker: string): Promise<ForgeComment | undefined> {
    const { login } = await client.app();
    const pages = client.pages(repo, { what: `pull request #${pull} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...at, issue_number: pull }),
    );
    for await (const page of pages) {
      const found = page.map(asComment).find((each) => each.author === login && each.body.startsWith(marker));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function add(repo: RepoName, pull: number, body: string): Promise<void> {
    await client.ask(repo, { what: `pull request #${pull} in ${repo}` }, (github, at) =>
      github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...at,
        ...ONCE,
        issue_number: pull,
        body: shorten(body, MOST_IN_COMMENT),
      }),
    );
  }

  return {
    async comment(repo, id) {
      const data = await client.ask(repo, { what: `comment ${id} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, comment_id: id }),
      );
      return asComment(data);
    },
    async upsertComment(repo, pull, marker, text) {
      const body = shorten(text, MOST_IN_COMMENT);
      const there = await find(repo, pull, marker);
      if (there === undefined) {
        await add(repo, pull, body);
        return 'created';
      }
      if (asStored(there.body) === asStored(body)) return 'unchanged';
      await client.ask(repo, { what: `comment ${there.id} in ${repo}` }, (github, at) =>
        github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          ...at,
          comment_id: there.id,
          body,
        }),
      );
      return 'updated';
    },
    hasComment: async (repo, pull, marker) => (await find(repo, pull, marker)) !== undefined,
    addComment: add,
    async react(repo, comment, reaction) {
      await client.ask(repo, { what: `comment ${comment} in ${repo}` }, (github, at) =>
        github.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
          ...at,
          comment_id: comment,
          content: reaction,
        }),
      );
    },
  };
}

function asComment(data: {
  readonly id: number | bigint;
  readonly body?: string | undefined;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}): ForgeComment {
  // `ghost` is who GitHub shows for deleted accounts.
  return { id: Number(data.id), author: data.user?.login ?? 'ghost', body: data.body ?? '', url: data.html_url };
}

/** GitHub drops blanks at the end of a body, and keeps line ends in one form. */
function asStored(body: string): string {
  return body.replace(/\r\n?/g, '\n').trimEnd();
}
