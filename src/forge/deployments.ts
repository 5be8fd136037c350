import type { Forge } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { type Client, ONCE } from './client.ts';
import { shortenDescription } from './shorten.ts';

/** Deployments and their statuses. https://docs.github.com/rest/deployments */
export function createDeployments(client: Client): Pick<Forge, 'createDeployment' | 'setDeployment'> {
  return {
    /**
     * The commit is deployed as it is: without `auto_merge: false` GitHub merges the default branch into what is
     * behind it, and without `required_contexts: []` it refuses a commit with any check that is not green.
     */
    async createDeployment(repo, { sha, environment, description }) {
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
