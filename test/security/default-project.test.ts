import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';

const project = (rules: string) => `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: default
spec:
  sourceRepos: ${rules}
  destinations: [{server: '*', namespace: shop}]
`;

const sourceRepos = (files: readonly { readonly path: string; readonly text: string }[]) =>
  readCatalogue('acme/gitops', files)
    .projects.filter(({ value }) => value.metadata.name === 'default')
    .map(({ value }) => value.spec.sourceRepos);

describe('a team that narrows the project `default` never gets one that allows everything', () => {
  it('where the project is defined twice', () => {
    const text = project("['https://github.com/acme/gitops']");
    expect(
      sourceRepos([
        { path: 'a.yaml', text },
        { path: 'b.yaml', text },
      ]),
    ).toEqual([]);
  });

  it('where a field of it is wrong', () => {
    expect(sourceRepos([{ path: 'a.yaml', text: project('https://github.com/acme/gitops') }])).toEqual([]);
  });

  it('where its file is not YAML any more', () => {
    expect(sourceRepos([{ path: 'a.yaml', text: project("['https://github.com/acme/gitops'") }])).toEqual([]);
  });

  it('and a broken file elsewhere takes nobody the project that Argo CD makes by itself', () => {
    const text = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: [\n';
    expect(sourceRepos([{ path: 'a.yaml', text }])).toEqual([['*']]);
  });
});
