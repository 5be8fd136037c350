import pMap from 'p-map';
import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { gitGenerators } from '../catalog/set-policy.ts';
import { skipsReconcile } from '../catalog/skips-reconcile.ts';
import { tracks } from '../catalog/tracks.ts';
import { createMarks } from '../diff/index.ts';
import { type Application, type ApplicationSource, applicationName, sourcesOf } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RefreshJob } from '../spec/event.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { ClusterReader, Source } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { repositoryOf, sameRepository } from '../spec/repo-url.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { actOn, type Control, type Look, type RefreshPorts, remember } from './act-on-status.ts';
import { askedOnce } from './asked-once.ts';
import { childrenOf } from './children.ts';
import { comeBack, isPassing } from './come-back.ts';
import { conditionsOf } from './conditions.ts';
import { deleteVanished } from './delete-vanished.ts';
import { type Pin, renderDesired, revisionsOf } from './desired.ts';
import { managed, withoutExcluded } from './excluded.ts';
import { rememberingFacts } from './facts.ts';
import { createGate } from './gate.ts';
import { handOver } from './hand-over.ts';
import { healthsOf } from './healths.ts';
import { integrityConditions, signedOnce } from './integrity.ts';
import { readKnown } from './live.ts';
import { asApplied, concerning, differencesOf, placesOf, statusOf, unknownStatus, type Wanted } from './look.ts';
import { createOrphanWatch } from './orphans.ts';
import { repoURL } from './preview.ts';
import { readControlRepository } from './read-control-repository.ts';
import { leavingShared } from './shared.ts';
import { readerOf, sourceFor } from './source-for.ts';
import { tellMergedPull } from './tell-merged-pull.ts';
import { isWatched, rememberWatched, type WatchedPulls, watching } from './watched-pulls.ts';

/** Applications that are rendered and compared at a time. */
const IN_FLIGHT = 8;

/**
 * Looks at applications: what Git wants of them now, what the cluster holds, and what differs; saves that as their
 * status, starts what is to be synced by itself, repairs drift, and tells. Looking at all of them becomes one job a
 * cluster, so that a cluster that is down slows no other. An application that fails is Unknown, with the reason.
 */
export async function refresh(job: RefreshJob, ports: RefreshPorts): Promise<void> {
  if (job.scope.of === 'pulls' && !(await isWatched(job.scope.repo, ports.store))) return;
  const control = await readControl(job, ports);
  if (job.scope.of !== 'cluster') {
    await rememberWatched(control.watched, ports.store);
    await deleteVanished(repoURL(ports.host, ports.controlRepository), control.catalogue, ports);
  }
  const chosen = applicationsOf(job, control, ports).filter(
    (one) => !skipsReconcile(one, control.catalogue.settings.clusters),
  );
  const groups = Map.groupBy(chosen, (application) => clusterKey(application, control.catalogue));
  if (job.scope.of === 'all') {
    for (const cluster of groups.keys()) await ports.queue.send({ kind: 'refresh', scope: { of: 'cluster', cluster } });
    return;
  }
  // Side by side: a cluster that does not answer holds up no application of another one
  const looks = [...groups.values()].map((applications) => refreshGroup(job, applications, control, ports));
  await tellMergedPull((await Promise.all(looks)).flat(), job, control, ports);
}

/**
 * One job asks once where a branch is: all of its applications see the same commit. What one project's credentials answer is
 * that project's.
 */
function resolvingOnce(source: Source): Source {
  const once = askedOnce<Promise<string>>();
  return {
    ...source,
    resolve: (url, targetRevision = '', scope) => {
      const revision = targetRevision === '' ? 'HEAD' : targetRevision;
      const name = `${url.replace(/\.git$/, '')} ${revision}${readerOf(url, scope)}`;
      return once(name, () => source.resolve(url, revision, scope));
    },
    chartVersion: (chart, targetRevision = '', scope) =>
      once(`${chart.repoURL} ${chart.chart} ${targetRevision}${readerOf(chart.repoURL, scope)}`, () =>
        source.chartVersion(chart, targetRevision, scope),
      ),
  };
}

async function readControl(job: RefreshJob, ports: RefreshPorts): Promise<Control> {
  const url = repoURL(ports.host, ports.controlRepository);
  const pin = await pinOf(job, ports);
  const own = pin !== undefined && sameRepository(pin.repoURL, url) && pin.branch === pin.defaultBranch;
  const source = resolvingOnce(ports.source);
  // Asked as applications ask that follow its HEAD, so that it is asked once.
  const revision = own ? pin.revision : await source.resolve(url, 'HEAD');
  const forge = signedOnce(ports.forge);
  const watched: WatchedPulls = new Map();
  const world = { ...ports, source, forge, watches: watching(watched) };
  const catalogue = await readControlRepository({ repoURL: url, revision, pin }, world);
  return { revision, catalogue, pin, source, forge, watched };
}

/** A push names its branch only: where the branch is now counts, so that a late job does not sync an old commit. */
async function pinOf(job: RefreshJob, ports: RefreshPorts): Promise<Pin | undefined> {
  if (job.scope.of !== 'branch') return undefined;
  const { repo, branch } = job.scope;
  const revision = await ports.forge.resolve(repo, branch);
  return { repoURL: repoURL(ports.host, repo), branch, defaultBranch: await ports.forge.defaultBranch(repo), revision };
}

function applicationsOf(job: RefreshJob, control: Control, ports: RefreshPorts): readonly Application[] {
  const all = control.catalogue.applications.map((one) => one.value);
  switch (job.scope.of) {
    case 'all':
      return all;
    case 'cluster': {
      const { cluster } = job.scope;
      return all.filter((application) => clusterKey(application, control.catalogue) === cluster);
    }
    case 'applications': {
      const names = new Set(job.scope.names);
      return all.filter((application) => names.has(applicationName(application)));
    }
    case 'pulls': {
      const sets = control.watched.get(job.scope.repo.toLowerCase());
      const { applications } = control.catalogue;
      return applications.filter((one) => sets?.has(one.generatedBy ?? '') === true).map((one) => one.value);
    }
    case 'branch': {
      const { repo, branch } = job.scope;
      const { pin } = control;
      const definesAll = repo === ports.controlRepository && branch === pin?.defaultBranch;
      const { applications } = control.catalogue;
      const sets = new Set(control.catalogue.sets.filter((set) => readsFrom(set, pin)).map(setName));
      const following = applications.filter(({ value }) => sourcesOf(value).some((source) => follows(source, pin)));
      const names = new Set(following.map(({ value }) => applicationName(value)));
      const chosen = applications.filter(
        ({ value, generatedBy, parents = [] }) =>
          definesAll ||
          (generatedBy !== undefined && sets.has(generatedBy)) ||
          names.has(applicationName(value)) ||
          parents.some((parent) => names.has(parent)),
      );
      return chosen.map((one) => one.value);
    }
  }
}

/** Whether a git generator of a set reads the branch of a pin. */
function readsFrom({ value }: ParsedSet, pin: Pin | undefined): boolean {
  return gitGenerators(value.spec.generators).some(({ repoURL: url, revision }) =>
    follows({ repoURL: url, ...(revision === undefined ? {} : { targetRevision: revision }) }, pin),
  );
}

function setName({ value }: ParsedSet): string {
  return value.metadata.name;
}

function follows(
  source: { readonly repoURL: string; readonly targetRevision?: string },
  pin: Pin | undefined,
): boolean {
  return (
    pin !== undefined &&
    sameRepository(source.repoURL, pin.repoURL) &&
    tracks(source.targetRevision, pin.branch, pin.defaultBranch)
  );
}

/** Server of an application's cluster; one that is not registered stands for itself, and is told of when it is looked at. */
function clusterKey(application: Application, catalogue: Catalogue): string {
  try {
    return clusterOf(application, catalogue.settings.clusters).server;
  } catch {
    return application.spec.destination.server ?? application.spec.destination.name ?? '';
  }
}

/** Looks at applications of one cluster and acts on each; answers those that wait for somebody to sync them. */
async function refreshGroup(
  job: RefreshJob,
  applications: readonly Application[],
  control: Control,
  ports: RefreshPorts,
): Promise<readonly string[]> {
  // Before anything is looked at: what is done meanwhile is not in the look
  const before = new Map(
    await Promise.all(
      applications.map(async (one) => [one, await knownOf(applicationName(one), ports.store)] as const),
    ),
  );
  const looks = await lookAtGroup(applications, before, control, ports);
  const remembered = await pMap(looks, (look) => remember(look, control, ports), { concurrency: IN_FLIGHT });
  const gate = createGate(control, ports.store);
  const waiting = await pMap(
    remembered,
    async (one) => ((await actOn(one, job, control, gate, ports)) ? [one.look] : []),
    { concurrency: IN_FLIGHT },
  );
  const finished = remembered.filter(({ look, status }) => isFinished(status, before.get(look.application)?.status));
  await wake(new Set(finished.map(({ status }) => status.application)), control, ports);
  return waiting.flat().map((look) => applicationName(look.application));
}

/** What was known of an application when the look at it began. */
interface Known {
  readonly status: ApplicationStatus | undefined;
  readonly operation: Look['loaded'];
}

async function knownOf(name: string, store: RefreshPorts['store']): Promise<Known> {
  const [status, operation] = await Promise.all([store.statuses.load(name), store.operations.load(name)]);
  return { status, operation };
}

/** Whether an application became what others may wait for. */
function isFinished(status: ApplicationStatus, before: ApplicationStatus | undefined): boolean {
  const [now, then] = [status, before].map((one) => one?.sync === 'Synced' && one.health.status === 'Healthy');
  const isNew = before?.definition !== status.definition || before?.revisions.join() !== status.revisions.join();
  return now === true && (then !== true || isNew);
}

/** Those that waited for these to be finished are looked at now, and not when the schedule comes round. */
async function wake(finished: ReadonlySet<string>, { catalogue }: Control, ports: RefreshPorts): Promise<void> {
  const hasOrder = catalogue.applications.some((one) => one.parents !== undefined || one.generatedBy !== undefined);
  if (finished.size === 0 || !hasOrder) return;
  const waiting = (await ports.store.statuses.all()).filter((one) => one.waitsFor?.some((name) => finished.has(name)));
  const names = waiting.map(({ application }) => application);
  if (names.length > 0) await ports.queue.send({ kind: 'refresh', scope: { of: 'applications', names } });
}

async function lookAtGroup(
  applications: readonly Application[],
  before: ReadonlyMap<Application, Known>,
  control: Control,
  ports: RefreshPorts,
): Promise<readonly Look[]> {
  const [first] = applications;
  const unknown = (application: Application, problem: Problem): Look => ({
    application,
    status: unknownStatus(application, problem, before.get(application)?.status, ports.clock()),
    desired: undefined,
    before: before.get(application)?.status,
    loaded: before.get(application)?.operation,
  });
  if (first === undefined) return [];
  try {
    const cluster = clusterOf(first, control.catalogue.settings.clusters);
    const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
    await ports.store.facts.save(cluster.server, await reader.facts());
    const wanted = await pMap(
      applications,
      (application) => want(application, before.get(application)?.status, { cluster, reader, control }, ports),
      {
        concurrency: IN_FLIGHT,
      },
    );
    const later = wanted.filter(
      ({ problem, application }) => isPassing(problem) && before.get(application)?.status !== undefined,
    );
    await comeBack(later, ports);
    const { objects: live, hiddenAt } = await readKnown(
      reader,
      wanted.flatMap((one) => (one.problem === undefined ? placesOf(one.wanted) : [])),
    );
    const { customisations } = control.catalogue.settings;
    const at = ports.clock();
    const healths = await healthsOf([...live.values()], { customisations, engines: ports.engines, at });
    const orphans = createOrphanWatch({ reader, cluster, catalogue: control.catalogue }, ports.store);
    const looking = { marks: createMarks(ports.markKey), reader, engines: ports.engines, at, customisations };
    return await pMap(
      wanted.filter((one) => !later.includes(one)),
      async (one): Promise<Look> => {
        const { application, problem } = one;
        if (problem !== undefined) return unknown(application, problem);
        const hidden = hiddenAt(placesOf(one.wanted));
        if (hidden !== undefined) return unknown(application, hidden);
        try {
          const own = concerning(one.wanted, live, customisations.tracking);
          await handOver(one.wanted, live, customisations.tracking, ports.store);
          const wanting = await leavingShared(one.wanted, own, {
            ...control,
            cluster,
            reader,
            renderer: ports.renderer,
          });
          const changes = await differencesOf(wanting, own, looking);
          const { status: last, operation } = before.get(application) ?? {};
          const conditions = [...wanting.conditions, ...(await orphans(one.wanted, last))];
          const status = statusOf({ ...wanting, conditions }, own, changes, healths, last, ports.clock());
          return { application, status, desired: one.wanted.desired, before: last, loaded: operation };
        } catch (thrown) {
          // Its own dry runs: an admission webhook that is down, say
          const own = asProblem(thrown);
          if (own.code === 'rate-limited') throw own;
          return unknown(application, own);
        }
      },
      { concurrency: IN_FLIGHT },
    );
  } catch (thrown) {
    const problem = asProblem(thrown);
    // A cluster that is too busy says nothing of its applications: they are looked at again when it says
    const busy =
      problem.code === 'rate-limited' ? applications.filter((one) => before.get(one)?.status !== undefined) : [];
    await comeBack(
      busy.map((application) => ({ application, problem })),
      ports,
    );
    return applications.filter((one) => !busy.includes(one)).map((application) => unknown(application, problem));
  }
}

type Want =
  | { readonly application: Application; readonly wanted: Wanted; readonly problem?: undefined }
  | { readonly application: Application; readonly problem: Problem };

async function want(
  application: Application,
  before: ApplicationStatus | undefined,
  {
    cluster,
    reader,
    control,
  }: { readonly cluster: ClusterRegistration; readonly reader: ClusterReader; readonly control: Control },
  ports: RefreshPorts,
): Promise<Want> {
  try {
    // A repository elsewhere that the project does not permit is not even asked.
    const isElsewhere = ({ repoURL, chart }: ApplicationSource): boolean =>
      chart !== undefined || repositoryOf(repoURL, ports.host) === undefined;
    const [refused] = sourcesOf(application).some(isElsewhere)
      ? conditionsOf(application, [], cluster, control.catalogue)
      : [];
    if (refused !== undefined) throw new Problem('forbidden', refused.message);
    const source = sourceFor(application, control.catalogue, control.source);
    const revisions = await revisionsOf(application, source, control.pin);
    const rendered = await renderDesired(application, revisions, await reader.facts(), { ...ports, source });
    const { customisations } = control.catalogue.settings;
    const defined = asApplied(application, rendered, await reader.kinds(), customisations.tracking);
    const { manifests: desired, warnings } = withoutExcluded(deployable(defined, cluster), cluster, customisations);
    const applied = (await ports.store.inventories.load(applicationName(application))) ?? [];
    const inventory = managed(applied, cluster, customisations);
    const broken = conditionsOf(application, defined, cluster, control.catalogue);
    const outside = broken.find(({ type }) => type === 'ComparisonError');
    if (outside !== undefined) throw new Problem('forbidden', outside.message);
    const unsigned = isVerified(application, before, revisions, control)
      ? []
      : await integrityConditions(application, revisions, control.catalogue, { ...ports, forge: control.forge });
    const conditions = [...broken, ...unsigned, ...warnings];
    const children = await childrenOf(application, control.catalogue, ports.store);
    return { application, wanted: { application, revisions, desired, inventory, conditions, children } };
  } catch (thrown) {
    return { application, problem: asProblem(thrown) };
  }
}

/**
 * The same commits under the same rules were good before: nobody needs to be asked again. A project that comes out of
 * another application may have other rules now.
 */
function isVerified(
  { spec }: Application,
  before: ApplicationStatus | undefined,
  revisions: readonly string[],
  { revision, catalogue }: Control,
): boolean {
  if (before?.definition !== revision || before.revisions.join() !== revisions.join()) return false;
  const project = catalogue.projects.find(({ value }) => value.metadata.name === spec.project);
  if (project?.parents !== undefined) return false;
  return !before.conditions.some(({ type }) => type === 'ComparisonError');
}
