import pMap from 'p-map';
import { clusterOf } from '../catalog/cluster-of.ts';
import { createMarks } from '../diff/index.ts';
import type { Application } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ApplicationStatus, Operation } from '../spec/operation.ts';
import type { ClusterReader, Versioned } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { comeBack, isPassing } from './come-back.ts';
import { concerning } from './concerning.ts';
import { rememberingFacts } from './facts.ts';
import { handOver } from './hand-over.ts';
import { healthsOf } from './healths.ts';
import { readKnown } from './live.ts';
import { differencesOf } from './look.ts';
import { createOrphanWatch } from './orphans.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { leavingShared } from './shared.ts';
import { statusOf, unknownStatus } from './status-of.ts';
import { want } from './want.ts';
import { placesOf, type Wanted } from './wanted.ts';

/** What was known of an application when the look at it began. */
export interface Known {
  readonly status: ApplicationStatus | undefined;
  readonly operation: Look['loaded'];
}

/** One application as a refresh saw it. */
export interface Look {
  readonly application: Application;
  readonly status: ApplicationStatus;
  /** What Git wants of it, as it would be applied; undefined when that could not be found out. */
  readonly desired: readonly Manifest[] | undefined;
  /** What the look before it saw. */
  readonly before: ApplicationStatus | undefined;
  /** The operation that was newest when the look began. */
  readonly loaded: Versioned<Operation> | undefined;
}

/** Applications of one cluster that are compared at a time. */
const IN_FLIGHT = 8;

/** A silence is waited out for so long; then whoever relies on what was known before is to hear of it. */
const PATIENCE_SECONDS = 900;

/**
 * Looks at applications of one cluster, by lists that all have in common. One that fails is Unknown, with the reason, and so
 * are all where their cluster can't be reached. What passes by itself (GitHub or a chart repository is silent, the
 * cluster is too busy) says nothing of an application: for some minutes its status stays as it is, and it is looked at
 * again soon. `before` says what was known before anything was asked.
 */
export async function lookAtGroup(
  applications: readonly Application[],
  before: ReadonlyMap<Application, Known>,
  control: Control,
  ports: RefreshPorts,
): Promise<readonly Look[]> {
  const [first] = applications;
  if (first === undefined) return [];
  const unknown = (application: Application, problem: Problem): Look => {
    const { status, operation } = before.get(application) ?? {};
    const now = unknownStatus(application, problem, status, ports.clock());
    return { application, status: now, desired: undefined, before: status, loaded: operation };
  };
  const unanswered = async (
    silent: readonly { application: Application; problem: Problem }[],
  ): Promise<readonly Look[]> => {
    await comeBack(silent, control.push, ports);
    const since = new Date(Date.parse(ports.clock()) - PATIENCE_SECONDS * 1000).toISOString();
    return silent
      .filter(({ application }) => (before.get(application)?.status?.observedAt ?? '') < since)
      .map(({ application, problem }) => unknown(application, problem));
  };
  try {
    const cluster = clusterOf(first, control.catalogue.settings.clusters);
    const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
    await ports.store.facts.save(cluster.server, await reader.facts());
    const wants = await pMap(
      applications,
      (application) => want(application, before.get(application)?.status, { cluster, reader, control }, ports),
      { concurrency: IN_FLIGHT },
    );
    const known = wants.flatMap((one) => (one.problem === undefined ? [one.wanted] : []));
    const broken = wants.flatMap((one) => (one.problem === undefined ? [] : [one]));
    const silent = broken.filter(({ problem }) => isPassing(problem));
    const failed = broken.filter(({ problem }) => !isPassing(problem));
    const looks = await compared(known, { cluster, reader, before, unknown }, control, ports);
    return [
      ...looks,
      ...failed.map(({ application, problem }) => unknown(application, problem)),
      ...(await unanswered(silent)),
    ];
  } catch (thrown) {
    const problem = asProblem(thrown);
    const all = applications.map((application) => ({ application, problem }));
    if (problem.code === 'rate-limited') return await unanswered(all);
    return all.map(({ application }) => unknown(application, problem));
  }
}

interface Comparing {
  readonly cluster: ClusterRegistration;
  readonly reader: ClusterReader;
  readonly before: ReadonlyMap<Application, Known>;
  readonly unknown: (application: Application, problem: Problem) => Look;
}

/** Holds what is wanted against the cluster. Throws Problem where nothing of it can be had, or it is too busy. */
async function compared(
  wanted: readonly Wanted[],
  { cluster, reader, before, unknown }: Comparing,
  control: Control,
  ports: RefreshPorts,
): Promise<readonly Look[]> {
  const { customisations } = control.catalogue.settings;
  const { objects: live, hiddenAt } = await readKnown(reader, wanted.flatMap(placesOf));
  const at = ports.clock();
  const healths = await healthsOf([...live.values()], { customisations, engines: ports.engines, at });
  const orphans = createOrphanWatch({ reader, cluster, catalogue: control.catalogue }, ports.store);
  const looking = { marks: createMarks(ports.markKey), reader, engines: ports.engines, at, customisations };
  const look = async (one: Wanted): Promise<Look> => {
    const { application, desired } = one;
    const hidden = hiddenAt(placesOf(one));
    if (hidden !== undefined) return unknown(application, hidden);
    try {
      const own = concerning(one, live, customisations.tracking);
      const { status: last, operation } = before.get(application) ?? {};
      await handOver(one, { live, seen: operation?.version }, customisations.tracking, ports.store);
      const wanting = await leavingShared(one, own, { ...control, cluster, reader, renderer: ports.renderer });
      const changes = await differencesOf(wanting, own, looking);
      const conditions = [...wanting.conditions, ...(await orphans(one, last))];
      const status = statusOf({ ...wanting, conditions }, own, changes, healths, last, ports.clock());
      return { application, status, desired, before: last, loaded: operation };
    } catch (thrown) {
      // Its own dry runs: an admission webhook that is down, say
      const problem = asProblem(thrown);
      if (problem.code === 'rate-limited') throw problem;
      return unknown(application, problem);
    }
  };
  return await pMap(wanted, look, { concurrency: IN_FLIGHT });
}
