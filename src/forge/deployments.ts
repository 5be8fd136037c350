import type { RepoName } from '../spec/event.ts';
import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { type Client, ONCE } from './client.ts';
import { shortenDescription } from './shorten.ts';

type Wanted = Parameters<Forge['createDeployment']>[1];

/** Deployments and their statuses. https://docs.github.com/rest/deployments */
export function createDeployments(client: Client): Pick<Forge, 'createDeployment' | 'setDeployment'> {
  /** A step that died after it made a deployment runs again: what it made is known by the operation in its payload. */
  async function find(repo: RepoName, { sha, environment, operation }: Wanted): Promise<number | undefined> {
    const data = await client.ask(repo, { what: `deployments of ${sha} in ${repo}` }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/deployments', { ...at, sha, environment }),
    );
    const found = data.find(({ payload }) => typeof payload === 'object' && payload['operation'] === operation);
    return found === undefined ? undefined : Number(found.id);
  }

  return {
    /**
     * The commit is deployed as it is: without `auto_merge: false` GitHub merges the default branch into what is
     * behind it, and without `required_contexts: []` it refuses a commit with any check that is not green.
     */
    async createDeployment(repo, wanted) {
      const there = await find(repo, wanted);
      if (there !== undefined) return there;
      const { sha, environment, description, operation } = wanted;
      const about = { what: `commit ${sha} in ${repo}` };
      const data = await client.ask<{ readonly id: number | bigint } | { readonly message?: string }>(
        repo,
        about,
        (github, at) =>
          github.request('POST /repos/{owner}/{repo}/deployments', {
            ...at,
            ...ONCE,
            ref: sha,
            environment,
            description: shortenDescription(description),
            auto_merge: false,
            required_contexts: [],
            transient_environment: false,
            payload: { operation },
          }),
      );
      if ('id' in data) return Number(data.id);
      throw new Problem('conflict', `GitHub made no deployment of ${sha}: ${data.message ?? 'it does not say why'}`, {
        where: { repo },
      });
    },
    async setDeployment(repo, id, state, description) {
      await client.ask(repo, { what: `deployment ${id} in ${repo}` }, (github, at) =>
        github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          ...at,
          deployment_id: id,
          state,
          description: shortenDescription(description),
        }),
      );
    },
  };
}
