import type { RepoName } from '../spec/event.ts';
import type { Forge, ForgeComment } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { type Client, ONCE } from './client.ts';
import { MOST_IN_COMMENT, shorten } from './shorten.ts';

/** Comments on issues and pull requests, and reactions to them. https://docs.github.com/rest/issues/comments */
export function createComments(
  client: Client,
): Pick<Forge, 'comment' | 'upsertComment' | 'hasComment' | 'addComment' | 'react'> {
  /**
   * By author, and by the marker at the very beginning: anybody can write our marker into a comment of theirs, and into
   * a manifest whose diff stands in one of ours. The oldest comes first; there is more than one only where two were
   * written in one moment, and then they stand together.
   */
  async function find(repo: RepoName, pull: number, marker: string): Promise<readonly ForgeComment[]> {
    const { login } = await client.app();
    const pages = client.pages(repo, { what: `pull request #${pull} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...at, issue_number: pull }),
    );
    for await (const page of pages) {
      const found = page.map(asComment).filter((each) => each.author === login && each.body.startsWith(marker));
      if (found.length > 0) return found;
    }
    return [];
  }

  async function add(repo: RepoName, pull: number, body: string): Promise<number> {
    const { id } = await client.ask<{ readonly id: number | bigint }>(
      repo,
      { what: `pull request #${pull} in ${repo}` },
      (github, at) =>
        github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at,
          ...ONCE,
          issue_number: pull,
          body: shorten(body, MOST_IN_COMMENT),
        }),
    );
    return Number(id);
  }

  async function update(repo: RepoName, { id, body: before }: ForgeComment, body: string): Promise<boolean> {
    if (asStored(before) === asStored(body)) return false;
    await client.ask(repo, { what: `comment ${id} in ${repo}` }, (github, at) =>
      github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, comment_id: id, body }),
    );
    return true;
  }

  /** Another job may have taken it away already. */
  async function remove(repo: RepoName, id: number): Promise<void> {
    try {
      await client.ask(repo, { what: `comment ${id} in ${repo}` }, (github, at) =>
        github.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, comment_id: id }),
      );
    } catch (thrown) {
      if (asProblem(thrown).code !== 'not-found') throw thrown;
    }
  }

  return {
    async comment(repo, id) {
      const data = await client.ask(repo, { what: `comment ${id} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, comment_id: id }),
      );
      return asComment(data);
    },
    /**
     * Two jobs at once may both find none, and both write one. Each looks again then, and whoever looks, the oldest stays:
     *
     * ```text
     *  A  none ── writes 1 ── looks: 1, 2 ── takes 2 away
     *  B    none ── writes 2 ── looks: 1, 2 ── writes its words into 1 ── takes 2 away
     * ```
     *
     * One that dies after it wrote leaves two, until the next one comes.
     */
    async upsertComment(repo, pull, marker, text) {
      const body = shorten(text, MOST_IN_COMMENT);
      const before = await find(repo, pull, marker);
      const own = before.length > 0 ? undefined : await add(repo, pull, body);
      const [oldest, ...younger] = own === undefined ? before : await find(repo, pull, marker);
      if (oldest === undefined) return 'created';
      const updated = await update(repo, oldest, body);
      const extra = new Set([...younger.map(({ id }) => id), ...(own === undefined ? [] : [own])]);
      extra.delete(oldest.id);
      for (const id of extra) await remove(repo, id);
      if (own !== undefined && oldest.id === own) return 'created';
      return updated ? 'updated' : 'unchanged';
    },
    hasComment: async (repo, pull, marker) => (await find(repo, pull, marker)).length > 0,
    async addComment(repo, pull, body) {
      await add(repo, pull, body);
    },
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
