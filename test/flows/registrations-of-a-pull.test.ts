import { expect, it } from 'vitest';
import { compareRevisions } from '../../src/flows/compare-revisions.ts';
import type { ManifestFile } from '../../src/spec/catalogue.ts';
import type { Source } from '../../src/spec/ports.ts';
import type { RepositoryAccess } from '../../src/spec/settings.ts';

const REPO = 'https://github.com/acme/platform';
const CHARTS = 'https://charts.acme.example';

/** An application of a chart that the project permits; its release changes, so that it is previewed. */
const application = (release: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: default
  source: {repoURL: ${CHARTS}, chart: web, targetRevision: 1.0.0, helm: {releaseName: ${release}}}
  destination: {server: https://kubernetes.default.svc, namespace: web}
`;

const secret = (password: string, url = CHARTS): string => `apiVersion: v1
kind: Secret
metadata: {name: charts, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {type: helm, url: '${url}', username: bot, password: '${password}'}
`;
const certificates = (pem: string): string => `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-tls-certs-cm}
data: {charts.acme.example: ${pem}}
`;

/** How each chart was asked for while a change was previewed: with which credentials, by which side. */
async function accesses(
  before: readonly string[],
  after: readonly string[],
  at: { readonly after?: string; readonly known?: string[] } = {},
) {
  const files: Readonly<Record<string, readonly ManifestFile[]>> = {
    base: [{ path: 'all.yaml', text: [application('a'), ...before].join('---\n') }],
    head: [{ path: 'all.yaml', text: [at.after ?? application('b'), ...after].join('---\n') }],
  };
  const asked: (RepositoryAccess | undefined)[] = [];
  const source: Source = {
    resolve: async (_repoURL, revision) => revision ?? 'base',
    tree: async (_repoURL, revision) => new Map([['all.yaml', revision]]),
    checkout: async (repoURL, revision) => ({ repoURL, revision, dir: '/nowhere' }),
    chartVersion: async (chart, revision = '', scope) => {
      asked.push(scope?.accessTo(chart.repoURL));
      return revision;
    },
    chart: async ({ repoURL }, revision, scope) => {
      asked.push(scope?.accessTo(repoURL));
      return { repoURL, revision, dir: '/nowhere' };
    },
    manifestFiles: async ({ revision }) => files[revision] ?? [],
    readFiles: async () => [],
  };
  const load = async (server: string): Promise<undefined> => {
    at.known?.push(server);
  };
  const { applications } = await compareRevisions(
    { repoURL: REPO, controlURL: REPO, branch: 'main', defaultBranch: 'main', base: 'base', head: 'head' },
    {
      source,
      renderer: {
        parameters: async ({ source: own }) => own,
        render: async () => [],
        closure: async () => [],
        mayDefine: async () => false,
        decrypted: () => false,
      },
      store: { facts: { load, save: async () => undefined } },
      engines: { templates: async () => [], jq: async () => [] },
      clock: () => '2026-11-24T10:00:00.000Z',
      markKey: 'key',
      guarded: true,
    },
  );
  expect(applications.map(({ application: name, problem }) => [name, problem])).toEqual([['web', undefined]]);
  return asked;
}

const passwords = (asked: readonly (RepositoryAccess | undefined)[]): readonly (string | undefined)[] => [
  ...new Set(asked.map((access) => access?.password)),
];

it('uses what is registered before the change', async () => {
  const registered = secret('env:TRIMTAB_REPOSITORY_CHARTS');
  expect(passwords(await accesses([registered], [registered]))).toEqual(['env:TRIMTAB_REPOSITORY_CHARTS']);
});

it('uses nothing that the change itself registers', async () => {
  expect(passwords(await accesses([], [secret('env:TRIMTAB_REPOSITORY_CHARTS')]))).toEqual([undefined]);
});

it('uses neither the old nor the new of a registration that the change alters, on the side of the change', async () => {
  const asked = await accesses([secret('env:TRIMTAB_REPOSITORY_CHARTS')], [secret('env:TRIMTAB_REPOSITORY_OTHER')]);
  expect(passwords(asked)).not.toContain('env:TRIMTAB_REPOSITORY_OTHER');
  expect(passwords(asked)).toContain(undefined);
});

it('sends no credential of another host to one that the change names', async () => {
  const theirs = secret('env:TRIMTAB_REPOSITORY_CHARTS', 'https://charts.other.example');
  const redirected = secret('env:TRIMTAB_REPOSITORY_CHARTS', CHARTS);
  expect(passwords(await accesses([theirs], [redirected]))).toEqual([undefined]);
});

it('trusts no certificate that the change brings', async () => {
  const registered = secret('env:TRIMTAB_REPOSITORY_CHARTS');
  const cas = async (before: string[], after: string[]) => [
    ...new Set((await accesses([registered, ...before], [registered, ...after])).map((access) => access?.ca)),
  ];
  expect(await cas([certificates('OLD')], [certificates('OLD')])).toEqual(['OLD']);
  expect(await cas([], [certificates('MINE')])).toEqual([undefined]);
  expect(await cas([certificates('OLD')], [certificates('MINE')])).toEqual(['OLD']);
});

// A preview is given no port that connects to clusters: what it knows of one was recorded by a refresh, by its address.
it('shows what goes to a cluster that the change registers, and asks nobody there', async () => {
  const cluster = `apiVersion: v1
kind: Secret
metadata: {name: theirs, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData: {name: theirs, server: 'https://attacker.example', config: '{"bearerToken": "env:TRIMTAB_TOKEN"}'}
`;
  const moved = application('b').replace('server: https://kubernetes.default.svc', 'name: theirs');
  const known: string[] = [];
  await accesses([], [cluster], { after: moved, known });
  expect(known.toSorted()).toEqual(['https://attacker.example', 'https://kubernetes.default.svc']);
});
