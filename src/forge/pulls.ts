import type { RepoName } from '../spec/event.ts';
import type { Forge, Pull } from '../spec/ports.ts';
import type { Client } from './client.ts';

/**
 * GitHub tries the merge in the background once somebody looks; the seconds between further looks.
 * https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-your-git-database#checking-mergeability-of-pull-requests
 */
const LOOKS_AFTER_SECONDS = [0.5, 1, 1.5, 2, 3];

/** Pull requests. https://docs.github.com/rest/pulls/pulls */
export function createPulls(client: Client): Pick<Forge, 'pull' | 'pullsOf' | 'openPulls'> {
  const look = (repo: RepoName, number: number) =>
    client.ask(repo, { what: `pull request #${number} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: number }),
    );

  return {
    async pull(repo, number) {
      let data = await look(repo, number);
      for (const seconds of LOOKS_AFTER_SECONDS) {
        if (data.state !== 'open' || data.mergeable !== null) break;
        await client.wait(seconds);
        data = await look(repo, number);
      }
      return asPull(repo, { ...data, mergeable: data.mergeable ?? undefined });
    },
    async openPulls(repo) {
      const found: Pull[] = [];
      const pages = client.pages(repo, { what: `repository ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'open' }),
      );
      for await (const page of pages) found.push(...page.map((data) => asPull(repo, data)));
      return found;
    },
    async pullsOf(repo, sha) {
      const found: Pull[] = [];
      const pages = client.pages(repo, { what: `commit ${sha} in ${repo}`, missing: [404, 422] }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { ...at, commit_sha: sha }),
      );
      for await (const page of pages) found.push(...page.map((data) => asPull(repo, data)));
      return found.sort((a, b) => Number(b.merged) - Number(a.merged) || a.number - b.number);
    },
  };
}

/** What is read of a pull request, alone or in a list. */
interface PullData {
  readonly number: number;
  readonly node_id: string;
  readonly title: string;
  readonly html_url: string;
  readonly state: string;
  readonly draft?: boolean | undefined;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly mergeable?: boolean | undefined;
  readonly user: { readonly login: string } | null;
  readonly labels: readonly { readonly name: string }[];
  readonly base: { readonly ref: string; readonly sha: string; readonly repo: { readonly id: number | bigint } };
  /** The repository is null once a fork is deleted. */
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly id: number | bigint } | null };
}

function asPull(repo: RepoName, data: PullData): Pull {
  const merged = data.merged_at !== null;
  const open = data.state === 'open';
  // While GitHub tries a merge, merge_commit_sha is that of the last try: of another head, or of another base.
  const mergeCommit = merged || (open && data.mergeable === true) ? data.merge_commit_sha : null;
  return {
    repo,
    number: data.number,
    nodeId: data.node_id,
    title: data.title,
    url: data.html_url,
    author: data.user?.login ?? 'ghost',
    state: open ? 'open' : 'closed',
    draft: data.draft ?? false,
    merged,
    fork: data.head.repo?.id !== data.base.repo.id,
    labels: data.labels.map((label) => label.name),
    base: { ref: data.base.ref, sha: data.base.sha },
    head: { ref: data.head.ref, sha: data.head.sha },
    ...(mergeCommit === null ? {} : { mergeCommit }),
    ...(open && data.mergeable !== undefined ? { mergeable: data.mergeable } : {}),
  };
}
