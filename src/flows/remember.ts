import { policyOf } from '../catalog/rolling-sync.ts';
import type { Application, Parsed } from '../spec/application.ts';
import type { ApplicationStatus, Condition, Operation } from '../spec/operation.ts';
import { driftedAfter, fight, healsItself } from '../sync/index.ts';
import type { Look } from './look-at-group.ts';
import { tell } from './notify.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { parametersOf, SUPERSEDED } from './start-operation.ts';

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

function generatedOf(set: string, application: Application): Pick<ApplicationStatus, 'generated'> {
  return { generated: { set, application } };
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
