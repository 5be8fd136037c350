import type { Manifest, ResourceKey } from '../spec/manifest.ts';
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

/** What the order must know beside the tasks. */
export interface OrderInput {
  /** Manifests of the CustomResourceDefinitions among the tasks, by name. */
  readonly definitions: ReadonlyMap<string, Manifest>;
  /** The destination's namespace; '' for none. */
  readonly namespace: string;
}

/**
 * Tasks in the order of a sync. A Namespace or CustomResourceDefinition that would come after the first task that needs
 * it moves just before that one, and takes its phase and wave: a PreSync hook needs its namespace before the Sync phase.
 * Cluster-scoped resources count as users of the destination's namespace, as in Argo CD. Namespaces move first, so a
 * definition that moves before the same task stands between the two.
 */
export function ordered(tasks: readonly Task[], { definitions, namespace }: OrderInput): readonly Task[] {
  const sorted = [...tasks].sort(compareTasks);
  const spaced = repaired(sorted, (task) => usersOfNamespace(task, namespace));
  return repaired(spaced, (task) => usersOfKind(task, definitions));
}

/** Whether a task needs another one; undefined for tasks that nothing waits for. */
type Users = ((other: Task) => boolean) | undefined;

function repaired(tasks: readonly Task[], usersOf: (task: Task) => Users): readonly Task[] {
  let moved = tasks;
  for (const task of tasks) {
    const users = task.action === 'apply' ? usersOf(task) : undefined;
    if (users !== undefined) moved = movedBefore(moved, task, users);
  }
  return moved;
}

function usersOfNamespace({ key }: Task, destination: string): Users {
  if (!isNamespace(key)) return undefined;
  return (other) =>
    !isNamespace(other.key) &&
    (other.key.namespace === '' ? key.name === destination : other.key.namespace === key.name);
}

function isNamespace({ group, kind }: ResourceKey): boolean {
  return kind === 'Namespace' && group === '';
}

function usersOfKind({ key }: Task, definitions: ReadonlyMap<string, Manifest>): Users {
  const definition = key.kind === 'CustomResourceDefinition' ? definitions.get(key.name) : undefined;
  const spec = definition?.['spec'] as { group?: unknown; names?: { kind?: unknown } } | undefined;
  if (spec === undefined) return undefined;
  return (other) => other.key.group === spec.group && other.key.kind === spec.names?.kind;
}

function movedBefore(tasks: readonly Task[], task: Task, users: (other: Task) => boolean): readonly Task[] {
  const index = tasks.indexOf(task);
  const first = tasks.findIndex((other) => other.action !== 'prune' && users(other));
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
