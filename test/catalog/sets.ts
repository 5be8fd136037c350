import { afterAll } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { createEngines } from '../../src/engines/index.ts';
import { type ExpandPorts, expandSets } from '../../src/flows/expand-sets.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import type { ApplicationStatus } from '../../src/spec/operation.ts';
import type { Engines, Store } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

/** The files of each repository that git generators of a test read, by URL and path. */
export type Repositories = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The repository that most sets of these tests read. */
export const ADDONS = 'https://github.com/acme/addons.git';

/** What stands around a set, as manifests, and in other repositories. */
export interface World {
  readonly repositories?: Repositories;
  /** Cluster Secrets, ConfigMaps, AppProjects, Applications. */
  readonly manifests?: string;
  /** Repositories that do not answer, with what they say. */
  readonly failing?: Readonly<Record<string, Problem>>;
  /** What sets made before, as the last looks saw it. */
  readonly made?: readonly Pick<ApplicationStatus, 'generated'>[];
  /** In the place of the engines that all tests of a file share. */
  readonly engines?: Pick<Engines, 'templates' | 'jq'>;
  /** What generators ask GitHub. */
  readonly forge?: NonNullable<ExpandPorts['forge']>;
}

const engines = createEngines();
afterAll(() => engines.close());

/** What a control repository with one file of sets defines. */
export async function catalogueOf(sets: string, world: World = {}): Promise<Catalogue> {
  const { repositories = {}, manifests = '', failing = {}, forge, made } = world;
  const written = readCatalogue('https://github.com/acme/platform', [
    { path: 'sets.yaml', text: sets },
    { path: 'others.yaml', text: manifests },
  ]);
  const filesOf = (repoURL: string): Readonly<Record<string, string>> => {
    const problem = failing[repoURL];
    if (problem !== undefined) throw problem;
    const files = repositories[repoURL];
    if (files === undefined) throw new Problem('not-found', `There is no repository ${repoURL}.`);
    return files;
  };
  return expandSets(written, 'https://github.com/acme/platform', {
    source: {
      resolve: async (_repoURL, revision) => `commit of ${revision ?? 'HEAD'}`,
      tree: async (repoURL) => new Map(Object.entries(filesOf(repoURL))),
      checkout: async (repoURL, revision) => ({ repoURL, revision, dir: '/nowhere' }),
      readFiles: async ({ repoURL }, paths) => paths.map((path) => ({ path, text: filesOf(repoURL)[path] ?? '' })),
    },
    engines: world.engines ?? engines,
    ...(made === undefined ? {} : { store: { statuses: statusesOf(made) } }),
    forge,
    host: 'github.com',
    clock: () => '2026-11-24T08:00:00.000Z',
  });
}

function statusesOf(made: NonNullable<World['made']>): Store['statuses'] {
  const unused = async (): Promise<never> => {
    throw new Error('expanding a set only reads statuses');
  };
  return { load: unused, save: unused, remove: unused, all: async () => made as readonly ApplicationStatus[] };
}

/** The Applications that the sets give, in their order. Throws what is wrong with any. */
export async function generated(sets: string, world: World = {}): Promise<readonly Application[]> {
  const { applications, problems } = await catalogueOf(sets, world);
  const [first] = problems;
  if (first !== undefined) throw first;
  return applications.filter((one) => one.generatedBy !== undefined).map((one) => one.value);
}

/** A set of the given generators (YAML, not indented), whose applications show parameters as their `info`. */
export function setOf(
  generators: string,
  shown: Readonly<Record<string, string>>,
  { name = '{{.name}}', goTemplate = true }: { readonly name?: string; readonly goTemplate?: boolean } = {},
): string {
  const info = Object.entries(shown).map(([key, value]) => `    - {name: ${key}, value: '${value}'}`);
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: fleet, namespace: argocd}
spec:
  goTemplate: ${goTemplate}
${goTemplate ? '  goTemplateOptions: ["missingkey=error"]\n' : ''}  generators:
${generators
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
  template:
    metadata: {name: '${name}'}
    spec:
      project: default
      source: {repoURL: ${ADDONS}, path: '.'}
      destination: {server: https://kubernetes.default.svc}
      info: ${info.length === 0 ? '[]' : `\n${info.map((line) => `  ${line}`).join('\n')}`}
`;
}

/** Name of each application → what its `info` says. */
export function shownBy(
  applications: readonly Application[],
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    applications.map(({ metadata, spec }) => [
      metadata.name,
      Object.fromEntries((spec.info ?? []).map(({ name, value }) => [name, value])),
    ]),
  );
}

/** Names of applications, in their order. */
export function namesOf(applications: readonly Application[]): readonly string[] {
  return applications.map(({ metadata }) => metadata.name);
}

/** A cluster's registration. */
export function cluster(name: string, labels: Readonly<Record<string, string>> = {}, more = ''): string {
  const lines = Object.entries(labels).map(([key, value]) => `    ${key}: "${value}"\n`);
  return `---
apiVersion: v1
kind: Secret
metadata:
  name: ${name}
  labels:
    argocd.argoproj.io/secret-type: cluster
${lines.join('')}stringData: {name: ${name}, server: https://${name}.example.com${more}}
`;
}
