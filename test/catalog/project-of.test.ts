import { describe, expect, it } from 'vitest';
import { projectOf } from '../../src/catalog/project-of.ts';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { problemOf } from '../spec/documents.ts';

const project = (name: string, labels: string, spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: ${name}, labels: ${labels}}\nspec: ${spec}\n---\n`;

const settings = (globalProjects: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata:\n  globalProjects: |-\n${globalProjects.replace(/^/gm, '    ')}\n`;

const ANYWHERE = "{sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}]}";

const EVERY_PROD = `- labelSelector:
    matchExpressions:
    - {key: opt, operator: In, values: [prod]}
  projectName: strict`;

// https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#configuring-global-projects-v18
describe('global projects', () => {
  const text = [
    project('shop', '{opt: prod}', ANYWHERE),
    project('web', '{opt: test}', ANYWHERE),
    project(
      'strict',
      '{opt: prod}',
      "{destinations: [{server: '*', namespace: '!kube-system'}], namespaceResourceBlacklist: [{group: '', kind: Secret}], syncWindows: [{kind: deny, schedule: '0 0 * * *', duration: 1h, applications: ['*']}]}",
    ),
  ].join('');
  const read = (globalProjects: string) =>
    readCatalogue('', [{ path: 'projects.yaml', text: text + settings(globalProjects) }]);

  it('append their lists to those of the projects that they select', () => {
    const { spec } = projectOf('shop', read(EVERY_PROD)) ?? expect.unreachable();
    expect(spec.destinations).toEqual([
      { server: '*', namespace: '*' },
      { server: '*', namespace: '!kube-system' },
    ]);
    expect(spec.namespaceResourceBlacklist).toEqual([{ group: '', kind: 'Secret' }]);
    expect(spec.syncWindows).toHaveLength(1);
    expect(spec.sourceRepos).toEqual(['*']);
  });

  it('leave a list absent that is nowhere: an empty one would forbid everything', () => {
    expect(projectOf('shop', read(EVERY_PROD))?.spec).not.toHaveProperty('namespaceResourceWhitelist');
  });

  it('leave other projects, and themselves, as they are', () => {
    const catalogue = read(EVERY_PROD);
    expect(projectOf('web', catalogue)?.spec).not.toHaveProperty('syncWindows');
    expect(projectOf('strict', catalogue)?.spec.syncWindows).toHaveLength(1);
    expect(projectOf('other', catalogue)).toBeUndefined();
  });

  it('that cannot be read forbid: nobody knows what they say', () => {
    const problem = problemOf(() => projectOf('web', read('- projectName: strict')));
    expect(problem.message).toContain('globalProjects of argocd-cm cannot be read');
  });
});
