import type { RetryPolicy } from '../spec/application.ts';
import type { Manifest, ResourceKey } from '../spec/manifest.ts';
import type { Health, Operation, OperationPhase } from '../spec/operation.ts';
import type { ApplyOptions, Propagation } from '../spec/ports.ts';
import type { Problem } from '../spec/problem.ts';
import type { Tracking } from '../spec/tracking.ts';
import type { SyncOptions } from './options.ts';

/** What a step sees. Maps go by `keyText`. */
export interface Observed {
  /** RFC 3339. */
  readonly now: string;
  /** What `ready` gave for this operation and attempt. */
  readonly desired: ReadonlyMap<string, Manifest>;
  /** Every live object that a task names. */
  readonly live: ReadonlyMap<string, Manifest>;
  /** Health of those live objects; absent for kinds that have none. */
  readonly health: ReadonlyMap<string, Health>;
  /** `argocd.argoproj.io/deletion-approved` of the Application as Git has it now: what allows `Prune=confirm`. */
  readonly deletionApproved?: string;
  /** How `argocd-cm` has resources tracked. Default by annotation. */
  readonly tracking?: Tracking;
}

/** What the application says about how it is synced. */
export interface SyncRules {
  /** `readSyncOptions(syncPolicy.syncOptions)`. */
  readonly options: SyncOptions;
  readonly retry?: RetryPolicy;
  /** Pause between waves, in seconds: gives controllers time to see what was applied. Default 2, as in Argo CD. */
  readonly waveDelay?: number;
}

/** One thing to do to the cluster. `task` is the index of the task in the operation. */
export type Action =
  /** `ClusterWriter.apply` */
  | {
      readonly kind: 'apply';
      readonly task: number;
      readonly manifest: Manifest;
      readonly options: ApplyOptions;
      /** `Force=true`: the object that may be deleted for a new one where a field of it can't change. */
      readonly recreates?: string;
    }
  /** `ClusterWriter.create`: a hook, with its mark on it. */
  | { readonly kind: 'create'; readonly task: number; readonly manifest: Manifest }
  /** `ClusterWriter.remove` */
  | {
      readonly kind: 'remove';
      readonly task: number;
      readonly apiVersion: string;
      readonly key: ResourceKey;
      /** The very object that was looked at: another one of that name is left alone. */
      readonly uid?: string;
      readonly propagation: Propagation;
      /** `prune`; the object before a `replace` or the last one of a hook (`before`); a hook that is over (`after`). */
      readonly because: 'prune' | 'replace' | 'before' | 'after';
    }
  /** `ClusterWriter.release`: a hook whose result is known, or that goes, is no longer held. */
  | {
      readonly kind: 'release';
      readonly task: number;
      readonly apiVersion: string;
      readonly key: ResourceKey;
      readonly uid?: string;
      readonly finalizer: string;
    };

/** What became of an action. */
export interface Outcome {
  readonly action: Action;
  readonly result:
    | {
        readonly ok: true;
        readonly did: 'created' | 'configured' | 'unchanged' | 'deleted' | 'gone' | 'released';
        readonly uid?: string;
        /** Warnings of the API server. */
        readonly warnings?: readonly string[];
      }
    | { readonly ok: false; readonly problem: Problem };
}

/** One step: the operation to save, what to do, and when to look again. */
export interface Step {
  readonly operation: Operation;
  readonly actions: readonly Action[];
  /** Seconds until the next step; undefined when the operation is over. */
  readonly wake: number | undefined;
}

/** True when nothing more will happen to an operation. */
export function isOver(phase: OperationPhase): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Error';
}
