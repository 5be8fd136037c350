import { describe, expect, it } from 'vitest';
import type { ComparePorts } from '../../src/flows/compare-ports.ts';
import { compareRevisions } from '../../src/flows/compare-revisions.ts';

const PLATFORM = 'https://github.com/acme/platform';
const SECRETS = 'https://github.com/acme/payroll';

function set(template: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  goTemplate: true
  generators:
  - git: {repoURL: ${SECRETS}, files: [{path: '*.yaml'}]}
  template:
    metadata: {name: '${template}'}
    spec:
      project: open
      source: {repoURL: ${PLATFORM}, path: '.'}
      destination: {server: https://kubernetes.default.svc}
`;
}

const project = (repo: string): string => `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: open}
spec: {sourceRepos: ['${repo}'], destinations: [{server: '*', namespace: '*'}]}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default}
spec: {sourceRepos: ['${PLATFORM}']}
`;

/** What a preview shows, where a change takes the control repository from `base` to `head`. */
async function shown(base: Readonly<Record<string, string>>, head: Readonly<Record<string, string>>) {
  const at: Readonly<Record<string, Readonly<Record<string, string>>>> = { base, head };
  const filesOf = (repoURL: string, revision: string): Readonly<Record<string, string>> =>
    repoURL === SECRETS ? { 'salaries.yaml': 'name: alice-earns-90k' } : (at[revision] ?? {});
  const ports = {
    source: {
      resolve: async () => 'head',
      tree: async (repoURL: string, revision: string) => new Map(Object.entries(filesOf(repoURL, revision))),
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/nowhere' }),
      manifestFiles: async ({ repoURL, revision }: { readonly repoURL: string; readonly revision: string }) =>
        Object.entries(filesOf(repoURL, revision)).map(([path, text]) => ({ path, text })),
      readFiles: async (
        { repoURL, revision }: { readonly repoURL: string; readonly revision: string },
        paths: string[],
      ) => paths.map((path) => ({ path, text: filesOf(repoURL, revision)[path] ?? '' })),
    },
    renderer: { render: async () => [], closure: async () => ['never/'], mayDefine: async () => false },
    store: { facts: { load: async () => undefined } },
    engines: { templates: async () => [] },
    clock: () => '2026-11-24T10:00:00Z',
    markKey: 'key',
    guarded: true,
  } as unknown as ComparePorts;
  const revisions = {
    repoURL: PLATFORM,
    controlURL: PLATFORM,
    branch: 'main',
    defaultBranch: 'main',
    base: 'base',
    head: 'head',
  };
  return await compareRevisions(revisions, ports);
}

describe('a set that a pull request brings', () => {
  it('shows nothing of a repository that no project permitted before', async () => {
    const before = { 'project.yaml': project(PLATFORM) };
    const { applications, problems } = await shown(before, {
      'project.yaml': project('*'),
      'set.yaml': set('{{.name}}'),
    });
    expect(JSON.stringify([applications, problems])).not.toContain('alice');
    expect(problems[0]).toMatchObject({ code: 'forbidden', where: { file: 'set.yaml', applicationSet: 'all' } });
  });

  it('nor does one that was there, and shows other fields now', async () => {
    const before = { 'project.yaml': project(PLATFORM), 'set.yaml': set('fixed') };
    const { applications, problems } = await shown(before, { ...before, 'set.yaml': set('{{.name}}') });
    expect(JSON.stringify(applications)).not.toContain('alice');
    expect(applications).toMatchObject([
      { application: 'fixed', lifecycle: 'changed', problem: { code: 'forbidden' } },
    ]);
    expect(problems.every(({ code }) => code === 'forbidden')).toBe(true);
  });

  it('is expanded where a project permits the repository, or where the set is as it was', async () => {
    const open = { 'project.yaml': project('https://github.com/acme/*') };
    const { applications } = await shown(open, { ...open, 'set.yaml': set('{{.name}}') });
    expect(applications).toMatchObject([{ application: 'alice-earns-90k', lifecycle: 'new' }]);
    const same = { 'project.yaml': project(PLATFORM), 'set.yaml': set('{{.name}}') };
    expect(await shown(same, { ...same, 'other.yaml': 'a: 1' })).toEqual({ applications: [], problems: [] });
  });
});
