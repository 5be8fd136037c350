import { describe, expect, it } from 'vitest';
import { isDestinationPermitted, isSourcePermitted, projectConditions } from '../../src/access/project-rules.ts';
import { applicationFrom, EU, projectOf } from './projects.ts';

const ANYWHERE = [{ server: '*', namespace: '*' }];

describe('sourceRepos', () => {
  it.each<[string[], string, boolean]>([
    [['*'], 'https://github.com/acme/gitops', true],
    [[], 'https://github.com/acme/gitops', false],
    [['https://github.com/acme/gitops'], 'https://github.com/acme/gitops.git', true],
    [['https://github.com/acme/gitops.git'], 'https://GitHub.com/Acme/gitops/', true],
    [['https://github.com/acme/*'], 'https://github.com/acme/gitops', true],
    [['https://github.com/acme/*'], 'https://github.com/acme-evil/gitops', false],
    [['https://github.com/*'], 'https://github.com/acme/gitops', false],
    [['https://github.com/**'], 'https://github.com/acme/gitops', true],
    [['git@github.com:acme/*'], 'ssh://git@github.com/acme/gitops.git', true],
    [['https://github.com/acme/*'], 'git@github.com:acme/gitops.git', false],
    [['*', '!https://github.com/acme/secret'], 'https://github.com/acme/secret.git', false],
    [['*', '!https://github.com/acme/secret'], 'https://github.com/acme/gitops', true],
    [['!https://github.com/acme/secret'], 'https://github.com/acme/gitops', false],
    [['*', '!https://github.com/[z-a]'], 'https://github.com/acme/gitops', false],
    [['https://github.com/{acme,other}/gitops'], 'https://github.com/other/gitops', true],
    [['https://github.com.acme/gitops'], 'https://github.comxacme/gitops', false],
  ])('%j permits %s: %j', (sourceRepos, repoURL, expected) => {
    expect(isSourcePermitted(projectOf({ sourceRepos }), repoURL)).toBe(expected);
  });

  it('permits nothing without the field', () => {
    expect(isSourcePermitted(projectOf({}), 'https://github.com/acme/gitops')).toBe(false);
  });
});

describe('destinations', () => {
  it.each<[string, { server?: string; name?: string; namespace?: string }[], string, boolean]>([
    ['server and namespace', [{ server: EU.server, namespace: 'shop' }], 'shop', true],
    ['another namespace', [{ server: EU.server, namespace: 'shop' }], 'web', false],
    ['the cluster by its name', [{ name: 'eu', namespace: 'shop-*' }], 'shop-1', true],
    ['another cluster', [{ name: 'us', namespace: '*' }], 'shop', false],
    ['an entry without a namespace', [{ name: 'eu' }], 'shop', false],
    ['nothing', [], 'shop', false],
    ['all but kube-system', [...ANYWHERE, { server: '*', namespace: '!kube-system' }], 'kube-system', false],
    ['all but kube-system', [...ANYWHERE, { server: '*', namespace: '!kube-system' }], 'shop', true],
    ['all but one cluster', [...ANYWHERE, { server: '!https://eu.*', namespace: '*' }], 'shop', false],
    ['all but one cluster by name', [...ANYWHERE, { name: '!eu', namespace: '*' }], 'shop', false],
    ['a denial for another cluster', [...ANYWHERE, { server: 'https://us.*', namespace: '!shop' }], 'shop', true],
    ['a denial for another namespace', [...ANYWHERE, { server: '!https://eu.*', namespace: 'web' }], 'shop', true],
    ['denials alone', [{ server: '*', namespace: '!kube-system' }], 'shop', false],
    ['! on both sides, the cluster hit', [...ANYWHERE, { server: '!https://eu.*', namespace: '!x' }], 'shop', false],
  ])('%s: %j and namespace %s', (_, destinations, namespace, expected) => {
    expect(isDestinationPermitted(projectOf({ destinations }), EU, namespace)).toBe(expected);
  });
});

describe('projectConditions', () => {
  it('says nothing where all is permitted', () => {
    const project = projectOf({ sourceRepos: ['*'], destinations: ANYWHERE });
    expect(projectConditions({ project, application: applicationFrom('https://x/y'), cluster: EU })).toEqual([]);
  });

  it("says what is forbidden in Argo CD's words", () => {
    const question = { project: projectOf({}), application: applicationFrom('https://x/y'), cluster: EU };
    expect(projectConditions(question)).toEqual([
      { type: 'InvalidSpecError', message: "application repo https://x/y is not permitted in project 'prod'" },
      {
        type: 'InvalidSpecError',
        message:
          "application destination server 'https://eu.acme.example:6443' and namespace 'shop' do not match any of the allowed destinations in project 'prod'",
      },
    ]);
  });

  it.each<[string | undefined, string[] | undefined, boolean]>([
    [undefined, undefined, true],
    ['argocd', undefined, true],
    ['team-a', undefined, false],
    ['team-a', ['team-*'], true],
    ['team-a', ['other'], false],
  ])('an Application in namespace %j with sourceNamespaces %j: %j', (namespace, sourceNamespaces, permitted) => {
    const project = projectOf({
      sourceRepos: ['*'],
      destinations: ANYWHERE,
      ...(sourceNamespaces === undefined ? {} : { sourceNamespaces }),
    });
    const application = applicationFrom('https://x/y', 'shop', namespace);
    const messages = projectConditions({ project, application, cluster: EU }).map(({ message }) => message);
    const refusal = "application 'shop' in namespace 'team-a' is not permitted to use project 'prod'";
    expect(messages).toEqual(permitted ? [] : [refusal]);
  });
});
