import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { policyOf } from '../catalog/rolling-sync.ts';
import { type Application, applicationName, type Parsed, type SyncPolicy } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RefreshJob, RepoName } from '../spec/event.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ApplicationStatus, Condition, Operation, Trigger } from '../spec/operation.ts';
import type { Clock, Clusters, Engines, Forge, Queue, Renderer, Source, Store, Versioned } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { automated, driftedAfter, fight, isFight, isOver, selfHeal, terminate } from '../sync/index.ts';
import { type Pin, renderDesired, revisionsOf } from './desired.ts';
import { rememberingFacts } from './facts.ts';
import type { Gate } from './gate.ts';
import { asApplied } from './look.ts';
import { tell } from './notify.ts';
import { repoURL } from './preview.ts';
import { sourceFor } from './source-for.ts';
import { parametersOf, SUPERSEDED, sameContent, sendStep, startOperation } from './start-operation.ts';
import { mergedPull } from './tell-merged-pull.ts';
import type { WatchedPulls } from './watched-pulls.ts';
import { lookWhenOpen, windowsOf } from './windows.ts';

export interface RefreshPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly clusters: Clusters;
  readonly store: Store;
  readonly queue: Queue;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly host: string;
  readonly controlRepository: RepoName;
  readonly markKey: string;
}

/** What every look of one job has in common. */
export interface Control {
  readonly revision: string;
  readonly catalogue: Catalogue;
  readonly pin: Pin | undefined;
  readonly watched: WatchedPulls;
  /** The source of this job: asks where a branch is once, so that all applications see the same commit. */
  readonly source: Source;
  /** GitHub, asked once for each signature. */
  readonly forge: Forge;
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

/** A look that is saved. */
export interface Remembered {
  readonly look: Look;
  readonly status: ApplicationStatus;
  /** How the catalogue defines it. */
  readonly from: Parsed<Application> | undefined;
}

/** Saves what a look saw, and tells whoever wants to know: before anything follows from it, for it or for another. */
export async function remember(look: Look, control: Control, ports: RefreshPorts): Promise<Remembered> {
  const { application, status, before, loaded } = look;
  const last = loaded?.value;
  const from = control.catalogue.applications.find((one) => one.value === application);
  const selfHeal = healsItself(from === undefined ? application.spec.syncPolicy : policyOf(from, control.catalogue));
  const seen = { ...status, ...(from?.generatedBy === undefined ? {} : generatedOf(from.generatedBy, application)) };
  const looked = { ...seen, ...attemptOf(last), definition: control.revision };
  const drifted = driftedAfter({ before, status: looked, last, selfHeal });
  const found = drifted.length === 0 ? looked : { ...looked, drifted };
  const because = fight(found);
  const fought: readonly Condition[] = because === undefined ? [] : [{ type: 'SelfHealWarning', message: because }];
  const conditions = [...status.conditions, ...syncError(last, application, status), ...fought];
  const known: ApplicationStatus = { ...found, conditions };
  await ports.store.statuses.save(known);
  await tell(application, known, last, control.catalogue, ports);
  return { look, status: known, from };
}

/**
 * What follows from a look at an application: it is synced if it is to sync by itself, and it is its turn. A running
 * operation goes on; one that brings what Git no longer says is ended first, and the look after its end starts the next.
 * Drift is repaired by the scheduled looks, and those that a repair was put off to: the one right after a sync must not
 * start another. Answers whether the application waits for somebody to sync it.
 */
export async function actOn(
  { look, status: known, from }: Remembered,
  job: RefreshJob,
  control: Control,
  gate: Gate,
  ports: RefreshPorts,
): Promise<boolean> {
  const { application, loaded } = look;
  const policy = from === undefined ? application.spec.syncPolicy : policyOf(from, control.catalogue);
  const isAutomated = policy?.automated !== undefined && policy.automated.enabled !== false;
  if (loaded !== undefined && !isOver(loaded.value.phase)) {
    // What Git said when a slow look began may be older than what runs by now
    const outdated =
      isAutomated &&
      (await isOutdated(look, loaded.value, control, ports)) &&
      !(await movedOn(application, known, control, ports));
    await attend(loaded.value, loaded.version, outdated, ports);
  } else if (loaded?.value.finished === false) {
    // Its last step died
    await sendStep(loaded.value, ports.queue);
  } else {
    await startIfDue({ application, from, policy, status: known, loaded, gate }, job, control, ports);
  }
  await lookAgain(known, job, ports);
  return known.sync === 'OutOfSync' && !isAutomated;
}

function generatedOf(set: string, application: Application): Pick<ApplicationStatus, 'generated'> {
  return { generated: { set, application } };
}

function healsItself(policy: SyncPolicy | undefined): boolean {
  return policy?.automated?.selfHeal === true && policy.automated.enabled !== false;
}

/** A person's sync of some resources did not try the rest of its revision; one that gave way was no try at all. */
function attemptOf(last: Operation | undefined): Pick<ApplicationStatus, 'lastAttempt'> {
  if (last?.parameters === undefined || last.message === SUPERSEDED) return {};
  if (last.only !== undefined && last.trigger.kind !== 'self-heal') return {};
  return { lastAttempt: { revisions: last.revisions, parameters: last.parameters } };
}

/** A sync to what Git says now that failed, or was stopped: it stands at the application until something changes. */
function syncError(
  last: Operation | undefined,
  application: Application,
  { revisions }: ApplicationStatus,
): readonly Condition[] {
  if (last === undefined || (last.phase !== 'Failed' && last.phase !== 'Error')) return [];
  const isNow = last.parameters === parametersOf(application) && last.revisions.join() === revisions.join();
  return isNow && last.message !== SUPERSEDED ? [{ type: 'SyncError', message: last.message }] : [];
}

/**
 * Whether a running operation brings something else than Git says now. Other commits with the same manifests do not
 * count, and a hook that runs (a migration) is never cut short for it.
 */
async function isOutdated(look: Look, running: Operation, control: Control, ports: RefreshPorts): Promise<boolean> {
  const { application, status, desired } = look;
  if (desired === undefined || running.deletes === true) return false;
  const { only } = running;
  const now = { revisions: status.revisions, definition: control.revision, ...(only === undefined ? {} : { only }) };
  if (sameContent(running, now)) return false;
  if ((running.tasks ?? []).some((task) => task.action === 'hook' && task.status === 'Running')) return false;
  const cluster = clusterOf(application, control.catalogue.settings.clusters);
  const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
  try {
    const source = sourceFor(application, control.catalogue, ports.source);
    const rendered = await renderDesired(application, running.revisions, await reader.facts(), { ...ports, source });
    const { tracking } = control.catalogue.settings.customisations;
    const brings = deployable(asApplied(application, rendered, await reader.kinds(), tracking), cluster);
    return JSON.stringify(brings) !== JSON.stringify(desired);
  } catch (thrown) {
    // What it brings does not render (any more): what Git says now does. No answer at all says nothing.
    return !['unavailable', 'rate-limited', 'cluster-unreachable', 'internal'].includes(asProblem(thrown).code);
  }
}

/** Looks at an application that becomes healthy come after 5, 10, 20, … seconds; then the schedule does. */
const FIRST_LOOK_SECONDS = 5;
const MOST_LOOKS = 6;

/**
 * After a sync, its controllers are still at work: the application is looked at again until it is no longer Progressing,
 * so that it is told promptly that it is Healthy, or not.
 */
async function lookAgain(status: ApplicationStatus, job: RefreshJob, ports: RefreshPorts): Promise<void> {
  if (job.scope.of !== 'applications' || status.health.status !== 'Progressing') return;
  const again = (job.scope.again ?? 0) + 1;
  if (again > MOST_LOOKS) return;
  await ports.queue.send(
    { kind: 'refresh', scope: { of: 'applications', names: [status.application], again } },
    { delaySeconds: FIRST_LOOK_SECONDS * 2 ** (again - 1) },
  );
}

/** Makes sure that the next step of a running operation is on its way: its job may have been lost for good. */
async function attend(running: Operation, version: number, outdated: boolean, ports: RefreshPorts): Promise<void> {
  const operation = outdated ? terminate(running, SUPERSEDED) : running;
  if (outdated) await ports.store.operations.save(operation, version);
  const { application, id, looks } = operation;
  await ports.queue.send({ kind: 'sync', application, operation: id, look: looks });
}

interface Due {
  readonly application: Application;
  readonly from: Parsed<Application> | undefined;
  /** The sync policy that counts. */
  readonly policy: SyncPolicy | undefined;
  readonly status: ApplicationStatus;
  readonly loaded: Versioned<Operation> | undefined;
  readonly gate: Gate;
}

async function startIfDue(
  { application, from, policy, status, loaded, gate }: Due,
  job: RefreshJob,
  control: Control,
  ports: RefreshPorts,
): Promise<void> {
  const last = loaded?.value;
  const decision = automated({
    policy,
    status,
    revisions: status.revisions,
    parameters: parametersOf(application),
    lastPhase: last?.phase,
    lastPruned: last?.prune === true,
  });
  if (!decision.start) return;
  const heals = decision.trigger === 'self-heal' || (healsItself(policy) && isFight(status));
  if (heals && !mayHeal(job)) return;
  const at = ports.clock();
  const windows = windowsOf(application, control.catalogue, { at, manual: false });
  if (!windows.allowed) return await lookWhenOpen({ application: status.application, heals }, windows, at, ports);
  const healing = heals ? selfHeal({ status, last, now: at }) : undefined;
  if (healing?.act === 'leave') return;
  if (healing?.act === 'wait') return await healLater(status.application, last, healing.seconds, ports);
  const others = from === undefined ? [] : await gate(from);
  if (others.length > 0) return await ports.store.statuses.save({ ...status, waitsFor: others });
  if (await movedOn(application, status, control, ports)) {
    await ports.queue.send({ kind: 'refresh', scope: { of: 'applications', names: [applicationName(application)] } });
    return;
  }
  const { trigger, allowDelete } = await triggerOf(heals ? 'self-heal' : decision.trigger, job, ports);
  const prune = policy?.automated?.prune === true;
  try {
    await startOperation(
      {
        application,
        revisions: status.revisions,
        definition: control.revision,
        from,
        trigger,
        prune,
        allowDelete,
        ifVersion: loaded?.version ?? 0,
        ...(healing === undefined ? {} : { only: healing.only, heal: healing.heal }),
      },
      ports,
    );
  } catch (thrown) {
    // Another look began an operation in the same moment, or since this one began: that one will do.
    if (asProblem(thrown).code !== 'conflict') throw thrown;
  }
}

function mayHeal({ scope }: RefreshJob): boolean {
  return scope.of === 'cluster' || scope.of === 'all' || (scope.of === 'applications' && scope.heals === true);
}

/** A repair that has to wait is looked at again then: once, however many looks find that out. */
async function healLater(
  application: string,
  last: Operation | undefined,
  delaySeconds: number,
  ports: RefreshPorts,
): Promise<void> {
  if (!(await ports.store.once(`heal:${application}:${last?.id}`, delaySeconds))) return;
  await ports.queue.send(
    { kind: 'refresh', scope: { of: 'applications', names: [application], heals: true } },
    { delaySeconds },
  );
}

/** A look takes its time: when Git has moved on since, what it saw is not started, and looked at again. */
async function movedOn(
  application: Application,
  status: ApplicationStatus,
  control: Control,
  ports: RefreshPorts,
): Promise<boolean> {
  const definition = await ports.source.resolve(repoURL(ports.host, ports.controlRepository), undefined);
  const revisions = await revisionsOf(application, sourceFor(application, control.catalogue, ports.source));
  return !sameContent({ revisions, definition }, { revisions: status.revisions, definition: control.revision });
}

/** On a merged pull request this label says, as whoever merged it saw, that it may delete a large share of an application. */
const ALLOW_PRUNE = 'trimtab/allow-prune';

async function triggerOf(
  kind: 'schedule' | 'self-heal',
  job: RefreshJob,
  ports: RefreshPorts,
): Promise<{ readonly trigger: Trigger; readonly allowDelete: boolean }> {
  if (kind === 'self-heal' || job.scope.of !== 'branch') return { trigger: { kind }, allowDelete: false };
  const pull = await mergedPull(job, ports.forge);
  if (pull === undefined) return { trigger: { kind: 'push' }, allowDelete: false };
  const { repo, number, labels } = pull;
  return { trigger: { kind: 'push', pull: { repo, number } }, allowDelete: labels.includes(ALLOW_PRUNE) };
}
