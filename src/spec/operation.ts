import type { Application, RetryPolicy } from './application.ts';
import type { Change } from './change.ts';
import type { ResourceKey } from './manifest.ts';
import type { ResourcePattern } from './resource-pattern.ts';

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/health/ ; best to worst is the order of `HEALTH_ORDER`. */
export type HealthStatus = 'Healthy' | 'Suspended' | 'Progressing' | 'Missing' | 'Degraded' | 'Unknown';

/** Best first: the health of an application is the worst of its resources. */
export const HEALTH_ORDER: readonly HealthStatus[] = [
  'Healthy',
  'Suspended',
  'Progressing',
  'Missing',
  'Degraded',
  'Unknown',
];

export interface Health {
  readonly status: HealthStatus;
  readonly message: string;
}

export type SyncStatus = 'Synced' | 'OutOfSync' | 'Unknown';

/** The order in which a sync runs: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
export type SyncPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail' | DeletionPhase;

/** The phases of a deletion around that in which the resources go (`Sync`). */
export type DeletionPhase = 'PreDelete' | 'PostDelete';

export const SYNC_PHASES: readonly SyncPhase[] = ['PreDelete', 'PreSync', 'Sync', 'PostSync', 'PostDelete', 'SyncFail'];

export type HookDeletePolicy = 'HookSucceeded' | 'HookFailed' | 'BeforeHookCreation';

/** Pending: not started. Running: sent to the cluster, its health is waited for. The others are final. */
export type TaskStatus = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Skipped';

/** One resource or hook within an operation. It names the manifest, and never holds it: manifests come from the commit. */
export interface Task {
  readonly key: ResourceKey;
  readonly apiVersion: string;
  readonly phase: SyncPhase;
  readonly wave: number;
  readonly action: 'apply' | 'prune' | 'hook';
  readonly status: TaskStatus;
  /** For a person: the server's answer, the health message, or why it was skipped. Holds no secret. */
  readonly message: string;
  /** For hooks with generateName: the name is made once, when the plan is made, so that a repeated step meets it again. */
  readonly hookDeletePolicies: readonly HookDeletePolicy[];
  /** What applying it did (`configured`), with the API server's warnings: what is told when its health has nothing to say. */
  readonly did?: string;
  /** What the cluster called the object that this task created or changed. */
  readonly uid?: string;
  /**
   * The object that goes before a new one comes: with `Replace=true,Force=true` the one that was there when the plan was
   * made, with `Force=true` alone one of which a field can't change.
   */
  readonly replaces?: string;
  /** `Prune=confirm`: it waits for `argocd.argoproj.io/deletion-approved` on the Application. */
  readonly confirm?: boolean;
  /** Hooks: the object was deleted after the hook was over, or could not be; it is not tried again. */
  readonly cleaned?: boolean;
  /** Hooks: the finalizer that holds the object could not be removed; it is not tried again. */
  readonly held?: boolean;
}

export type OperationPhase = 'Running' | 'Succeeded' | 'Failed' | 'Error' | 'Terminating';

/** Who or what asked for an operation. */
export interface Trigger {
  readonly kind: 'push' | 'command' | 'schedule' | 'self-heal' | 'cli';
  /** GitHub login, where a person stands behind it. */
  readonly actor?: string;
  /** The merged pull request that brought the revision, if any. */
  readonly pull?: { readonly repo: string; readonly number: number };
  /** The comment that asked for it: a command that is given out twice begins nothing twice. */
  readonly comment?: number;
}

/** A source, as the history names it. */
export interface SourceName {
  readonly repoURL: string;
  /** Path in the repository, or name of the chart. */
  readonly path: string;
}

/**
 * What somebody changed in the cluster against Git: a field, or an object as a whole. It is remembered from look to look,
 * and for some minutes after it is as Git wants it: it may come again.
 */
export interface Drifted {
  /** `Deployment shop/web` */
  readonly resource: string;
  /** A field is changed; the object as a whole is gone, or is there and not in Git. */
  readonly is: 'changed' | 'gone' | 'extra';
  /** The field that is changed. */
  readonly path?: string;
  /** Who wrote the live value, where managedFields say so. */
  readonly manager?: string;
  /** Digest of what Git wants there: another value in Git begins another drift. */
  readonly desired: string;
  /** RFC 3339: the first look that found it, and the last one. */
  readonly since: string;
  readonly seenAt: string;
  /** How many syncs in a row put it right and were undone. */
  readonly undone: number;
  /** The newest of them, or the operation that was newest when it was found first. */
  readonly after?: string;
  /** Somebody makes it again after each repair: self-heal leaves it alone. */
  readonly left?: boolean;
}

/** One run of a sync: everything that a step needs beside the commit and the cluster. */
export interface Operation {
  readonly id: string;
  readonly application: string;
  /** Commit SHA (or chart version) of each source, in the order of the sources. */
  readonly revisions: readonly string[];
  /** Commit of the control repository at which the Application was read. */
  readonly definition: string;
  /** Digest of the Application: automated sync tries each pair of revisions and parameters once. */
  readonly parameters?: string;
  /**
   * The Application, and the set or the parents that gave it, where it is not just written down: what they give depends
   * on other repositories as well, and is not to be had again from the definition alone.
   */
  readonly generated?: {
    readonly set?: string;
    /** As `Parsed.parents`. */
    readonly parents?: readonly string[];
    readonly application: Application;
  };
  readonly trigger: Trigger;
  readonly phase: OperationPhase;
  readonly message: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** RFC 3339: past it the operation fails, whatever it waits for. */
  readonly deadline: string;
  /** How many steps were done: the number of the next job. */
  readonly looks: number;
  /** Which attempt this is, from 0. */
  readonly attempt: number;
  /** `syncPolicy.retry` of the Application when it began. */
  readonly retry?: RetryPolicy;
  /** Nothing is done before (RFC 3339): the backoff of a retry, the pause between waves. */
  readonly notBefore?: string;
  /** How many looks in a row changed nothing: the next one comes later each time. */
  readonly waits?: number;
  readonly prune: boolean;
  /** The Application is gone from Git, and takes what it deployed with it (resources finalizer). */
  readonly deletes?: boolean;
  /** Deletions: the Application carried `argocd.argoproj.io/deletion-approved` when it was looked at last. */
  readonly approved?: boolean;
  /** Deletions that run the hooks which were recorded: why the sources could not be rendered. */
  readonly unrendered?: string;
  /** Selective sync: the only resources that are synced, without hooks. */
  readonly only?: readonly ResourcePattern[];
  /** Repairs of drift: the how manieth in a row this is. */
  readonly heal?: number;
  /** Somebody who may said that it may delete an unusual share of the application. */
  readonly allowDelete?: boolean;
  /** `revisionHistoryLimit` of the Application. */
  readonly historyLimit?: number;
  /** What it was rendered from, in the order of the revisions. */
  readonly sources?: readonly SourceName[];
  /** Undefined until planned: the first step plans. */
  readonly tasks?: readonly Task[];
  /** False until all is done that follows from its end: its entry in the history above all. Another one waits for that. */
  readonly finished?: boolean;
  /** GitHub Deployment that shows this operation. */
  readonly deployment?: { readonly repo: string; readonly id: number };
}

/** One finished operation, as `/history` tells it. */
export interface HistoryEntry {
  readonly id: number;
  readonly operation: string;
  readonly revisions: readonly string[];
  readonly definition: string;
  readonly trigger: Trigger;
  readonly phase: OperationPhase;
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly tasks: readonly Task[];
  readonly sources?: readonly SourceName[];
  /** Selective sync: the only resources that it was about. It is nothing to go back to. */
  readonly only?: readonly ResourcePattern[];
}

/** Something that is wrong with an application as a whole, in the words of the rule that it breaks. */
export interface Condition {
  readonly type:
    | 'InvalidSpecError'
    | 'ComparisonError'
    | 'SyncError'
    | 'UnknownError'
    | 'ExcludedResourceWarning'
    | 'RepeatedResourceWarning'
    | 'SharedResourceWarning'
    | 'OrphanedResourceWarning'
    /** Ours: another manager undoes each repair, so that the application is left alone. It holds no sync back. */
    | 'SelfHealWarning';
  readonly message: string;
}

/** How one resource of an application is, as the last refresh saw it. */
export interface ResourceStatus {
  readonly key: ResourceKey;
  readonly version: string;
  readonly sync: SyncStatus;
  readonly health?: Health;
  readonly requiresPruning: boolean;
  readonly hook: boolean;
}

/** What the last refresh found: the `status` of an application. */
export interface ApplicationStatus {
  readonly application: string;
  readonly sync: SyncStatus;
  readonly health: Health;
  /** RFC 3339: since when the health has its present status. */
  readonly healthSince: string;
  readonly revisions: readonly string[];
  readonly conditions: readonly Condition[];
  readonly resources: readonly ResourceStatus[];
  /** What differs from Git, redacted. */
  readonly drift: readonly Change[];
  /** RFC 3339. */
  readonly observedAt: string;
  /** Commit of the control repository at which it was looked at. */
  readonly definition?: string;
  /** Applications of earlier waves or steps, for which its automated sync waits. */
  readonly waitsFor?: readonly string[];
  /** The pair of revisions and parameters that was tried last: automated sync tries each once. */
  readonly lastAttempt?: { readonly revisions: readonly string[]; readonly parameters: string };
  /** What of `drift` is somebody's work, and what was until some minutes ago. */
  readonly drifted?: readonly Drifted[];
  /**
   * The Application that it was looked at as, and the set that it is of, where a set made it: what the set may change of
   * it depends on how it is.
   */
  readonly generated?: { readonly set: string; readonly application: Application };
}
