import { describe, expect, it } from 'vitest';
import { isDestinationPermitted, projectConditions } from '../../src/access/project-rules.ts';
import { applicationFrom, EU, projectOf } from './projects.ts';

const ANYWHERE = [{ server: '*', namespace: '*' }];

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
