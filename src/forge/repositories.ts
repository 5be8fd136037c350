import type { Forge, HostedRepository, Permission } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Client } from './client.ts';

const ROLES: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none'];

/** A repository as a whole, its commits and who may do what in it. */
export function createRepositories(
  client: Client,
): Pick<
  Forge,
  'login' | 'defaultBranch' | 'repositories' | 'branches' | 'tags' | 'resolve' | 'parents' | 'permission' | 'isMember'
> {
  return {
    login: async () => (await client.app()).login,
    async defaultBranch(repo) {
      const data = await client.ask(repo, { what: `repository ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}', { ...at }),
      );
      return data.default_branch;
    },
    /** https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
    async repositories(owner) {
      const found: HostedRepository[] = [];
      const pages = client.ofOwner(owner, (github, at) => github.request('GET /installation/repositories', at));
      for await (const page of pages) found.push(...page.repositories.map(asHosted));
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** https://docs.github.com/rest/git/refs#list-matching-references */
    async branches(repo) {
      const data = await client.ask(repo, { what: `repository ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', { ...at, ref: 'heads/' }),
      );
      return data.map(({ ref, object }) => ({ name: ref.replace('refs/heads/', ''), sha: object.sha }));
    },
    async tags(repo) {
      const data = await client.ask(repo, { what: `repository ${repo}` }, (github, at) =>
        github.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', { ...at, ref: 'tags/' }),
      );
      return data.map(({ ref }) => ref.replace('refs/tags/', ''));
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
    /** https://docs.github.com/rest/teams/members#get-team-membership-for-a-user */
    async isMember(repo, { organization, team }, login) {
      try {
        const data = await client.ask(repo, { what: `${login} in ${organization}:${team}` }, (github) =>
          github.request('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', {
            org: organization,
            team_slug: slugOf(team),
            username: login,
          }),
        );
        return data.state === 'active';
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.code === 'not-found') return false;
        if (!(thrown instanceof Problem) || thrown.code !== 'forbidden') throw thrown;
        throw new Problem('forbidden', `The App may not see who is in ${organization}:${team}.`, {
          where: { repo },
          fix: "Give it the organization permission 'Members: read'.",
          cause: thrown,
        });
      }
    },
  };
}

/** The name of a team as it stands in addresses: https://docs.github.com/rest/teams/teams#get-a-team-by-name */
function slugOf(team: string): string {
  return team
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** What is read of a repository in a list. */
interface RepositoryData {
  readonly id: number | bigint;
  readonly name: string;
  readonly full_name: string;
  readonly owner: { readonly login: string };
  readonly default_branch: string;
  readonly topics?: readonly string[];
  readonly archived: boolean;
  readonly clone_url: string;
  readonly ssh_url: string;
}

function asHosted(data: RepositoryData): HostedRepository {
  return {
    id: Number(data.id),
    organization: data.owner.login,
    name: data.name,
    fullName: data.full_name,
    defaultBranch: data.default_branch,
    topics: data.topics ?? [],
    archived: data.archived,
    httpsURL: data.clone_url,
    sshURL: data.ssh_url,
  };
}

function asRole(text: string): Permission | undefined {
  return ROLES.find((role) => role === text);
}
