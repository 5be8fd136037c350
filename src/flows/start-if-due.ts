import type { Application, Parsed, SyncPolicy } from '../spec/application.ts';
import type { RefreshJob } from '../spec/event.ts';
import type { ApplicationStatus, Operation } from '../spec/operation.ts';
import type { Versioned } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { automated, healsItself, isFight, selfHeal } from '../sync/index.ts';
import type { Gate } from './gate.ts';
import { movedOn } from './moved-on.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { parametersOf, startOperation } from './start-operation.ts';
import { triggerOf } from './trigger-of.ts';
import { lookWhenOpen, windowsOf } from './windows.ts';

/** An application that was looked at, and nothing of which is under way. */
export interface Due {
  readonly application: Application;
  readonly from: Parsed<Application> | undefined;
  /** The sync policy that counts. */
  readonly policy: SyncPolicy | undefined;
  readonly status: ApplicationStatus;
  readonly loaded: Versioned<Operation> | undefined;
  readonly gate: Gate;
}

/** Starts what is to be synced or repaired by itself, where nothing holds it back; what has to wait is looked at again then. */
export async function startIfDue(
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
  if (!windows.allowed) {
    return await lookWhenOpen({ application: status.application, heals, push: control.push }, windows, at, ports);
  }
  const healing = heals ? selfHeal({ status, last, now: at }) : undefined;
  if (healing?.act === 'leave') return;
  if (healing?.act === 'wait') return await healLater(status.application, last, healing.seconds, ports);
  const others = from === undefined ? [] : await gate(from);
  if (others.length > 0) return await ports.store.statuses.save({ ...status, waitsFor: others });
  if (await movedOn(application, status, control, ports)) {
    const { push } = control;
    const scope = { of: 'applications', names: [status.application], ...(push === undefined ? {} : { push }) } as const;
    await ports.queue.send({ kind: 'refresh', scope });
    return;
  }
  const { trigger, allowDelete } = await triggerOf(
    heals ? 'self-heal' : decision.trigger,
    { from, status },
    control,
    ports,
  );
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
