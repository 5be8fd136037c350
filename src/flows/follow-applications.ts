import pMap from 'p-map';
import { clusterOf } from '../catalog/cluster-of.ts';
import { type Definitions, definitionsOf, isControlPlane, isDefinition } from '../catalog/rendered-definitions.ts';
import { type Rendered, settled, withRendered } from '../catalog/with-rendered.ts';
import { withNamespace } from '../diff/index.ts';
import {
  type Application,
  type ApplicationSource,
  applicationName,
  type Parsed,
  sourcesOf,
} from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Renderer, Source, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { checkingOutOnce } from './checking-out-once.ts';
import { conditionsOf } from './conditions.ts';
import { closureOf, renderDesired, revisionsOf } from './desired.ts';
import { factsOf } from './facts.ts';
import { type IntegrityPorts, integrityConditions } from './integrity.ts';
import { ruledBy, sourceFor } from './source-for.ts';

export interface FollowPorts extends IntegrityPorts {
  /** Its `resolve` decides the commits that applications are rendered from. */
  readonly source: Pick<Source, 'resolve' | 'checkout' | 'chartVersion' | 'chart'>;
  readonly renderer: Pick<Renderer, 'render' | 'closure' | 'parameters' | 'mayDefine'>;
  /** With marks, a chart of a chart repository is downloaded once to find out that it defines nothing. */
  readonly store: Pick<Store, 'facts'> & Partial<Pick<Store, 'seen' | 'once'>>;
  /** Why an application must not be rendered here, if it must not. Absent: each may be. */
  readonly refuses?: ((application: Application) => Promise<Problem | undefined>) | undefined;
  /** The only rules by which charts and remote bases are read. Absent: those of the catalogue count. */
  readonly rules?: (() => Promise<Pick<Catalogue, 'projects' | 'settings'>>) | undefined;
}

/** Applications that are looked into at a time. */
const IN_FLIGHT = 8;

/** Applications in applications: deeper than any that was meant. */
const MOST_DEPTH = 10;

/**
 * A catalogue with the Applications, ApplicationSets and AppProjects that come out of rendering its applications, and so
 * on until nothing new comes (app of apps). Only what goes to the cluster of Argo CD itself counts, and only what the
 * project of the parent permits it to create. Only applications whose inputs so much as name Argo CD's kinds are
 * rendered. One that can't be is a problem (`where.parent`) behind which its children stay as they were. `expand` adds
 * what sets generate.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/
 */
export async function followApplications(
  catalogue: Catalogue,
  repo: string,
  expand: (catalogue: Catalogue, sets: readonly ParsedSet[]) => Promise<Catalogue>,
  ports: FollowPorts,
): Promise<Catalogue> {
  const world = { ...ports, source: checkingOutOnce(ports.source) };
  let known = catalogue;
  let next = catalogue.applications;
  let isChanged = false;
  for (let depth = 0; next.length > 0; depth += 1) {
    if (depth === MOST_DEPTH) return settled(withProblems(known, next.map(tooDeep), repo), repo);
    const looked = await pMap(next, (parent) => lookInto(parent, repo, known, world), { concurrency: IN_FLIGHT });
    const found = looked.flatMap((one) => one ?? []);
    if (found.length === 0) break;
    isChanged = true;
    const merged = withRendered(known, found, repo);
    const names = new Set(merged.catalogue.applications.map((one) => applicationName(one.value)));
    known = merged.sets.length === 0 ? merged.catalogue : await expand(merged.catalogue, merged.sets);
    const generated = known.applications.filter((one) => !names.has(applicationName(one.value)));
    next = [...merged.applications, ...generated];
  }
  return isChanged ? settled(known, repo) : known;
}

function withProblems(catalogue: Catalogue, problems: readonly Problem[], repo: string): Catalogue {
  return { ...catalogue, problems: [...catalogue.problems, ...problems.map((problem) => problem.at({ repo }))] };
}

function tooDeep({ value, where, parents = [] }: Parsed<Application>): Problem {
  const name = applicationName(value);
  return new Problem('limit-exceeded', `applications in applications, more than ${MOST_DEPTH} deep`, {
    where: { ...where, application: name, parent: name },
    fix: `Does one make another of itself? The way there: ${[...parents, name].join(' → ')}.`,
  });
}

/** What an application defines; undefined for most, which define nothing. Never throws. */
async function lookInto(
  parent: Parsed<Application>,
  repo: string,
  catalogue: Catalogue,
  ports: FollowPorts,
): Promise<Rendered | undefined> {
  const application = parent.value;
  const nothing = { parent, reads: () => false };
  try {
    const cluster = clusterOf(application, catalogue.settings.clusters);
    if (!isControlPlane(cluster)) return undefined;
    const refused = await ports.refuses?.(application);
    if (refused !== undefined) throw refused;
    const rules = (await ports.rules?.()) ?? catalogue;
    const source = sourceFor(application, ruledBy(catalogue, rules), ports.source);
    const revisions = await revisionsOf(application, source);
    if (!(await mayDefine(application, revisions, { ...ports, source }))) return undefined;
    const facts = await factsOf(cluster.server, ports.store);
    const rendered = await renderDesired(application, revisions, facts, { ...ports, source });
    const { namespace = '' } = application.spec.destination;
    const manifests = withNamespace(rendered.filter(isDefinition), [], namespace);
    if (manifests.length === 0) return undefined;
    const [forbidden] = [
      ...conditionsOf(application, manifests, cluster, catalogue),
      ...(await integrityConditions(application, revisions, catalogue, ports)),
    ];
    if (forbidden !== undefined) throw new Problem('forbidden', forbidden.message);
    return {
      parent,
      definitions: definitionsOf(parent, manifests, catalogue.settings),
      reads: await readsOf(application, revisions, repo, ports),
    };
  } catch (thrown) {
    const problem = asProblem(thrown);
    // Where it goes, or what it is, nobody knows: it is told of when it is looked at itself.
    if (problem.code === 'unsupported' || problem.where.field === 'spec.destination') return undefined;
    const { file, line } = parent.where;
    const at = { application: applicationName(application), parent: applicationName(application) };
    const place = problem.where.file === undefined ? { ...(file && { file }), ...(line && { line }) } : {};
    return { ...nothing, definitions: { ...NOTHING, problems: [problem.at({ ...at, ...place })] } };
  }
}

const NOTHING: Definitions = { applications: [], sets: [], projects: [], problems: [] };

async function mayDefine(application: Application, revisions: readonly string[], ports: FollowPorts): Promise<boolean> {
  for (const [index, source] of sourcesOf(application).entries()) {
    const revision = revisions[index] ?? '';
    const { chart, repoURL } = source;
    if (chart === undefined) {
      const checkout = await ports.source.checkout(repoURL, revision);
      const reads = await closureOf(application, source, checkout, ports);
      if (await ports.renderer.mayDefine({ source, checkout }, reads)) return true;
    } else if (await chartMayDefine({ ...source, chart }, revision, ports)) return true;
  }
  return false;
}

/** How long it is remembered that a version of a chart defines nothing. */
const REMEMBER_SECONDS = 90 * 24 * 3600;

/** A version of a chart stays what it is, so what is known of it is kept; its parameters are looked at each time. */
async function chartMayDefine(
  source: ApplicationSource & { readonly chart: string },
  version: string,
  { source: charts, renderer, store }: FollowPorts,
): Promise<boolean> {
  const { repoURL, chart } = source;
  const passCredentials = source.helm?.passCredentials === true;
  const mark = `plain-chart:${repoURL}:${chart}:${version}`;
  const isPlain = (await store.seen?.(mark)) === true;
  const checkout = isPlain
    ? { repoURL, revision: version, dir: '' }
    : await charts.chart({ repoURL, chart, passCredentials }, version);
  const found = await renderer.mayDefine({ source, checkout }, []);
  if (found || isPlain) return found;
  if (await renderer.mayDefine({ source: { repoURL, chart }, checkout }, ['/'])) return true;
  // Who may not write marks reads those of others.
  await store.once?.(mark, REMEMBER_SECONDS).catch(() => false);
  return false;
}

/** Which files of the control repository the render reads. */
async function readsOf(
  application: Application,
  revisions: readonly string[],
  repo: string,
  ports: FollowPorts,
): Promise<(file: string) => boolean> {
  const own = sourcesOf(application).map((source, index) => [source, revisions[index] ?? ''] as const);
  const read = own.filter(([source]) => source.chart === undefined && sameRepository(source.repoURL, repo));
  const closures = await Promise.all(
    read.map(async ([source, revision]) => {
      const checkout = await ports.source.checkout(source.repoURL, revision);
      return await closureOf(application, source, checkout, ports);
    }),
  );
  const paths = closures.flat().map((path) => path.replace(/^(\.?\/)+/, ''));
  return (file) => paths.some((path) => (path === '' || path.endsWith('/') ? file.startsWith(path) : file === path));
}
