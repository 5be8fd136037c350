import pMap from 'p-map';
import { isSourcePermitted } from '../access/source-repos.ts';
import { type Affected, affected, type Side, type Sides } from '../catalog/affected.ts';
import { cascades } from '../catalog/cascades.ts';
import { changedFiles } from '../catalog/changed-files.ts';
import { clusterOf } from '../catalog/cluster-of.ts';
import { keptByChange } from '../catalog/kept-by-change.ts';
import { keptByParent } from '../catalog/parent-policy.ts';
import { projectOf } from '../catalog/project-of.ts';
import { sameDefinition } from '../catalog/same-definition.ts';
import { keptBySet, namesRepository } from '../catalog/set-policy.ts';
import { compareDesired, createMarks, unifiedDiff, withNamespace } from '../diff/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import {
  type Application,
  type ApplicationSource,
  applicationName,
  type Parsed,
  sourcesOf,
} from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { isExcluded } from '../spec/customisations.ts';
import { keyOf, type Manifest } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { Clock, Engines, Renderer, Source, Store } from '../spec/ports.ts';
import type { ApplicationPreview, Preview } from '../spec/preview.ts';
import { asProblem, Problem, whereText } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { checkingOutOnce } from './checking-out-once.ts';
import { conditionsOf } from './conditions.ts';
import { closureOf, type Pin, pinned, pinnedRevision, renderDesired, revisionsOf } from './desired.ts';
import type { ExpandPorts } from './expand-sets.ts';
import { factsOf } from './facts.ts';
import { brakeWarning, type Holding, holdingOf, oddOptions } from './forewarnings.ts';
import { type IntegrityPorts, integrityConditions } from './integrity.ts';
import { type Arrival, arrivalOf, departureOf, serverOf, withMoves } from './leaving.ts';
import { type ControlPorts, readControlRepository } from './read-control-repository.ts';
import { ruledBy, sourceFor } from './source-for.ts';
import { windowsOf } from './windows.ts';

/** Two commits of one repository, as the sides of a comparison. */
export interface Revisions {
  readonly repoURL: string;
  readonly controlURL: string;
  /** The branch that the change goes to, and the repository's default branch (`HEAD`). */
  readonly branch: string;
  readonly defaultBranch: string;
  readonly base: string;
  readonly head: string;
}

export interface ComparePorts {
  readonly source: Source;
  readonly renderer: Renderer;
  readonly store: Pick<Store, 'facts'> & Partial<Pick<Store, 'statuses'>>;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  /** For generators that ask GitHub. */
  readonly forge?: ExpandPorts['forge'] & IntegrityPorts['forge'];
  readonly host?: string;
  readonly clock: Clock;
  readonly markKey: string;
  /**
   * Other repositories are read with more rights than the author of the change has (the App's): they are shown only
   * where a project permits them already. Absent where somebody looks with rights of their own.
   */
  readonly guarded?: true;
}

/** One commit of the comparison: what it defines, and the pin that puts it in the place of its branch. */
interface At {
  readonly catalogue: Catalogue;
  readonly pin: Pin;
}

/** What an application renders to, from which commits. */
interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly revisions: readonly string[];
}

const NOTHING: Rendered = { manifests: [], revisions: [] };

/** Programs run at most two a core's worth; this many applications are in flight, so that downloads overlap renders. */
const IN_FLIGHT = 8;

/**
 * What the change from `base` to `head` does to every application that it touches: the middle of a preview. An
 * application that fails is told of with its problem; the others go on. Throws only when the repository can't be read.
 */
export async function compareRevisions(
  revisions: Revisions,
  ports: ComparePorts,
): Promise<Pick<Preview, 'applications' | 'problems' | 'kept'>> {
  const { touched, sides, base, head } = await touchedBy(revisions, ports);
  const previews = await pMap(
    touched,
    async (found) => {
      const compared = await previewApplication(found, sides.get(found.application) ?? {}, { base, head }, ports);
      return found.because.unnamed === true ? unnamed(compared) : [compared];
    },
    { concurrency: IN_FLIGHT },
  );
  const found = previews.flat();
  const arrivals = found.flatMap(({ arrival }) => arrival ?? []);
  const applications = found.map(({ preview, holding }) => {
    const before = sides.get(preview.application)?.base?.definition.value;
    return warned(withMoves(preview, serverOf(before, base.catalogue), arrivals), holding);
  });
  const problems = newProblems(base.catalogue, head.catalogue);
  const kept = keptByChange(base.catalogue, head.catalogue);
  return {
    applications,
    problems: problems.filter((problem) => !isToldBy(problem, applications)),
    ...(kept.length === 0 ? {} : { kept }),
  };
}

/** What a change touches, before anything of it is rendered for comparison. */
interface Touched {
  readonly touched: readonly Affected[];
  readonly sides: ReadonlyMap<string, Sides>;
  readonly base: At;
  readonly head: At;
}

/** The applications that the change from `base` to `head` touches, each with the first reason. Throws as above. */
export async function touchedBy(revisions: Revisions, ports: ComparePorts): Promise<Touched> {
  const reading = readAt(revisions, revisions.base, ports);
  // As for sources (`foreignSource`): what the App may read, the author of a changed set may not.
  const permits = async (url: string, set: ParsedSet): Promise<boolean> => {
    const { catalogue } = await reading;
    const before = catalogue.sets.find(({ value }) => value.metadata.name === set.value.metadata.name);
    if (sameRepository(url, revisions.repoURL)) return true;
    const isSame = JSON.stringify(before?.value) === JSON.stringify(set.value);
    // A URL that comes from a parameter is not in the set, but in what the change may have changed.
    const isNamed = namesRepository(set.value.spec.generators, url);
    if (isSame && isNamed) return true;
    return catalogue.projects.some(({ value }) => isSourcePermitted(value, url));
  };
  const refuses = async (application: Application): Promise<Problem | undefined> => {
    const { catalogue } = await reading;
    const before = catalogue.applications.find((one) => nameOf(one) === applicationName(application));
    if (before !== undefined && sameDefinition(before.value, application)) return undefined;
    return foreignSource(application, catalogue, revisions.repoURL);
  };
  const rules = async (): Promise<Catalogue> => (await reading).catalogue;
  const registered = async (): Promise<Catalogue['settings']> => (await reading).catalogue.settings;
  const [base, head, before, after] = await Promise.all([
    reading,
    readAt(revisions, revisions.head, ports, { ...(ports.guarded && { permits, refuses, rules }), registered }),
    ports.source.tree(revisions.repoURL, revisions.base),
    ports.source.tree(revisions.repoURL, revisions.head),
  ]);
  const files = changedFiles(before, after);
  const sides = sidesByName(await sidesOf(base, ports), await sidesOf(head, ports));
  const touched = affected([...sides.values()], { files, head: head.catalogue });
  return { touched, sides, base, head };
}

async function readAt(
  revisions: Revisions,
  revision: string,
  ports: ComparePorts,
  guard?: Pick<ControlPorts, 'permits' | 'refuses' | 'rules' | 'registered'>,
): Promise<At> {
  const { repoURL, controlURL, branch, defaultBranch } = revisions;
  const own = sameRepository(repoURL, controlURL) && branch === defaultBranch;
  const control = own ? revision : await ports.source.resolve(controlURL, undefined);
  const pin = { repoURL, branch, defaultBranch, revision };
  return {
    catalogue: await readControlRepository({ repoURL: controlURL, revision: control, pin }, { ...ports, ...guard }),
    pin,
  };
}

function sidesByName(base: ReadonlyMap<string, Side>, head: ReadonlyMap<string, Side>): ReadonlyMap<string, Sides> {
  const sides = new Map<string, Sides>();
  for (const [name, side] of base) sides.set(name, { base: side });
  for (const [name, side] of head) sides.set(name, { ...sides.get(name), head: side });
  return sides;
}

/** Every application that a commit defines, by name, with what of the commit it is rendered from. */
async function sidesOf(at: At, ports: ComparePorts): Promise<ReadonlyMap<string, Side>> {
  const pinnedSource = checkingOutOnce(ports.source);
  const resolve = async (repoURL: string, targetRevision?: string): Promise<string> => {
    const follows = targetRevision === undefined ? { repoURL } : { repoURL, targetRevision };
    return pinnedRevision(follows, at.pin) ?? ports.source.resolve(repoURL, targetRevision);
  };
  const readBy = async (application: Application, source: ApplicationSource): Promise<readonly string[]> => {
    if (!pinned(source, at.pin)) return [];
    const { renderer } = ports;
    const checkout = await pinnedSource.checkout(source.repoURL, at.pin.revision);
    return closureOf(application, source, checkout, { renderer, source: { ...ports.source, resolve } });
  };
  const sides = await pMap(
    at.catalogue.applications,
    async (definition): Promise<readonly [string, Side]> => {
      const { value } = definition;
      const closures = await Promise.all(sourcesOf(value).map((source) => readBy(value, source)));
      return [nameOf(definition), { definition, closures }];
    },
    { concurrency: IN_FLIGHT },
  );
  return new Map(sides);
}

async function previewApplication(
  found: Affected,
  sides: Sides,
  { base, head }: { readonly base: At; readonly head: At },
  ports: ComparePorts,
): Promise<Compared> {
  const definition = sides.head?.definition ?? sides.base?.definition;
  if (definition === undefined) throw new Error(`${found.application} is on neither side`);
  const about = describe(found, definition, base.catalogue, head.catalogue);
  try {
    if (found.because.reason === 'unreadable') throw unreadable(found, definition, head.catalogue);
    const forbidden =
      ports.guarded && sides.head && foreignSource(sides.head.definition.value, base.catalogue, head.pin.repoURL);
    if (forbidden !== undefined) throw forbidden;
    const [after, before] = await Promise.all([
      sides.head === undefined ? NOTHING : renderedAt(sides.head.definition, head, ports, ports.guarded ? base : head),
      manifestsBefore(sides.base?.definition, base, ports),
    ]);
    const isManaged = managedBy(definition.value, head.catalogue);
    const manifests = before.manifests.filter(isManaged);
    const left = after.manifests.filter(isManaged);
    const changes = compareDesired(manifests, left, { marks: createMarks(ports.markKey) });
    const departure = departureOf({
      ...{ before: sides.base?.definition.value, after: sides.head?.definition.value },
      ...{ manifests, changes, base: base.catalogue, head: head.catalogue },
    });
    const conditions = sides.head === undefined ? [] : await brokenRules(definition.value, after, head, ports);
    const warnings = [...definition.warnings, ...before.warnings, ...oddOptions(definition.value, after.manifests)];
    const held = heldAt(definition.value, head.catalogue, ports.clock());
    const diffs = changes.map((change) => unifiedDiff(change));
    const preview = { ...about, ...held, ...departure, changes, diffs, conditions, warnings };
    const holding = holdingOf(definition.value, manifests, left);
    if (sides.head === undefined) return { preview, holding };
    const arrival = arrivalOf(found.application, sides.head.definition.value, after.manifests, head.catalogue);
    return { preview, holding, arrival };
  } catch (thrown) {
    const problem = asProblem(thrown).at({ application: found.application });
    return { preview: { ...about, changes: [], diffs: [], conditions: [], warnings: definition.warnings, problem } };
  }
}

/** The preview of an application; what it has, and what it will desire, where that could be found out. */
interface Compared {
  readonly preview: ApplicationPreview;
  readonly holding?: Holding;
  readonly arrival?: Arrival;
}

/** A preview that says, too, whether the sync after the merge would stop. */
function warned(preview: ApplicationPreview, holding: Holding | undefined): ApplicationPreview {
  const brake = holding === undefined ? [] : brakeWarning(holding, preview);
  return brake.length === 0 ? preview : { ...preview, warnings: [...preview.warnings, ...brake] };
}

/** Whether the settings that will hold have trimtab apply a manifest at all: what they exclude, a merge does not change. */
function managedBy(application: Application, { settings }: Pick<Catalogue, 'settings'>): (one: Manifest) => boolean {
  const { server } = clusterOf(application, settings.clusters);
  return (one) => !isExcluded(keyOf(one), server, settings.customisations);
}

/**
 * `manifest-generate-paths` says that the change does not concern the application: so it is left out, unless it is wrong,
 * and something does change. Then the reader is told what Argo CD would have missed.
 */
function unnamed({ preview, ...rest }: Compared): readonly Compared[] {
  if (preview.changes.length === 0 && preview.problem === undefined) return [];
  const field = `metadata.annotations["${ANNOTATION.manifestGeneratePaths}"]`;
  const warning = new Problem(
    'misconfigured',
    `${field} does not name ${preview.because}, which this application is rendered from.`,
    {
      where: { application: preview.application, field },
      fix: "Add the path, or remove the annotation: Argo CD's webhook would miss this change, trimtab finds it by what the render reads.",
    },
  );
  return [{ ...rest, preview: { ...preview, warnings: [...preview.warnings, warning] } }];
}

/**
 * A source that only the change itself permits. What the App may read, the author of the change may not: so another
 * repository is shown only where the project, as the base has it, permits it.
 */
function foreignSource(
  application: Application,
  base: Pick<Catalogue, 'projects' | 'settings'>,
  own: string,
): Problem | undefined {
  const name = application.spec.project;
  const project = projectOf(name, base);
  const permitted = ({ repoURL }: { readonly repoURL: string }): boolean =>
    sameRepository(repoURL, own) || (project !== undefined && isSourcePermitted(project, repoURL));
  if (sourcesOf(application).every(permitted)) return undefined;
  return new Problem('forbidden', `The project ${name} does not permit this source before the change is merged.`, {
    where: { field: 'spec.source.repoURL' },
    fix: 'Permit the repository by sourceRepos of the project in a change of its own; what it holds is shown after that.',
  });
}

/** What the base rendered to. When it did not render, everything counts as new, and the reader is told so. */
async function manifestsBefore(
  definition: Parsed<Application> | undefined,
  at: At,
  ports: ComparePorts,
): Promise<{ readonly manifests: readonly Manifest[]; readonly warnings: readonly Problem[] }> {
  if (definition === undefined) return { manifests: [], warnings: [] };
  try {
    return { manifests: (await renderedAt(definition, at, ports, at)).manifests, warnings: [] };
  } catch (thrown) {
    return { manifests: [], warnings: [asProblem(thrown)] };
  }
}

/** What a commit renders to; `rules` is the commit whose projects say what else may be read. */
async function renderedAt(definition: Parsed<Application>, at: At, ports: ComparePorts, rules: At): Promise<Rendered> {
  const application = definition.value;
  const cluster = clusterOf(application, at.catalogue.settings.clusters);
  const source = sourceFor(application, ruledBy(at.catalogue, rules.catalogue), ports.source);
  const revisions = await revisionsOf(application, source, at.pin);
  const facts = await factsOf(cluster.server, ports.store);
  const manifests = await renderDesired(application, revisions, facts, { ...ports, source });
  return { manifests: withNamespace(manifests, [], application.spec.destination.namespace ?? ''), revisions };
}

/** Every rule of its project that an application would break, and every signature that it would lack. */
async function brokenRules(
  application: Application,
  { manifests, revisions }: Rendered,
  { catalogue }: At,
  ports: ComparePorts,
): Promise<readonly Condition[]> {
  const cluster = clusterOf(application, catalogue.settings.clusters);
  const unsigned = await integrityConditions(application, revisions, catalogue, ports);
  return [...conditionsOf(application, manifests, cluster, catalogue), ...unsigned];
}

function describe(
  found: Affected,
  definition: Parsed<Application>,
  base: Catalogue,
  head: Catalogue,
): Omit<ApplicationPreview, 'changes' | 'diffs' | 'conditions' | 'warnings'> {
  const application = definition.value;
  const { spec } = application;
  const { destination } = spec;
  const automated = spec.syncPolicy?.automated;
  return {
    application: found.application,
    project: spec.project,
    destination: [destination.name ?? destination.server ?? '', destination.namespace].filter(Boolean).join(', '),
    lifecycle: found.because.reason === 'added' ? 'new' : found.because.reason === 'removed' ? 'deleted' : 'changed',
    because: found.because.file,
    automated: automated !== undefined && automated.enabled !== false,
    prunes: automated?.prune === true,
    cascades: cascades(application) && !isKept(definition, base, head),
  };
}

/** Whether an application that is defined no more keeps what it deployed, since its set or its parent deletes nothing. */
function isKept({ value, generatedBy: set, parents }: Parsed<Application>, base: Catalogue, head: Catalogue): boolean {
  const parentName = parents?.at(-1);
  const parent = [head, base].flatMap(({ applications }) =>
    applications.filter((one) => nameOf(one) === parentName),
  )[0];
  return (
    keptBySet(set, head, base) || (parents !== undefined && keptByParent(value, { set, parent: parent?.value }, head))
  );
}

/** What the sync windows say of a merge at this moment; an application that does not sync by itself waits for nobody else. */
function heldAt(application: Application, catalogue: Catalogue, at: string): Pick<ApplicationPreview, 'held'> {
  const automated = application.spec.syncPolicy?.automated;
  if (automated === undefined || automated.enabled === false) return {};
  const verdict = windowsOf(application, catalogue, { at, manual: false });
  return verdict.allowed ? {} : { held: verdict };
}

function unreadable(found: Affected, { parents = [] }: Parsed<Application>, catalogue: Catalogue): Problem {
  const problem =
    catalogue.problems.find(({ where }) => where.parent !== undefined && parents.includes(where.parent)) ??
    catalogue.problems.find(
      ({ where }) => where.application === found.application || where.file === found.because.file,
    );
  return problem ?? asProblem(new Error(`${found.because.file} cannot be read`));
}

/** Problems that the change brings; those that the base has as well are not this pull request's. */
function newProblems(base: Catalogue, head: Catalogue): readonly Problem[] {
  const key = (problem: Problem): string =>
    `${problem.where.file ?? ''} ${problem.where.field ?? ''} ${problem.message}`;
  const old = new Set(base.problems.map(key));
  return head.problems.filter((problem) => !old.has(key(problem)) && whereText(problem.where) !== '');
}

/** Whether an application of the preview says the same of itself: a reader is told of one mistake once. */
function isToldBy({ message, where }: Problem, applications: readonly ApplicationPreview[]): boolean {
  return applications.some(({ application, problem, conditions }) => {
    if (problem?.message === message) {
      const samePlace = problem.where.file === where.file && problem.where.line === where.line;
      if (samePlace || where.parent === application) return true;
    }
    return application === where.application && where.field === 'spec.project' && conditions.length > 0;
  });
}

function nameOf(definition: Parsed<Application>): string {
  return applicationName(definition.value);
}
