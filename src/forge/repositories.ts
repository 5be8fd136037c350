import type { Forge, Permission } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Client } from './client.ts';

const ROLES: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none'];

/** A repository as a whole, its commits and who may do what in it. */
export function createRepositories(
  client: Client,
): Pick<Forge, 'login' | 'defaultBranch' | 'resolve' | 'parents' | 'permission'> {
  return {
    login: async () => (await client.app()).login,
    async defaultBranch(repo) {
      const data = await client.ask(repo, { what: `repository ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}', { ...at }),
      );
      return data.default_branch;
    },
    /** https://docs.github.com/rest/commits/commits#get-a-commit, whose media type `sha` answers nothing but that. */
    async resolve(repo, ref) {
      const about = { what: `branch, tag or commit ${ref} in ${repo}`, missing: [404, 422] };
      const data: unknown = await client.ask(repo, about, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...at, ref, mediaType: { format: 'sha' } }),
      );
      return String(data).trim();
    },
    async parents(repo, sha) {
      const data = await client.ask(repo, { what: `commit ${sha} in ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at, commit_sha: sha }),
      );
      return data.parents.map((parent) => parent.sha);
    },
    /**
     * `role_name` is exact; for a custom role the level that it builds on is given. A login that nobody has is `none`.
     * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
     */
    async permission(repo, login) {
      try {
        const data = await client.ask(repo, { what: `user ${login} of ${repo}` }, (github, at) =>
          github.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { ...at, username: login }),
        );
        return asRole(data.role_name) ?? asRole(data.permission) ?? 'none';
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.code === 'not-found') return 'none';
        throw thrown;
      }
    },
  };
}

function asRole(text: string): Permission | undefined {
  return ROLES.find((role) => role === text);
}
