import { expect, test } from 'vitest';
import type { ComparePorts } from '../../src/flows/compare-ports.ts';
import { compareRevisions } from '../../src/flows/compare-revisions.ts';
import { controlApplication } from './support.ts';

const URL = 'https://github.com/acme/platform';
const BASE = 'b'.repeat(40);
const HEAD = 'c'.repeat(40);

const project = (repo: string): string => `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default}
spec:
  sourceRepos: ['${repo}']
  destinations: [{server: '*', namespace: '*'}]
`;

/** What a preview shows of a pull request that changes the control repository from one set of files to another. */
async function previewed(base: Readonly<Record<string, string>>, head: Readonly<Record<string, string>>) {
  const read: string[] = [];
  const filesAt = (revision: string) => Object.entries(revision === BASE ? base : head);
  const ports = {
    source: {
      resolve: async () => BASE,
      tree: async (_: string, revision: string) => new Map(filesAt(revision)),
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/nowhere' }),
      manifestFiles: async ({ revision }: { readonly revision: string }) =>
        filesAt(revision).map(([path, text]) => ({ path, text })),
    },
    renderer: {
      closure: async () => [],
      mayDefine: async () => true,
      render: async ({ checkout }: { readonly checkout: { readonly repoURL: string } }) => {
        read.push(checkout.repoURL);
        return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'salaries' }, data: { ceo: 'a lot' } }];
      },
    },
    store: { facts: { load: async () => undefined } },
    clock: () => '2026-11-24T09:00:00.000Z',
    markKey: 'key',
    guarded: true,
  } as unknown as ComparePorts;
  const revisions = { repoURL: URL, controlURL: URL, branch: 'main', defaultBranch: 'main', base: BASE, head: HEAD };
  const { applications } = await compareRevisions(revisions, ports);
  return { read, text: JSON.stringify(applications), problem: applications[0]?.problem?.code };
}

const spy = { 'spy.yaml': controlApplication('spy', 'acme/payroll') };

test('a pull request can not show a private repository that no project permits', async () => {
  const own = { 'project.yaml': project(`${URL}*`) };
  const { read, text, problem } = await previewed(own, { ...own, ...spy });
  expect(read).toEqual([]);
  expect(text).not.toContain('a lot');
  expect(problem).toBe('forbidden');
});

test('nor can it permit the repository to itself', async () => {
  const base = { 'project.yaml': project(`${URL}*`) };
  expect(await previewed(base, { 'project.yaml': project('*'), ...spy })).toMatchObject({
    read: [],
    problem: 'forbidden',
  });
});

test('a repository that the project permits already is shown', async () => {
  const base = { 'project.yaml': project('https://github.com/acme/*') };
  const { read, text } = await previewed(base, { ...base, ...spy });
  expect([...new Set(read)]).toEqual(['https://github.com/acme/payroll']);
  expect(text).toContain('a lot');
});
