import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { type Client, ONCE } from './client.ts';

const REVERT = `mutation ($pull: ID!, $title: String!, $body: String!) {
  revertPullRequest(input: { pullRequestId: $pull, title: $title, body: $body }) {
    revertPullRequest { number url }
  }
}`;

interface Opened {
  readonly number: number;
  readonly url: string;
}

/** What the "Revert" button of a merged pull request does. https://docs.github.com/graphql/reference/mutations#revertpullrequest */
export function createReverts(client: Client): Pick<Forge, 'revert'> {
  /** The branch of a revert begins with `revert-N-`, whoever pressed the button; a fork's branch may be called anything. */
  async function find(repo: RepoName, number: number, base: string): Promise<Opened | undefined> {
    const pages = client.pages(repo, { what: `pull requests in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'open', base }),
    );
    for await (const page of pages) {
      const found = page.find(
        ({ head, base: into }) => head.ref.startsWith(`revert-${number}-`) && head.repo?.id === into.repo.id,
      );
      if (found !== undefined) return { number: found.number, url: found.html_url };
    }
    return undefined;
  }

  return {
    /** Throws Problem `conflict` where later changes touch the same lines, or where it was reverted before. */
    async revert(repo, pull, title, body) {
      const there = await find(repo, pull.number, pull.base.ref);
      if (there !== undefined) return there;
      const about = {
        what: `the revert of pull request #${pull.number} in ${repo}`,
        fix: 'Revert it by hand, or bring one application back: /rollback APP',
      };
      return client.ask(repo, about, async (github) => {
        const answer = await github.graphql<{ readonly revertPullRequest: { readonly revertPullRequest: Opened } }>(
          REVERT,
          { ...ONCE, pull: pull.nodeId, title, body },
        );
        const { number, url } = answer.revertPullRequest.revertPullRequest;
        return { data: { number, url } };
      });
    },
  };
}
