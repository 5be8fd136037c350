import { describe, expect, it } from 'vitest';
import type { HostedRepository, Pull } from '../../../src/spec/ports.ts';
import { Problem } from '../../../src/spec/problem.ts';
import { catalogueOf, generated, namesOf, setOf, shownBy, type World } from '../sets.ts';

const SHA = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

function pull(number: number, branch: string, more: Partial<Pull> = {}): Pull {
  return {
    repo: 'acme/shop',
    number,
    nodeId: `PR_${number}`,
    title: `Change ${number}`,
    url: `https://github.com/acme/shop/pull/${number}`,
    author: 'alice',
    state: 'open',
    draft: false,
    merged: false,
    fork: false,
    labels: [],
    base: { ref: 'main', sha: SHA },
    head: { ref: branch, sha: SHA },
    ...more,
  };
}

function repository(name: string, more: Partial<HostedRepository> = {}): HostedRepository {
  const fullName = `acme/${name}`;
  return {
    id: 4711,
    organization: 'acme',
    name,
    fullName,
    defaultBranch: 'main',
    topics: [],
    archived: false,
    httpsURL: `https://github.com/${fullName}.git`,
    sshURL: `git@github.com:${fullName}.git`,
    ...more,
  };
}

/** A GitHub with these pull requests in acme/shop, and these repositories of acme, whose files are their paths. */
function github(
  pulls: readonly Pull[],
  repositories: readonly HostedRepository[] = [],
  files: Readonly<Record<string, readonly string[]>> = {},
): World {
  return {
    repositories: Object.fromEntries(
      repositories.map(({ httpsURL, name }) => [
        httpsURL,
        Object.fromEntries((files[name] ?? []).map((path) => [path, ''])),
      ]),
    ),
    forge: {
      openPulls: async (repo) => {
        if (repo !== 'acme/shop') throw new Problem('forbidden', `The GitHub App is not installed on ${repo}.`);
        return pulls;
      },
      repositories: async () => repositories,
      branches: async () => [
        { name: 'main', sha: SHA },
        { name: 'release/1.0', sha: SHA },
      ],
      resolve: async () => SHA,
    },
  };
}

const PULLS = [
  pull(7, 'feature/Short_Näme', { labels: ['preview', 'web'], author: 'bob', title: 'Add a cart' }),
  pull(8, `fix/${'a-rather-long-branch-name-'.repeat(3)}end`, { labels: ['preview'] }),
  pull(9, 'chore', { base: { ref: 'release-1', sha: SHA } }),
];

describe('the pull request generator', () => {
  const set = (more: string, shown: Readonly<Record<string, string>> = {}, goTemplate = true): string =>
    setOf(`- pullRequest:\n    github: {owner: acme, repo: shop${more}`, shown, {
      name: goTemplate ? 'pr-{{.number}}' : 'pr-{{number}}',
      goTemplate,
    });

  it('gives the parameters of the documentation', async () => {
    const names = ['title', 'branch', 'branch_slug', 'target_branch', 'target_branch_slug', 'head_sha', 'author'];
    const shown = Object.fromEntries([...names, 'head_short_sha', 'head_short_sha_7'].map((n) => [n, `{{.${n}}}`]));
    const applications = await generated(set('}', { ...shown, labels: '{{ join "+" .labels }}' }), github(PULLS));
    expect(namesOf(applications)).toEqual(['pr-7', 'pr-8', 'pr-9']);
    const all = shownBy(applications);
    expect(all['pr-7']).toEqual({
      title: 'Add a cart',
      branch: 'feature/Short_Näme',
      branch_slug: 'feature-short-name',
      target_branch: 'main',
      target_branch_slug: 'main',
      head_sha: SHA,
      head_short_sha: 'e69de29b',
      head_short_sha_7: 'e69de29',
      author: 'bob',
      labels: 'preview+web',
    });
    // Cut between words, at 50 characters at most.
    expect(all['pr-8']?.['branch_slug']).toBe('fix-a-rather-long-branch-name-a-rather-long-branch');
  });

  it('fills the older style, which has no labels', async () => {
    const applications = await generated(
      set('}', { sha: '{{head_short_sha_7}}', labels: '{{labels}}' }, false),
      github(PULLS),
    );
    expect(shownBy(applications)['pr-9']).toEqual({ sha: 'e69de29', labels: '{{labels}}' });
  });

  it('has none in a repository that is not there, with continueOnRepoNotFoundError; else the set fails', async () => {
    const gone = (code: 'not-found' | 'forbidden' | 'unavailable', where: { readonly repo?: string }): World => ({
      forge: {
        ...github([]).forge,
        openPulls: async () => {
          throw new Problem(code, 'The App may not read acme/shop.', { where });
        },
      },
    });
    const lenient = set('}\n    continueOnRepoNotFoundError: true');
    const failing = async (text: string, world: World): Promise<readonly (string | undefined)[]> =>
      (await catalogueOf(text, world)).problems.map(({ where }) => where.applicationSet);
    const repo = 'acme/shop';
    expect(await failing(lenient, gone('not-found', { repo }))).toEqual([]);
    expect(await failing(lenient, gone('forbidden', { repo }))).toEqual([]);
    expect(await failing(set('}'), gone('not-found', { repo }))).toEqual(['fleet']);
    // An outage is not the end of a repository, and neither is a rule of our own.
    expect(await failing(lenient, gone('unavailable', { repo }))).toEqual(['fleet']);
    expect(await failing(lenient, gone('forbidden', {}))).toEqual(['fleet']);
  });

  it('takes those that have all of the labels, and pass one of the filters', async () => {
    const kept = async (more: string): Promise<readonly string[]> => namesOf(await generated(set(more), github(PULLS)));
    expect(await kept(', labels: [preview, web]}')).toEqual(['pr-7']);
    expect(await kept('}\n    filters: [{branchMatch: "^f", titleMatch: cart}]')).toEqual(['pr-7']);
    expect(await kept('}\n    filters: [{titleMatch: cart}, {targetBranchMatch: "^release-"}]')).toEqual([
      'pr-7',
      'pr-9',
    ]);
    expect(await kept('}\n    filters: [{branchMatch: "(a+)+$"}]')).toEqual([]);
  });

  it('says which filter is no regular expression', async () => {
    const { problems, applications } = await catalogueOf(
      set('}\n    filters: [{}, {branchMatch: "(?=x)"}]'),
      github(PULLS),
    );
    expect(applications).toEqual([]);
    expect(problems).toMatchObject([
      { where: { applicationSet: 'fleet', field: 'spec.generators[0].pullRequest.filters[1].branchMatch' } },
    ]);
  });

  it('never takes a GitHub that does not answer, or another host, for no pull request', async () => {
    const unknown = setOf('- pullRequest: {github: {owner: acme, repo: secret}}', {}, { name: 'pr-{{.number}}' });
    const gitlab = setOf('- pullRequest: {gitlab: {project: "1"}}', {}, { name: 'pr-{{.number}}' });
    const elsewhere = set(', api: https://git.example.com}');
    expect((await catalogueOf(unknown, github(PULLS))).problems[0]).toMatchObject({ code: 'forbidden' });
    expect((await catalogueOf(gitlab, github(PULLS))).problems[0]?.message).toContain('asks gitlab');
    expect((await catalogueOf(elsewhere, github(PULLS))).problems[0]?.message).toContain('git.example.com');
    expect((await catalogueOf(set('}'))).problems[0]).toMatchObject({
      code: 'unavailable',
      where: { applicationSet: 'fleet' },
    });
  });
});

describe('the SCM provider generator', () => {
  const REPOSITORIES = [
    repository('myapp', { topics: ['deploy-ok', 'web'] }),
    repository('myapp-old', { archived: true, topics: ['deploy-ok'] }),
    repository('otherapp'),
    repository('tools'),
  ];
  const FILES = { myapp: ['kubernetes/kustomization.yaml'], otherapp: ['helm/Chart.yaml'], tools: [] };
  const world = github([], REPOSITORIES, FILES);
  const set = (more: string, shown: Readonly<Record<string, string>> = {}, name = '{{.repository}}'): string =>
    setOf(`- scmProvider:\n    github: {organization: acme${more}`, shown, { name });

  it('gives the parameters of the documentation', async () => {
    const names = ['organization', 'repository_id', 'url', 'branch', 'sha', 'short_sha', 'short_sha_7', 'labels'];
    const shown = Object.fromEntries(names.map((name) => [name, `{{.${name}}}`]));
    const values = '}\n    values: {name: "{{.organization}}-{{.repository}}"}';
    const applications = await generated(set(values, { ...shown, own: '{{.values.name}}' }), world);
    expect(namesOf(applications)).toEqual(['myapp', 'myapp-old', 'otherapp', 'tools']);
    expect(shownBy(applications)['myapp']).toEqual({
      organization: 'acme',
      repository_id: '4711',
      url: 'git@github.com:acme/myapp.git',
      branch: 'main',
      sha: SHA,
      short_sha: 'e69de29b',
      short_sha_7: 'e69de29',
      labels: 'deploy-ok,web',
      own: 'acme-myapp',
    });
  });

  it('takes what passes one of the filters of the documentation', async () => {
    const filters = `}
    filters:
    - repositoryMatch: ^myapp
      pathsExist: [kubernetes/kustomization.yaml]
      labelMatch: deploy-ok
    - repositoryMatch: ^otherapp
      pathsExist: [helm]
      pathsDoNotExist: [disabledrepo.txt]`;
    expect(namesOf(await generated(set(filters), world))).toEqual(['myapp', 'otherapp']);
    const disabled = { ...FILES, otherapp: ['helm/Chart.yaml', 'disabledrepo.txt'] };
    expect(namesOf(await generated(set(filters), github([], REPOSITORIES, disabled)))).toEqual(['myapp']);
  });

  it('takes every branch where it is asked to, over https, without archived repositories', async () => {
    const more = `, allBranches: true, excludeArchivedRepos: true}
    cloneProtocol: https
    filters: [{repositoryMatch: ^myapp, branchMatch: ^release/}]`;
    const applications = await generated(
      set(more, { url: '{{.url}}' }, '{{.repository}}-{{.branchNormalized}}'),
      world,
    );
    expect(shownBy(applications)).toEqual({ 'myapp-release-1.0': { url: 'https://github.com/acme/myapp.git' } });
  });
});
