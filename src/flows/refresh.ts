import pMap from 'p-map';
import { type Application, applicationName } from '../spec/application.ts';
import type { RefreshJob } from '../spec/event.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { actOn } from './act-on-status.ts';
import { chosenApplications } from './chosen-applications.ts';
import { clusterKey } from './cluster-key.ts';
import { comeBack, isPassing } from './come-back.ts';
import { deleteVanished } from './delete-vanished.ts';
import { eachAlone } from './each-alone.ts';
import { createGate } from './gate.ts';
import { type Known, lookAtGroup } from './look-at-group.ts';
import { repoURL } from './preview.ts';
import { type Control, readControl } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { remember } from './remember.ts';
import { tellMergedPull } from './tell-merged-pull.ts';
import { isWatched, rememberWatched } from './watched-pulls.ts';

/** Applications of one cluster that are saved and acted on at a time. */
const IN_FLIGHT = 8;

/** Reads of the store in flight at a time, two an application. */
const LOADED_AT_A_TIME = 32;

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
    const controlURL = repoURL(ports.host, ports.controlRepository);
    await deleteVanished({ controlURL, revision: control.revision, catalogue: control.catalogue }, ports);
  }
  const chosen = chosenApplications(job, control, ports.controlRepository);
  const groups = Map.groupBy(chosen, (application) => clusterKey(application, control.catalogue));
  if (job.scope.of === 'all') {
    for (const cluster of groups.keys()) await ports.queue.send({ kind: 'refresh', scope: { of: 'cluster', cluster } });
    return;
  }
  // Side by side: a cluster that does not answer holds up no application of another one
  const looks = [...groups.values()].map((applications) => refreshGroup(job, applications, control, ports));
  await tellMergedPull((await Promise.all(looks)).flat(), control.push, control, ports);
}

/**
 * Looks at applications of one cluster and acts on each; answers those that wait for somebody to sync them. What fails of
 * one is thrown when all have had their turn, so that the job comes back; where its source is just silent, it alone does.
 */
async function refreshGroup(
  job: RefreshJob,
  applications: readonly Application[],
  control: Control,
  ports: RefreshPorts,
): Promise<readonly string[]> {
  // Before anything is looked at: what is done meanwhile is not in the look
  const loading = await pMap(applications, async (one) => [one, await knownOf(one, ports.store)] as const, {
    concurrency: LOADED_AT_A_TIME,
  });
  const before = new Map(loading);
  const failures: Problem[] = [];
  const silent: { readonly application: Application; readonly problem: Problem }[] = [];
  const looks = await lookAtGroup(applications, before, control, ports);
  const remembered = await eachAlone(looks, (look) => remember(look, control, ports), {
    concurrency: IN_FLIGHT,
    failed: (thrown) => failures.push(asProblem(thrown)),
  });
  const gate = createGate(control, ports.store);
  const acted = await eachAlone(
    remembered,
    async (one) => ({ one, waits: await actOn(one, job, control, gate, ports) }),
    {
      concurrency: IN_FLIGHT,
      failed: (thrown, { look: { application } }) => {
        const problem = asProblem(thrown);
        if (isPassing(problem)) silent.push({ application, problem });
        else failures.push(problem);
      },
    },
  );
  await comeBack(silent, control.push, ports);
  const finished = remembered.filter(({ look, status }) => isFinished(status, before.get(look.application)?.status));
  await wake(new Set(finished.map(({ status }) => status.application)), control, ports);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return acted.filter(({ waits }) => waits).map(({ one }) => applicationName(one.look.application));
}

async function knownOf(application: Application, store: RefreshPorts['store']): Promise<Known> {
  const name = applicationName(application);
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
