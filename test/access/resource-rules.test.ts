import { expect, it } from 'vitest';
import { isResourcePermitted, resourceConditions, type ScopedResource } from '../../src/access/resource-rules.ts';
import type { AppProjectSpec } from '../../src/spec/project.ts';
import { EU, projectOf } from './projects.ts';

const DEPLOYMENT: ScopedResource = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  namespaced: true,
};
const NAMESPACE: ScopedResource = {
  key: { group: '', kind: 'Namespace', namespace: '', name: 'shop' },
  namespaced: false,
};
const ALL = [{ group: '*', kind: '*' }];

it.each<[string, AppProjectSpec, ScopedResource, boolean]>([
  ['namespaced kinds are permitted by default', {}, DEPLOYMENT, true],
  ['an empty whitelist permits none', { namespaceResourceWhitelist: [] }, DEPLOYMENT, false],
  [
    'a whitelist permits its kinds',
    { namespaceResourceWhitelist: [{ group: 'apps', kind: 'Deploy*' }] },
    DEPLOYMENT,
    true,
  ],
  ['and no others', { namespaceResourceWhitelist: [{ group: '', kind: 'Deployment' }] }, DEPLOYMENT, false],
  ['a blacklist wins', { namespaceResourceWhitelist: ALL, namespaceResourceBlacklist: ALL }, DEPLOYMENT, false],
  ['lists of cluster kinds are not asked for namespaced ones', { clusterResourceBlacklist: ALL }, DEPLOYMENT, true],
  ['cluster kinds are forbidden by default', {}, NAMESPACE, false],
  ['so with an empty whitelist', { clusterResourceWhitelist: [] }, NAMESPACE, false],
  ['a whitelist permits', { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] }, NAMESPACE, true],
  ['by name', { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'sh*' }] }, NAMESPACE, true],
  [
    'not by another name',
    { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'web' }] },
    NAMESPACE,
    false,
  ],
  [
    'a blacklist narrows',
    { clusterResourceWhitelist: ALL, clusterResourceBlacklist: [{ group: '', kind: 'Namespace', name: 'shop' }] },
    NAMESPACE,
    false,
  ],
  [
    'a group that can not be read leaves other kinds alone',
    { namespaceResourceBlacklist: [{ group: '{', kind: 'X' }] },
    DEPLOYMENT,
    true,
  ],
  ['and denies its kind', { namespaceResourceBlacklist: [{ group: '{', kind: 'Deployment' }] }, DEPLOYMENT, false],
])('%s', (_, spec, resource, expected) => {
  expect(isResourcePermitted(projectOf(spec), resource)).toBe(expected);
});

it("says each forbidden kind once, and forbidden namespaces, in Argo CD's words", () => {
  const project = projectOf({
    destinations: [{ server: '*', namespace: 'shop' }],
    namespaceResourceBlacklist: [{ group: 'apps', kind: 'Deployment' }],
  });
  const config = { key: { group: '', kind: 'ConfigMap', namespace: 'kube-system', name: 'a' }, namespaced: true };
  expect(resourceConditions(project, EU, [DEPLOYMENT, DEPLOYMENT, config, NAMESPACE])).toEqual([
    { type: 'SyncError', message: 'resource apps:Deployment is not permitted in project prod' },
    { type: 'SyncError', message: "namespace kube-system is not permitted in project 'prod'" },
    { type: 'SyncError', message: 'resource :Namespace is not permitted in project prod' },
  ]);
});
