import { describe, expect, it } from 'vitest';
import { isDestinationPermitted } from '../../src/access/destination-rule.ts';
import { projectConditions } from '../../src/access/project-rules.ts';
import type { AppProjectSpec } from '../../src/spec/project.ts';
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

// https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-scoped-repositories-and-clusters
describe('clusters of a project', () => {
  const own = { ...EU, project: 'prod' };

  it.each<[string, AppProjectSpec, typeof own & { namespaces?: string[] }, string, boolean]>([
    ['its own is a destination without an entry', {}, own, 'shop', true],
    ['its own, bound to namespaces', {}, { ...own, namespaces: ['web'] }, 'shop', false],
    ['its own, bound to namespaces', {}, { ...own, namespaces: ['web'] }, 'web', true],
    ["another project's", {}, { ...EU, project: 'test' }, 'shop', false],
    ['its own, and denied', { destinations: [{ server: '*', namespace: '!shop' }] }, own, 'shop', false],
    [
      'its own, where only those count',
      { destinations: ANYWHERE, permitOnlyProjectScopedClusters: true },
      own,
      'shop',
      true,
    ],
    [
      "another project's, where only its own count",
      { destinations: ANYWHERE, permitOnlyProjectScopedClusters: true },
      { ...EU, project: 'test' },
      'shop',
      false,
    ],
  ])('%s (%j)', (_, spec, cluster, namespace, permitted) => {
    expect(isDestinationPermitted(projectOf(spec), cluster, namespace)).toBe(permitted);
  });

  it('says that only those of the project count', () => {
    const project = projectOf({ sourceRepos: ['*'], destinations: ANYWHERE, permitOnlyProjectScopedClusters: true });
    const [condition] = projectConditions({ project, application: applicationFrom('https://x/y'), cluster: EU });
    expect(condition?.message).toBe(
      "application destination server 'https://eu.acme.example:6443' is not a cluster of project 'prod', which permits only project-scoped clusters",
    );
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
    ['team-a', ['/^team-[ab]$/'], true],
    ['team-c', ['/^team-[ab]$/'], false],
    ['team-a', ['/(/'], false],
  ])('an Application in namespace %j with sourceNamespaces %j: %j', (namespace, sourceNamespaces, permitted) => {
    const project = projectOf({
      sourceRepos: ['*'],
      destinations: ANYWHERE,
      ...(sourceNamespaces === undefined ? {} : { sourceNamespaces }),
    });
    const application = applicationFrom('https://x/y', 'shop', namespace);
    const messages = projectConditions({ project, application, cluster: EU }).map(({ message }) => message);
    const refusal = `application 'shop' in namespace '${namespace}' is not permitted to use project 'prod'`;
    expect(messages).toEqual(permitted ? [] : [refusal]);
  });
});
