import { join } from 'node:path';
import { Problem } from '../../spec/problem.ts';
import { installApp } from './auth.ts';
import { rerequestCheck } from './checks.ts';
import { createGit } from './git.ts';
import type { Server } from './http.ts';
import { addComment, bodyFits, editComment, openIssue } from './issues.ts';
import { mergePull } from './merging.ts';
import { commitFiles } from './objects.ts';
import type { People, ShownDeployment, ShownPull } from './people.ts';
import { addLabels, editPull, markReady, openPull, setPullState } from './pulls.ts';
import { branchMoved, pushBranch } from './pushes.ts';
import { showInstallation } from './shapes/account.ts';
import { commentPage, issuePage } from './shapes/issue.ts';
import { signatureOf } from './signature.ts';
import { signCommit, writeTag } from './signing.ts';
import {
  type Deployment,
  type Issue,
  isPull,
  type PullRequest,
  permissionOf,
  pullsOf,
  type Repository,
  type User,
} from './state.ts';

/** The site's functions for people over a server's state; the repositories go under `dir`. */
export function createPeople(server: Server, dir: string): People {
  const { state } = server;

  const people: People = {
    addUser(login, permission) {
      const there = state.users.get(login);
      if (there !== undefined) return there;
      const name = login.charAt(0).toUpperCase() + login.slice(1);
      const email = `${login}@users.noreply.localhost`;
      const user: User = { id: state.nextId(), login, name, email, type: 'User', permission };
      state.users.set(login, user);
      return user;
    },
    async createRepository(wanted) {
      const { owner: ownerName, name, defaultBranch = 'main' } = wanted;
      const fullName = `${ownerName}/${name}`;
      if (state.repositories.has(fullName.toLowerCase())) {
        throw new Problem('conflict', `The repository ${fullName} is there already.`);
      }
      const owner = state.users.get(ownerName) ?? addOrganisation(ownerName);
      const time = state.time();
      const repo: Repository = {
        id: state.nextId(),
        owner,
        name,
        fullName,
        defaultBranch,
        visibility: wanted.visibility ?? 'private',
        topics: wanted.topics ?? [],
        archived: wanted.archived ?? false,
        git: await createGit(join(dir, ownerName, `${name}.git`), defaultBranch),
        createdAt: time,
        pushedAt: time,
        permissions: new Map(Object.entries(wanted.permissions ?? {})),
        issues: new Map(),
        comments: new Map(),
        checks: [],
        statuses: [],
        deployments: [],
      };
      const by = signatureOf(state, owner);
      await commitFiles(repo.git, {
        branch: defaultBranch,
        parent: null,
        message: wanted.message ?? 'Initial commit',
        author: by,
        committer: by,
        changes: wanted.files ?? { 'README.md': `# ${name}\n` },
      });
      state.repositories.set(fullName.toLowerCase(), repo);
      if (wanted.installed === false) return;
      for (const app of state.apps) {
        const installation = installApp(state, app, owner);
        const first = installation.repositories.size === 0;
        installation.repositories.add(repo);
        const short = [{ id: repo.id, name, full_name: fullName, private: repo.visibility === 'private' }];
        server.webhooks.emitInstallation(
          installation,
          first ? 'installation' : 'installation_repositories',
          first ? 'created' : 'added',
          {
            installation: showInstallation(server, installation),
            ...(first
              ? { repositories: short }
              : { repository_selection: 'selected', repositories_added: short, repositories_removed: [] }),
          },
        );
      }
    },
    gitDir: (name) => repoOf(name).git.dir,
    async resolve(name, ref) {
      const sha = await repoOf(name).git.resolve(ref);
      if (sha === undefined)
        throw new Problem('not-found', `There is no commit ${ref} in ${name}.`, { where: { repo: name } });
      return sha;
    },
    async commit(name, wanted) {
      const repo = repoOf(name);
      const user = userOf(wanted.author ?? 'alice');
      const before = await repo.git.resolve(`refs/heads/${wanted.branch}`);
      const parent = wanted.from === undefined ? before : await people.resolve(name, wanted.from);
      if (parent === undefined) {
        throw new Problem(
          'bad-request',
          `The branch ${wanted.branch} is not in ${name}, and nothing says where it begins.`,
          {
            fix: 'Give `from`.',
          },
        );
      }
      const by = signatureOf(state, user);
      const { branch, message, changes, signedBy } = wanted;
      const made = await commitFiles(repo.git, { branch, parent, message, author: by, committer: by, changes });
      const sha = signedBy === undefined ? made : await signCommit(repo.git, made, signedBy);
      if (sha !== made) await repo.git.setRef(`refs/heads/${branch}`, sha);
      await branchMoved(server, repo, branch, before, sha, user);
      return sha;
    },
    async tag(name, { name: tag, at, signedBy, user = 'alice' }) {
      const { git } = repoOf(name);
      const { name: person, email, date } = signatureOf(state, userOf(user));
      const by = `${person} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
      const object = await writeTag(git, { name: tag, commit: await people.resolve(name, at), by, signedBy });
      await git.setRef(`refs/tags/${tag}`, object);
    },
    addTeam(organization, slug, logins) {
      const name = `${organization}/${slug}`.toLowerCase();
      state.teams.set(name, new Set([...(state.teams.get(name) ?? []), ...logins]));
    },
    addKey(keyId) {
      state.keys.add(keyId);
    },
    async deleteBranch(name, branch, user = 'alice') {
      await pushBranch(server, repoOf(name), branch, null, userOf(user));
    },
    async openPull(name, wanted) {
      const repo = repoOf(name);
      const issue = await openPull(server, repo, {
        title: wanted.title,
        body: wanted.body ?? null,
        head: wanted.head,
        base: wanted.base ?? repo.defaultBranch,
        draft: wanted.draft ?? false,
        user: userOf(wanted.user ?? 'alice'),
      });
      if ('refused' in issue) {
        throw new Problem(
          'bad-request',
          issue.field === undefined ? issue.refused : `There is no ${issue.field} branch for this pull request.`,
        );
      }
      return showPull(repo, issue);
    },
    async openIssue(name, { title, body, user = 'alice' }) {
      return openIssue(server, repoOf(name), { title, body: body ?? null, user: userOf(user) }).number;
    },
    async merge(name, number, user = 'alice') {
      const repo = repoOf(name);
      const outcome = await mergePull(server, repo, pullOf(repo, number), writer(repo, user), { method: 'merge' });
      if ('merged' in outcome) return outcome.merged;
      const { refused } = outcome;
      if (refused === 'conflict')
        throw new Problem('merge-conflict', `Pull request #${number} conflicts with its base branch.`);
      throw new Problem('conflict', `Pull request #${number} is ${refused === 'draft' ? 'a draft' : 'not open'}.`);
    },
    async closePull(name, number, user = 'alice') {
      const repo = repoOf(name);
      await setPullState(server, repo, pullOf(repo, number), 'closed', writer(repo, user));
    },
    async reopenPull(name, number, user = 'alice') {
      const repo = repoOf(name);
      const issue = pullOf(repo, number);
      if (issue.pull.merged) throw new Problem('conflict', `Pull request #${number} is merged and cannot be reopened.`);
      await setPullState(server, repo, issue, 'open', writer(repo, user));
    },
    async editPull(name, number, to, user = 'alice') {
      const repo = repoOf(name);
      await editPull(server, repo, pullOf(repo, number), to, userOf(user));
    },
    async markReady(name, number, user = 'alice') {
      const repo = repoOf(name);
      await markReady(server, repo, pullOf(repo, number), userOf(user));
    },
    async label(name, number, label, user = 'alice') {
      const repo = repoOf(name);
      await addLabels(server, repo, pullOf(repo, number), [label], userOf(user));
    },
    async comment(name, number, login, body) {
      const repo = repoOf(name);
      const user = userOf(login);
      if (permissionOf(repo, user) === 'none') throw new Problem('forbidden', `${login} may not read ${name}.`);
      if (!bodyFits(body)) throw new Problem('limit-exceeded', 'A comment holds at most 65,536 characters.');
      return addComment(server, repo, issueOf(repo, number), { body, user, app: null }).id;
    },
    async editComment(name, id, user, body) {
      const repo = repoOf(name);
      const comment = repo.comments.get(id);
      if (comment === undefined) throw new Problem('not-found', `There is no comment ${id} in ${name}.`);
      editComment(server, repo, comment, body, userOf(user));
    },
    async rerequestCheck(name, id, user = 'alice') {
      const repo = repoOf(name);
      const check = repo.checks.find((one) => one.id === id);
      if (check === undefined) throw new Problem('not-found', `There is no check run ${id} in ${name}.`);
      rerequestCheck(server, repo, check, userOf(user));
    },
    comments(name, number) {
      const repo = repoOf(name);
      const issue = issueOf(repo, number);
      return [...repo.comments.values()]
        .filter((comment) => comment.issue === issue)
        .map((comment) => ({
          id: comment.id,
          author: comment.user.login,
          body: comment.body,
          url: commentPage(server, repo, comment),
          createdAt: comment.createdAt,
          updatedAt: comment.updatedAt,
          minimized: comment.minimized,
          reactions: comment.reactions.map((reaction) => reaction.content),
        }));
    },
    checks: (name, sha) =>
      repoOf(name)
        .checks.filter((check) => check.headSha === sha)
        .map((check) => ({
          id: check.id,
          name: check.name,
          status: check.status,
          conclusion: check.conclusion,
          title: check.output.title ?? '',
          summary: check.output.summary ?? '',
          text: check.output.text ?? '',
          annotations: check.annotations.map((one) => ({ path: one.path, line: one.start_line, message: one.message })),
        })),
    deployments: (name) => repoOf(name).deployments.map(showDeployment),
    pulls(name) {
      const repo = repoOf(name);
      return pullsOf(repo).map((issue) => showPull(repo, issue));
    },
    pull(name, number) {
      const repo = repoOf(name);
      return showPull(repo, pullOf(repo, number));
    },
    ping() {
      for (const app of state.apps) server.webhooks.ping(app);
    },
    deliveries: () => server.webhooks.deliveries(),
    redeliver: (id) => server.webhooks.redeliver(id),
    idle: () => server.webhooks.idle(),
  };
  return people;

  function addOrganisation(login: string): User {
    const email = `${login}@users.noreply.localhost`;
    const user: User = { id: state.nextId(), login, name: login, email, type: 'Organization', permission: 'none' };
    state.users.set(login, user);
    return user;
  }

  function repoOf(name: string): Repository {
    const repo = state.repositories.get(name.toLowerCase());
    if (repo === undefined)
      throw new Problem('not-found', `There is no repository ${name}.`, { where: { repo: name } });
    return repo;
  }

  function userOf(login: string): User {
    const user = state.users.get(login);
    if (user === undefined) throw new Problem('not-found', `There is no user ${login}.`);
    return user;
  }

  function writer(repo: Repository, login: string): User {
    const user = userOf(login);
    if (!['admin', 'maintain', 'write'].includes(permissionOf(repo, user))) {
      throw new Problem('forbidden', `${login} may not write to ${repo.fullName}.`);
    }
    return user;
  }

  function issueOf(repo: Repository, number: number): Issue {
    const issue = repo.issues.get(number);
    if (issue === undefined)
      throw new Problem('not-found', `There is no issue or pull request #${number} in ${repo.fullName}.`);
    return issue;
  }

  function pullOf(repo: Repository, number: number): PullRequest {
    const issue = issueOf(repo, number);
    if (!isPull(issue))
      throw new Problem('not-found', `#${number} in ${repo.fullName} is an issue, not a pull request.`);
    return issue;
  }

  function showPull(repo: Repository, issue: PullRequest): ShownPull {
    const { pull } = issue;
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? '',
      author: issue.user.login,
      state: pull.merged ? 'merged' : issue.state,
      draft: pull.draft,
      head: pull.head,
      headSha: pull.headSha,
      base: pull.base,
      mergeCommit: pull.mergeCommit,
      labels: issue.labels.map((label) => label.name),
      url: issuePage(server, repo, issue),
    };
  }
}

function showDeployment(deployment: Deployment): ShownDeployment {
  const states = deployment.statuses.map((status) => status.state);
  return {
    id: deployment.id,
    environment: deployment.environment,
    sha: deployment.sha,
    description: deployment.description ?? '',
    state: states.at(-1) ?? 'pending',
    states,
  };
}
