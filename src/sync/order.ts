import type { Manifest } from '../spec/manifest.ts';
import { SYNC_PHASES, type Task } from '../spec/operation.ts';

/** Kinds in the order in which they are applied within a wave; any other comes after them. The group is not looked at. */
const KIND_ORDER: ReadonlyMap<string, number> = new Map(
  [
    'Namespace',
    'NetworkPolicy',
    'ResourceQuota',
    'LimitRange',
    'PodSecurityPolicy',
    'PodDisruptionBudget',
    'ServiceAccount',
    'Secret',
    'SecretList',
    'ConfigMap',
    'StorageClass',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'CustomResourceDefinition',
    'ClusterRole',
    'ClusterRoleList',
    'ClusterRoleBinding',
    'ClusterRoleBindingList',
    'Role',
    'RoleList',
    'RoleBinding',
    'RoleBindingList',
    'Service',
    'DaemonSet',
    'Pod',
    'ReplicationController',
    'ReplicaSet',
    'Deployment',
    'HorizontalPodAutoscaler',
    'StatefulSet',
    'Job',
    'CronJob',
    'IngressClass',
    'Ingress',
    'APIService',
  ].map((kind, index) => [kind, index]),
);

/**
 * True for what the API server must know before anything that uses it can be applied: within a wave such tasks run
 * first, alone, and are waited for.
 */
export function isFoundation(task: Task): boolean {
  return task.action === 'apply' && (task.key.kind === 'Namespace' || task.key.kind === 'CustomResourceDefinition');
}

/**
 * The order of a sync: by phase, then by wave, then by kind, then by name. Namespace, group, kind and action follow, so
 * that the order is total: no plan depends on the order in which a renderer printed its manifests.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#how-argo-cd-processes-sync-waves
 */
export function compareTasks(a: Task, b: Task): number {
  return (
    SYNC_PHASES.indexOf(a.phase) - SYNC_PHASES.indexOf(b.phase) ||
    a.wave - b.wave ||
    kindRank(a.key.kind) - kindRank(b.key.kind) ||
    compareText(a.key.name, b.key.name) ||
    compareText(a.key.namespace, b.key.namespace) ||
    compareText(a.key.kind, b.key.kind) ||
    compareText(a.key.group, b.key.group) ||
    compareText(a.action, b.action)
  );
}

/**
 * Tasks in the order of a sync. A Namespace or CustomResourceDefinition that would come after the first task that needs
 * it moves just before that one, and takes its phase and wave: a PreSync hook needs its namespace before the Sync phase.
 * `definitions` are the manifests of the CustomResourceDefinitions among the tasks, by name.
 */
export function ordered(tasks: readonly Task[], definitions: ReadonlyMap<string, Manifest>): readonly Task[] {
  let sorted: readonly Task[] = [...tasks].sort(compareTasks);
  for (const task of sorted) {
    if (task.action !== 'apply') continue;
    const needs = needsOf(task, definitions);
    if (needs !== undefined) sorted = movedBefore(sorted, task, needs);
  }
  return sorted;
}

/** Whether a task needs what another one brings; undefined for tasks that nothing waits for. */
function needsOf(task: Task, definitions: ReadonlyMap<string, Manifest>): ((other: Task) => boolean) | undefined {
  if (task.key.kind === 'Namespace' && task.key.group === '') {
    return (other) => other.key.namespace === task.key.name;
  }
  const definition = task.key.kind === 'CustomResourceDefinition' ? definitions.get(task.key.name) : undefined;
  const spec = definition?.['spec'] as { group?: unknown; names?: { kind?: unknown } } | undefined;
  if (spec === undefined) return undefined;
  return (other) => other.key.group === spec.group && other.key.kind === spec.names?.kind;
}

function movedBefore(tasks: readonly Task[], task: Task, needs: (other: Task) => boolean): readonly Task[] {
  const index = tasks.indexOf(task);
  const first = tasks.findIndex((other) => other.action !== 'prune' && needs(other));
  const user = tasks[first];
  if (user === undefined || first > index) return tasks;
  const moved = { ...task, phase: user.phase, wave: user.wave };
  return [...tasks.slice(0, first), moved, ...tasks.slice(first, index), ...tasks.slice(index + 1)];
}

function kindRank(kind: string): number {
  return KIND_ORDER.get(kind) ?? KIND_ORDER.size;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
