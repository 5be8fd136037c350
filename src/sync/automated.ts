import type { SyncPolicy } from '../spec/application.ts';
import type { ApplicationStatus, OperationPhase, Trigger } from '../spec/operation.ts';

export interface AutomatedInput {
  readonly policy: SyncPolicy | undefined;
  /** What the refresh has just found. */
  readonly status: Pick<ApplicationStatus, 'sync' | 'resources' | 'lastAttempt'>;
  /** The pair that would be synced now. */
  readonly revisions: readonly string[];
  readonly parameters: string;
  /** Phase of the newest operation; undefined when there was none. */
  readonly lastPhase: OperationPhase | undefined;
  /** Whether that operation was to prune. */
  readonly lastPruned?: boolean;
}

/** Whether a sync starts by itself, as what, and why or why not, in a sentence for `/why` and the log. */
export type AutomatedDecision =
  | {
      readonly start: true;
      readonly trigger: Extract<Trigger['kind'], 'schedule' | 'self-heal'>;
      readonly because: string;
    }
  | { readonly start: false; readonly because: string };

/**
 * Should an automated sync start? Only where the application is OutOfSync; once for each pair of revisions and
 * parameters (the Application), even if that failed; and again for the same pair only with `selfHeal`, where the cluster drifted after a
 * sync that succeeded. https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automated-sync-semantics
 */
export function automated(input: AutomatedInput): AutomatedDecision {
  const { policy, status, lastPhase } = input;
  const settings = policy?.automated;
  if (settings === undefined) return no('it has no syncPolicy.automated');
  if (settings.enabled === false) return no('syncPolicy.automated.enabled is false');
  if (status.sync !== 'OutOfSync') return no(`it is ${status.sync}`);
  if (lastPhase === 'Running' || lastPhase === 'Terminating') return no('an operation is under way');
  const differing = status.resources.filter((resource) => resource.sync === 'OutOfSync');
  const onlyPrune = differing.length > 0 && differing.every((resource) => resource.requiresPruning);
  if (onlyPrune && settings.prune !== true) {
    return no('only pruning is left to do, and syncPolicy.automated.prune is off');
  }
  if (!triedBefore(input)) return { start: true, trigger: 'schedule', because: 'Git says something new' };
  if (lastPhase !== undefined && lastPhase !== 'Succeeded') return no('this revision was tried, and failed');
  if (settings.selfHeal !== true) return no('this revision was synced, and syncPolicy.automated.selfHeal is off');
  if (onlyPrune && input.lastPruned === true) {
    return no('only pruning is left to do, and the last sync left that alone on purpose');
  }
  return { start: true, trigger: 'self-heal', because: 'the cluster drifted from Git' };
}

/** Whether drift of an application is repaired by itself. */
export function healsItself(policy: SyncPolicy | undefined): boolean {
  return policy?.automated?.selfHeal === true && policy.automated.enabled !== false;
}

function triedBefore(input: AutomatedInput): boolean {
  const last = input.status.lastAttempt;
  if (last === undefined || last.parameters !== input.parameters) return false;
  return (
    last.revisions.length === input.revisions.length &&
    last.revisions.every((revision, index) => revision === input.revisions[index])
  );
}

function no(because: string): AutomatedDecision {
  return { start: false, because };
}
