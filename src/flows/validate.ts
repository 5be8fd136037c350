import { clusterOf } from '../catalog/cluster-of.ts';
import { projectOf } from '../catalog/project-of.ts';
import { readCatalogue } from '../catalog/read-catalogue.ts';
import { type Application, type ApplicationSource, type Parsed, sourcesOf } from '../spec/application.ts';
import type { Catalogue, ManifestFile } from '../spec/catalogue.ts';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
import { goDuration } from '../spec/duration.ts';
import { type Finding, inFileOrder } from '../spec/finding.ts';
import { isReadableGlob } from '../spec/glob.ts';
import type { Engines, Source } from '../spec/ports.ts';
import { asProblem, Problem, type ProblemCode, type Where } from '../spec/problem.ts';
import { unknownSyncOptions } from '../sync/index.ts';
import { conditionsOf } from './conditions.ts';
import { supportedSources } from './desired.ts';
import { type ExpandPorts, expandSets } from './expand-sets.ts';
import { languageProblems } from './validate-languages.ts';
import { rbacProblems } from './validate-rbac.ts';

/** What is validated, and what of the world it may ask. */
export interface ValidatePorts {
  readonly source: ExpandPorts['source'] & Pick<Source, 'tree'>;
  readonly engines: Pick<Engines, 'templates' | 'expressions' | 'jq' | 'lua'>;
  readonly clock: ExpandPorts['clock'];
  /** Whether a repository is the one that is validated: its paths can be looked at. */
  isHere(repoURL: string): boolean;
  /** Whether there is a file or folder at a path of that repository. */
  exists(path: string): Promise<boolean>;
}

/** What was found, and what could not be looked at. */
export interface Validated {
  readonly findings: readonly Finding[];
  /** Sets whose generators read what is not on this machine: what they generate is not checked. */
  readonly unread: readonly Problem[];
}

/** What is known in Argo CD and does nothing here: told, and no fault of the manifest. */
const ONLY_WARNED: ReadonlySet<ProblemCode> = new Set(['unsupported']);

/**
 * Everything that is wrong with the Argo CD manifests of some files, with file, line and field: what can't be read,
 * fields that nobody knows, references that lead nowhere, rules of projects that are broken, and programs (templates,
 * jq, expressions, Lua) that do not parse. What trimtab reads but does not do is a warning. Never throws.
 */
export async function validate(files: readonly ManifestFile[], ports: ValidatePorts): Promise<Validated> {
  const written = readCatalogue('', files);
  const documents = files.flatMap((file) => readDocuments(file).documents);
  const { catalogue, unread } = await expanded(written, ports);
  const applications = await Promise.all(
    catalogue.applications.map((one) => ofApplication(one, catalogue, documents, ports)),
  );
  const problems = [
    ...catalogue.problems.map((problem) => atField(problem, documents)),
    ...applications.flat(),
    ...globalProjects(catalogue, documents),
    ...documents.flatMap((document) => (isConfigMap(document, 'argocd-rbac-cm') ? rbacProblems(document) : [])),
    ...(await languageProblems(documents, ports)),
  ];
  const findings = inFileOrder(
    problems.map((problem) => ({ severity: ONLY_WARNED.has(problem.code) ? 'warning' : 'error', problem })),
  );
  return { findings, unread };
}

/** Sets that read what is not here can't be expanded; that is no fault of theirs, and is told apart. */
async function expanded(
  written: Catalogue,
  ports: ValidatePorts,
): Promise<{ readonly catalogue: Catalogue; readonly unread: readonly Problem[] }> {
  const catalogue = await expandSets(written, '', ports);
  const isUnread = ({ code }: Problem): boolean => code === 'unavailable';
  return {
    catalogue: { ...catalogue, problems: catalogue.problems.filter((problem) => !isUnread(problem)) },
    unread: catalogue.problems.filter(isUnread),
  };
}

function isConfigMap({ kind, name }: ManifestDocument, wanted: string): boolean {
  return kind === 'ConfigMap' && name === wanted;
}

async function ofApplication(
  { value, where, warnings, generatedBy }: Parsed<Application>,
  catalogue: Catalogue,
  documents: readonly ManifestDocument[],
  ports: ValidatePorts,
): Promise<readonly Problem[]> {
  const document = generatedBy === undefined ? documentAt(where, documents) : undefined;
  const at = (path: readonly (string | number)[]): Where => ({ ...where, ...document?.where(path) });
  const { retry, syncOptions = [] } = value.spec.syncPolicy ?? {};
  const durations = Object.entries({ duration: retry?.backoff?.duration, maxDuration: retry?.backoff?.maxDuration });
  const found = [
    ...warnings,
    ...destinationProblems(value, catalogue, at),
    ...syncOptions.flatMap((option, index) => badOption(option, at(['spec', 'syncPolicy', 'syncOptions', index]))),
    ...durations.flatMap(([field, text]) =>
      text === undefined || goDuration(text) !== undefined || /^\d+$/.test(text)
        ? []
        : [badDuration(text, at(['spec', 'syncPolicy', 'retry', 'backoff', field]))],
    ),
    ...(value.spec.ignoreDifferences ?? []).flatMap(({ jsonPointers = [] }, index) =>
      jsonPointers.flatMap((pointer, place) =>
        /^(\/([^~/]|~[01])*)*$/.test(pointer)
          ? []
          : [badPointer(pointer, at(['spec', 'ignoreDifferences', index, 'jsonPointers', place]))],
      ),
    ),
    ...refusedSources(value, at),
    ...unreadableGlobs(value, at),
    ...(await missingPaths(value, at, ports)),
  ];
  return generatedBy === undefined ? found : found.map((problem) => ofGenerated(problem, value.metadata.name));
}

/** Its set's file says nothing of the application: its name does. */
function ofGenerated({ code, message, where, fix }: Problem, name: string): Problem {
  return new Problem(code, `application ${name}: ${message}`, { where, ...(fix === undefined ? {} : { fix }) });
}

function documentAt(where: Where, documents: readonly ManifestDocument[]): ManifestDocument | undefined {
  return documents.find((document) => {
    const { file, line } = document.where([]);
    return file === where.file && line === where.line && document.kind === 'Application';
  });
}

/** A catalogue knows where an application begins; the document knows the line of the field. */
function atField(problem: Problem, documents: readonly ManifestDocument[]): Problem {
  if (problem.where.field !== 'spec.project') return problem;
  const { code, message, where, fix } = problem;
  const place = { ...where, ...documentAt(where, documents)?.where(['spec', 'project']) };
  return new Problem(code, message, { where: place, ...(fix === undefined ? {} : { fix }) });
}

type At = (path: readonly (string | number)[]) => Where;

/** The destination must be a cluster that is known, and the project must permit all. */
function destinationProblems(application: Application, catalogue: Catalogue, at: At): readonly Problem[] {
  try {
    const project = projectOf(application.spec.project, catalogue);
    const cluster = clusterOf(application, catalogue.settings.clusters);
    if (project === undefined) return [];
    return conditionsOf(application, [], cluster, catalogue).map(({ message }) => {
      const path = message.includes('repo') ? 'source' : message.includes('destination') ? 'destination' : 'project';
      return new Problem('forbidden', message, {
        where: at(['spec', path]),
        fix: `Change AppProject ${project.metadata.name}, or what it forbids; trimtab access project says by which rule.`,
      });
    });
  } catch (thrown) {
    const { code, message, fix } = asProblem(thrown);
    // That the setting can't be read is told of the setting, once.
    if (message.startsWith('globalProjects')) return [];
    return [new Problem(code, message, { where: at(['spec', 'destination']), ...(fix === undefined ? {} : { fix }) })];
  }
}

/** Every sync option of Argo CD. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
const OPTION =
  /^(Prune|Delete|Validate|SkipDryRunOnMissingResource|ApplyOutOfSyncOnly|PrunePropagationPolicy|PruneLast|Replace|Force|ServerSideApply|ClientSideApplyMigration|FailOnSharedResource|RespectIgnoreDifferences|CreateNamespace)=/;

/** An option that Argo CD has and trimtab has not is a warning; one that nobody has is an error. */
function badOption(option: string, where: Where): readonly Problem[] {
  const problems = unknownSyncOptions([option], where);
  if (OPTION.test(option)) return problems;
  return problems.map(({ message, fix }) => new Problem('unknown-field', message, { where, ...(fix && { fix }) }));
}

function badDuration(text: string, where: Where): Problem {
  return new Problem('misconfigured', `"${text}" is no duration`, {
    where,
    fix: 'Write it as Go does: 5s, 3m, 1h30m.',
  });
}

function badPointer(text: string, where: Where): Problem {
  return new Problem('misconfigured', `"${text}" is no JSON pointer`, {
    where,
    fix: 'It begins with /, and has ~1 for a slash and ~0 for a tilde: /metadata/annotations/acme.io~1owner',
  });
}

/** Sources that no render would take: it is better to know before. */
function refusedSources(application: Application, at: At): readonly Problem[] {
  try {
    supportedSources(application);
    return [];
  } catch (thrown) {
    const { code, message, where, fix } = asProblem(thrown);
    const path = (where.field ?? '').split(/[.[\]]+/).filter((step) => step !== '');
    const place = at(path.map((step) => (/^\d+$/.test(step) ? Number(step) : step)));
    return [new Problem(code, message, { where: place, ...(fix && { fix }) })];
  }
}

/** `include` and `exclude` of directories: a glob that can't be read matches no file. */
function unreadableGlobs(application: Application, at: At): readonly Problem[] {
  const isList = (application.spec.sources ?? []).length > 0;
  return sourcesOf(application).flatMap(({ directory = {} }, index) =>
    (['include', 'exclude'] as const).flatMap((field) => {
      const glob = directory[field] ?? '';
      if (isReadableGlob(glob)) return [];
      const path = isList ? ['spec', 'sources', index] : ['spec', 'source'];
      return [
        new Problem('misconfigured', `"${glob}" is no glob: it matches no file`, {
          where: at([...path, 'directory', field]),
          fix: 'Close its brackets and braces: {config,values}*.yaml',
        }),
      ];
    }),
  );
}

/** Paths and value files of sources that follow this repository. */
async function missingPaths(application: Application, at: At, ports: ValidatePorts): Promise<readonly Problem[]> {
  const isList = (application.spec.sources ?? []).length > 0;
  const found = await Promise.all(
    sourcesOf(application).map((source, index) =>
      missingOf(source, isList ? ['spec', 'sources', index] : ['spec', 'source'], at, ports),
    ),
  );
  return found.flat();
}

async function missingOf(
  source: ApplicationSource,
  path: readonly (string | number)[],
  at: At,
  { isHere, exists }: ValidatePorts,
): Promise<readonly Problem[]> {
  const follows = ['', 'HEAD'].includes(source.targetRevision ?? '');
  const folder = plainPath(source.path ?? '');
  if (source.chart !== undefined || !follows || folder === '' || !isHere(source.repoURL)) return [];
  const missing = (what: string, field: readonly (string | number)[]): Problem =>
    new Problem('not-found', `${what} does not exist in this repository`, {
      where: at([...path, ...field]),
      fix: 'Correct the path; it counts from the root of the repository, value files from the path.',
    });
  if (!(await exists(folder))) return [missing(`path ${source.path}`, ['path'])];
  const { valueFiles = [], ignoreMissingValueFiles = false } = source.helm ?? {};
  const found = await Promise.all(
    valueFiles.map(async (file, index) => {
      const isPlain = !ignoreMissingValueFiles && !/^[a-z+-]+:\/\/|^\$|[*?[\]{}]/i.test(file) && !file.includes('$');
      const place = file.startsWith('/') ? plainPath(file) : plainPath(`${folder}/${file}`);
      return isPlain && !(await exists(place)) ? [missing(`value file ${file}`, ['helm', 'valueFiles', index])] : [];
    }),
  );
  return found.flat();
}

/** Without `.`, `..` and slashes at the ends; `.` for the root. */
function plainPath(path: string): string {
  if (path.trim() === '') return '';
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.length === 0 ? '.' : steps.join('/');
}

function globalProjects(catalogue: Catalogue, documents: readonly ManifestDocument[]): readonly Problem[] {
  const document = documents.find((each) => isConfigMap(each, 'argocd-cm'));
  if (document === undefined) return [];
  try {
    projectOf(catalogue.projects[0]?.value.metadata.name ?? '', catalogue);
    return [];
  } catch (thrown) {
    return [asProblem(thrown).at(document.where(['data', 'globalProjects']))];
  }
}
