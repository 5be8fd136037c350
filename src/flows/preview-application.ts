import type { Affected, Sides } from '../catalog/affected.ts';
import { cascades } from '../catalog/cascades.ts';
import { clusterOf } from '../catalog/cluster-of.ts';
import { keptByParent } from '../catalog/parent-policy.ts';
import { keptBySet } from '../catalog/set-policy.ts';
import { compareDesired, createMarks, unifiedDiff, withNamespace } from '../diff/index.ts';
import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { isExcluded } from '../spec/customisations.ts';
import { keyOf, type Manifest } from '../spec/manifest.ts';
import type { Condition } from '../spec/operation.ts';
import type { ApplicationPreview } from '../spec/preview.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import type { At, ComparePorts } from './compare-ports.ts';
import { conditionsOf } from './conditions.ts';
import { renderDesired, revisionsOf } from './desired.ts';
import { factsOf } from './facts.ts';
import { foreignSource } from './foreign-source.ts';
import { type Holding, holdingOf, oddOptions } from './forewarnings.ts';
import { integrityConditions } from './integrity.ts';
import { type Arrival, arrivalOf, departureOf } from './leaving.ts';
import { ruledBy, sourceFor } from './source-for.ts';
import { windowsOf } from './windows.ts';

/** What an application renders to, from which commits. */
interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly revisions: readonly string[];
}

const NOTHING: Rendered = { manifests: [], revisions: [] };

/**
 * What a change does to one application, with what the others of the change have to know of it. What goes wrong is in the
 * preview, as its problem.
 */
export async function previewApplication(
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
export interface Compared {
  readonly preview: ApplicationPreview;
  readonly holding?: Holding;
  readonly arrival?: Arrival;
}

/** Whether the settings that will hold have trimtab apply a manifest at all: what they exclude, a merge does not change. */
function managedBy(application: Application, { settings }: Pick<Catalogue, 'settings'>): (one: Manifest) => boolean {
  const { server } = clusterOf(application, settings.clusters);
  return (one) => !isExcluded(keyOf(one), server, settings.customisations);
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
    applications.filter((one) => applicationName(one.value) === parentName),
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
