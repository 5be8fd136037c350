import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { ruledBy, sourceFor } from '../../src/flows/source-for.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import { controlApplication, fileSource } from '../security/support.ts';

const BASES = 'https://github.com/acme/bases';

function catalogue(sourceRepos: string, buildOptions = '') {
  const files = {
    'web.yaml': controlApplication('web', 'acme/platform'),
    'project.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default}\nspec: {sourceRepos: ['${sourceRepos}']}\n`,
    'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {kustomize.buildOptions: '${buildOptions}'}\n`,
  };
  return readCatalogue(
    '',
    Object.entries(files).map(([path, text]) => ({ path, text })),
  );
}

type Rules = Pick<Catalogue, 'projects' | 'settings'>;

function sourceOf(read: Catalogue, rules: Rules = read) {
  const [web] = read.applications;
  if (web === undefined) throw new Error('no application');
  return sourceFor(web.value, rules, fileSource({}));
}

describe('remote bases of an application', () => {
  it('are those that its project permits', async () => {
    const { bases } = sourceOf(catalogue('https://github.com/acme/*'));
    expect(await bases.resolve(BASES, 'v1')).toBe('a'.repeat(40));
    expect(await bases.checkout(BASES, 'a')).toMatchObject({ repoURL: BASES });
    for (const ask of [bases.resolve, bases.checkout]) {
      await expect(ask('https://github.com/spy/payroll', 'v1')).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('and its own repository, however it is written', async () => {
    const { bases } = sourceOf(catalogue('https://github.com/other/*'));
    expect(await bases.resolve('git@github.com:acme/platform.git', 'v1')).toBe('a'.repeat(40));
    await expect(bases.resolve(BASES, 'v1')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

it('files of the web are those of repositories, or at addresses, that its project permits', async () => {
  const release = 'https://github.com/acme/operator/releases/download/v1/install.yaml';
  const [web] = catalogue('x').applications;
  const filesOf = (sourceRepos: string) => {
    const source = { ...fileSource({}), webFile: async (url: string) => url };
    if (web === undefined) throw new Error('no application');
    return sourceFor(web.value, catalogue(sourceRepos), source).bases.webFile;
  };
  expect(await filesOf('https://github.com/acme/*')?.(release)()).toBe(release);
  expect(() => filesOf('https://github.com/other/*')?.(release)).toThrow('does not permit');
  expect(await filesOf('https://acme.example/**')?.('https://acme.example/a/b.yaml')()).toContain('b.yaml');
  expect(() => filesOf('https://acme.example/**')?.('https://acme.example.evil.example/b.yaml')).toThrow();
});

it('build options come from the settings, and for a change from those before it', () => {
  const before = catalogue('https://github.com/other/*');
  const after = catalogue('*', '--enable-helm');
  expect(sourceOf(after).buildOptions).toBe('--enable-helm');
  const { bases, buildOptions } = sourceOf(after, ruledBy(after, before));
  expect(buildOptions).toBe('');
  return expect(bases.resolve(BASES, 'v1')).rejects.toMatchObject({ code: 'forbidden' });
});
