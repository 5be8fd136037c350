import type { Application, Parsed } from '../spec/application.ts';
import type { Catalogue, ManifestFile } from '../spec/catalogue.ts';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
import { parseApplication } from '../spec/parse-application.ts';
import { parseProject } from '../spec/parse-project.ts';
import { asProblem, Problem, type Where, whereText } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { readSettings } from './read-settings.ts';

/**
 * Reads all that the manifest files of a control repository define. A file or document that can't be read is a problem
 * and loses nothing else. Never throws. Order: as the files come, and within a file from top to bottom.
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
      const named = document.kind === 'Application' && document.name !== '' ? { application: document.name } : {};
      problems.push(asProblem(thrown).at(named));
      return [];
    }
  };
  const argo = documents.filter((document) => document.apiVersion.startsWith('argoproj.io/'));
  const ofKind = (kind: string): ManifestDocument[] => argo.filter((document) => document.kind === kind);
  const projects = ofKind('AppProject').flatMap((document) => keep(document, projectOf));
  const applications = ofKind('Application').flatMap((document) => keep(document, applicationOf));
  problems.push(...ofKind('ApplicationSet').map(unsupportedSet));
  const settings = readSettings(documents);
  const known = withoutDuplicates(projects, 'AppProject');
  const named = withoutDuplicates(applications, 'Application');
  const catalogue = {
    applications: named.kept,
    projects: namesDefault(argo, files, problems) ? known.kept : withDefault(known.kept),
    settings: settings.value,
  };
  problems.push(...known.problems, ...named.problems, ...settings.problems);
  problems.push(...withoutProject(catalogue.applications, catalogue.projects));
  return { ...catalogue, problems: problems.map((problem) => problem.at({ repo })) };
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

/** A cheap look before the parser runs: a control repository may hold thousands of other manifests. */
const SIGNS = ['argoproj.io', 'argocd-cm', 'argocd-notifications-cm', 'argocd-rbac-cm'];

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

/** Two definitions of one name: neither is better, so neither counts, or the order of files would decide what runs. */
function withoutDuplicates<T extends { readonly kind: string; readonly metadata: { readonly name: string } }>(
  found: readonly Parsed<T>[],
  kind: string,
): { readonly kept: readonly Parsed<T>[]; readonly problems: readonly Problem[] } {
  const byName = new Map<string, Parsed<T>[]>();
  for (const each of found) {
    const name = each.value.metadata.name;
    byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  const problems = [...byName.entries()]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => {
      const places = same.map(({ where }) => whereText({ ...where, field: '' }));
      const [first] = same;
      return new Problem('conflict', `${kind} ${name} is defined more than once: ${placesText(places)}`, {
        where: { ...first?.where },
        fix: 'Remove all but one, or give them different names; until then none of them counts.',
      });
    });
  return { kept: found.filter(({ value }) => byName.get(value.metadata.name)?.length === 1), problems };
}

function placesText(places: readonly string[]): string {
  return places.map((place) => place.replace(/, $/, '')).join(' and ');
}

function unsupportedSet(document: ManifestDocument): Problem {
  return new Problem('unsupported', `ApplicationSet ${document.name} is not read: trimtab reads Applications only`, {
    where: document.where([]),
    fix: 'Write its applications as Applications.',
  });
}

/** Argo CD says InvalidSpecError: `Application referencing project X which does not exist`. */
function withoutProject(
  applications: readonly Parsed<Application>[],
  projects: readonly Parsed<AppProject>[],
): readonly Problem[] {
  const names = new Set(projects.map(({ value }) => value.metadata.name));
  return applications
    .filter(({ value }) => !names.has(value.spec.project))
    .map(({ value, where }) => {
      const at: Where = { ...where, field: 'spec.project' };
      const message = `Application ${value.metadata.name} references project ${value.spec.project}, which does not exist`;
      return new Problem('invalid-manifest', message, {
        where: at,
        fix: `Define the AppProject ${value.spec.project}, or write one of: ${[...names].sort().join(', ')}.`,
      });
    });
}
