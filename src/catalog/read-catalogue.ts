import type { Parsed } from '../spec/application.ts';
import type { Catalogue, ManifestFile } from '../spec/catalogue.ts';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
import { parseApplication } from '../spec/parse-application.ts';
import { parseApplicationSet } from '../spec/parse-applicationset.ts';
import { parseProject } from '../spec/parse-project.ts';
import { asProblem, type Problem, type Where } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { readSettings } from './read-settings.ts';
import { withoutDuplicates } from './without-duplicates.ts';
import { withoutProject } from './without-project.ts';

/**
 * Reads all that the manifest files of a control repository define. A file or document that can't be read is a problem
 * and loses nothing else. Never throws. Order: as the files come, and within a file from top to bottom.
 * What sets generate is added afterwards: `withGenerated`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/
 */
export function readCatalogue(repo: string, files: readonly ManifestFile[]): Catalogue {
  const problems: Problem[] = [];
  const documents: ManifestDocument[] = [];
  for (const file of files.filter(mayDefine)) {
    const read = documentsOf(file);
    documents.push(...read.documents);
    problems.push(...read.problems);
  }
  const keep = <T>(document: ManifestDocument, read: (document: ManifestDocument) => T): T[] => {
    try {
      return [read(document)];
    } catch (thrown) {
      problems.push(asProblem(thrown).at(nameOf(document)));
      return [];
    }
  };
  const argo = documents.filter((document) => document.apiVersion.startsWith('argoproj.io/'));
  const ofKind = (kind: string): ManifestDocument[] => argo.filter((document) => document.kind === kind);
  const projects = ofKind('AppProject').flatMap((document) => keep(document, projectOf));
  const applications = ofKind('Application').flatMap((document) => keep(document, applicationOf));
  const sets = ofKind('ApplicationSet').flatMap((document) => keep(document, setOf));
  const settings = readSettings(documents);
  const known = withoutDuplicates(projects, 'AppProject');
  const named = withoutDuplicates(applications, 'Application');
  const unique = withoutDuplicates(sets, 'ApplicationSet');
  const catalogue = {
    applications: named.kept,
    sets: unique.kept,
    projects: namesDefault(argo, files, problems) ? known.kept : withDefault(known.kept),
    settings: settings.value,
  };
  problems.push(...known.problems, ...named.problems, ...unique.problems, ...settings.problems);
  problems.push(...unique.kept.flatMap((set) => set.warnings), ...known.kept.flatMap((project) => project.warnings));
  problems.push(...withoutProject(catalogue.applications, catalogue.projects));
  return { ...catalogue, problems: problems.map((problem) => problem.at({ repo })) };
}

/** What a problem of a document is a problem of: an application or a set may be hidden by it. */
function nameOf({ kind, name }: ManifestDocument): Where {
  if (name === '') return {};
  return kind === 'Application' ? { application: name } : kind === 'ApplicationSet' ? { applicationSet: name } : {};
}

/** Commits have most of their files in common: what is the same object was parsed before. Failures are not kept. */
function remembered<K extends object, V>(parse: (from: K) => V): (from: K) => V {
  const known = new WeakMap<K, V>();
  return (from) => {
    const value = known.get(from) ?? parse(from);
    known.set(from, value);
    return value;
  };
}

const documentsOf = remembered(readDocuments);
const projectOf = remembered(parseProject);
const applicationOf = remembered(parseApplication);
const setOf = remembered(parseApplicationSet);

/** A cheap look before the parser runs: a control repository may hold thousands of other manifests. */
const SIGNS = [
  'argoproj.io',
  'argocd-cm',
  'argocd-notifications-cm',
  'argocd-rbac-cm',
  'argocd-cmd-params-cm',
  'argocd-tls-certs-cm',
];

/**
 * Templates of Helm charts are no YAML and define nothing before they are rendered; what an app of apps renders is read
 * from its manifests. https://helm.sh/docs/topics/charts/#the-chart-file-structure
 */
function mayDefine(file: ManifestFile): boolean {
  if (/(^|\/)templates\//.test(file.path) && file.text.includes('{{')) return false;
  return SIGNS.some((sign) => file.text.includes(sign));
}

/** Argo CD makes it by itself, and it allows everything. https://argo-cd.readthedocs.io/en/stable/user-guide/projects/ */
const DEFAULT_PROJECT: AppProject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/**
 * Whether a file says anything of its own about project `default`. What it says may be wrong, there twice, or stand in a
 * file that is not even YAML: it is never replaced by a project that allows everything.
 */
function namesDefault(
  documents: readonly ManifestDocument[],
  files: readonly ManifestFile[],
  problems: readonly Problem[],
): boolean {
  const { name } = DEFAULT_PROJECT.metadata;
  if (documents.some((document) => document.kind === 'AppProject' && document.name === name)) return true;
  const broken = new Set(problems.map((problem) => problem.where.file));
  return files.some(
    ({ path, text }) => broken.has(path) && /\bAppProject\b/.test(text) && /\bname["']?:\s*["']?default\b/.test(text),
  );
}

function withDefault(projects: readonly Parsed<AppProject>[]): readonly Parsed<AppProject>[] {
  return [...projects, { value: DEFAULT_PROJECT, where: {}, warnings: [] }];
}
