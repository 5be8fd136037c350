import { expect, test } from 'vitest';
import { createClone, temporaryFolder, trimtab } from './support.ts';

const ELSEWHERE = 'https://github.com/acme/teams';

const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  generators:
  - git: {repoURL: ${ELSEWHERE}, revision: main, directories: [{path: teams/*}]}
  template:
    metadata: {name: '{{path.basename}}'}
    spec:
      project: default
      source: {repoURL: ${ELSEWHERE}, targetRevision: main, path: '{{path}}'}
      destination: {server: https://kubernetes.default.svc, namespace: default}
`;

const config = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

test('list says the same again, and at once what another repository says that it follows', async () => {
  const control = createClone({ 'argocd/teams.yaml': SET });
  const teams = createClone({ 'teams/red/config.yaml': config('red') });
  const args = ['list', control.dir, '--map', `${ELSEWHERE}=${teams.dir}`, '-o', 'json'];
  const env = { TRIMTAB_CACHE: temporaryFolder() };
  const names = async (): Promise<readonly string[]> => {
    const { stdout, stderr, code } = await trimtab(args, { env });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return JSON.parse(stdout).map((row: { name: string }) => row.name);
  };
  expect(await names()).toEqual(['red']);
  expect(await names()).toEqual(['red']);
  teams.commit('main', { 'teams/blue/config.yaml': config('blue') });
  expect(await names()).toEqual(['blue', 'red']);
});

test('a problem is told each time', async () => {
  const { dir } = createClone({ 'argocd/teams.yaml': SET.replace('directories:', 'folders:') });
  const env = { TRIMTAB_CACHE: temporaryFolder() };
  const first = await trimtab(['list', dir], { env });
  expect(first.code).toBe(1);
  expect(first.stderr).toContain('argocd/teams.yaml');
  expect(await trimtab(['list', dir], { env })).toEqual(first);
});
