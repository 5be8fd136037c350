import { FIELD_MANAGER } from '../spec/annotations.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import { groupOf, type ResourceKey, resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus, HistoryEntry, Operation, ResourceStatus, Task, Trigger } from '../spec/operation.ts';

/** What is known of an application at a moment. */
export interface Known {
  readonly application: Application;
  /** Absent before the first look at the cluster. */
  readonly status?: ApplicationStatus;
  /** The operation that runs or ran last. */
  readonly operation?: Operation;
  /** Newest first, as the store lists it. */
  readonly history: readonly HistoryEntry[];
}

export type Facts = Readonly<Record<string, unknown>>;

/**
 * The `app` that triggers and templates see: an Application with the `status` that Argo CD's controller would write.
 * What is not known yet is absent, as there: `operationState` before the first operation, the statuses before the first
 * look. (Unknown is something else: a look that failed.)
 * https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ and `kubectl explain application.status`
 */
export function applicationFacts({ application, status, operation, history }: Known): Facts {
  const { spec, metadata } = application;
  const several = (spec.sources ?? []).length > 0;
  const drift = status === undefined ? [] : driftFacts(status);
  const sources = several ? { sources: spec.sources } : { source: sourcesOf(application)[0] };
  return {
    apiVersion: application.apiVersion,
    kind: application.kind,
    metadata: { ...metadata, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
    spec,
    status: {
      sync: {
        ...(status === undefined ? {} : { status: status.sync, ...revisionsFact(status.revisions, several) }),
        comparedTo: { ...sources, destination: spec.destination },
      },
      health:
        status === undefined
          ? {}
          : { status: status.health.status, message: status.health.message, lastTransitionTime: status.healthSince },
      ...(status === undefined ? {} : { reconciledAt: status.observedAt }),
      ...(operation === undefined ? {} : { operationState: operationFact(operation, several, sources) }),
      conditions: (status?.conditions ?? []).map(({ type, message }) => ({ type, message })),
      resources: (status?.resources ?? []).map(resourceFact),
      drift,
      driftSince: newest(drift, false),
      driftLeftSince: newest(drift, true),
      history: historyFact(history, several, sources),
    },
  };
}

/** One source has `revision`, several have `revisions`. */
function revisionsFact(revisions: readonly string[], several: boolean): Facts {
  if (several) return { revisions };
  return revisions[0] === undefined ? {} : { revision: revisions[0] };
}

function operationFact(operation: Operation, several: boolean, sources: Facts): Facts {
  const revisions = revisionsFact(operation.revisions, several);
  return {
    phase: operation.phase,
    message: operation.message,
    startedAt: operation.startedAt,
    ...(operation.finishedAt === undefined ? {} : { finishedAt: operation.finishedAt }),
    retryCount: operation.attempt,
    operation: {
      sync: { ...revisions, prune: operation.prune },
      initiatedBy: initiatedBy(operation.trigger),
    },
    syncResult: {
      ...revisions,
      ...sources,
      resources: (operation.tasks ?? []).filter(({ status }) => status !== 'Pending').map(taskFact),
    },
  };
}

/** A person, or automation: `{{.app.status.operationState.operation.initiatedBy.username}}`. */
function initiatedBy({ kind, actor }: Trigger): Facts {
  const automated = kind !== 'command' && kind !== 'cli';
  return { ...(actor === undefined ? {} : { username: actor }), ...(automated ? { automated } : {}) };
}

function taskFact(task: Task): Facts {
  return {
    ...keyFact(task.key, task.apiVersion),
    message: task.message,
    syncPhase: task.phase,
    ...(task.action === 'hook'
      ? { hookType: task.phase, hookPhase: task.status }
      : { status: taskStatus(task), hookPhase: task.status }),
  };
}

/** Argo CD's result codes of a resource. */
function taskStatus({ action, status }: Task): string {
  if (status === 'Failed') return 'SyncFailed';
  if (action === 'prune') return status === 'Skipped' ? 'PruneSkipped' : 'Pruned';
  return 'Synced';
}

function keyFact({ kind, name, namespace }: ResourceKey, apiVersion: string): Facts {
  const group = groupOf(apiVersion);
  return { group, version: apiVersion.slice(group === '' ? 0 : group.length + 1), kind, namespace, name };
}

function resourceFact({ key, version, sync, health, requiresPruning, hook }: ResourceStatus): Facts {
  return {
    ...key,
    version,
    status: sync,
    ...(health === undefined ? {} : { health }),
    ...(requiresPruning ? { requiresPruning } : {}),
    ...(hook ? { hook } : {}),
  };
}

/**
 * Ours, beside what Argo CD has: what somebody else than trimtab changed, deleted or made, with who and when, as far as
 * managedFields say, and since which look it is known. What only Git changed is no drift. Values come redacted.
 */
function driftFacts({ drift, drifted = [], observedAt }: ApplicationStatus): readonly Facts[] {
  const present = drifted.filter(({ seenAt, manager }) => seenAt === observedAt && manager !== FIELD_MANAGER);
  const fields = new Map(
    drift.flatMap(({ key, fields }) => fields.map((field) => [placeText(resourceText(key), field.path), field])),
  );
  return present.map(({ resource, is, path = '', manager, since, left }) => {
    const field = fields.get(placeText(resource, path));
    return {
      resource,
      is,
      field: path,
      desired: field?.to ?? null,
      live: field?.from ?? null,
      manager: manager ?? '',
      at: field?.at ?? '',
      since,
      left: left === true,
    };
  });
}

function placeText(resource: string, path: string): string {
  return `${resource} ${path}`;
}

/** Newest of what self-heal leaves alone, and of the rest: what is told already, whatever goes of it, is not told again. */
function newest(drift: readonly Facts[], left: boolean): string {
  const all = drift.flatMap((one) => (one['left'] === left ? [String(one['since'])] : []));
  return all.sort().at(-1) ?? '';
}

/** Argo CD keeps what succeeded, and was about the whole application, oldest first. */
function historyFact(history: readonly HistoryEntry[], several: boolean, sources: Facts): readonly Facts[] {
  return history
    .filter(({ phase, only }) => phase === 'Succeeded' && only === undefined)
    .toReversed()
    .map((entry) => ({
      id: entry.id,
      ...revisionsFact(entry.revisions, several),
      ...sources,
      deployStartedAt: entry.startedAt,
      deployedAt: entry.finishedAt,
      initiatedBy: initiatedBy(entry.trigger),
    }));
}
