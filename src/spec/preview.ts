import type { Change } from './change.ts';
import type { ResourceKey } from './manifest.ts';
import type { Condition } from './operation.ts';
import type { Problem } from './problem.ts';

/** What becomes of a resource that its application has no more. */
export interface Leaving {
  readonly key: ResourceKey;
  /** `asks`: it goes when somebody confirms it. `moves`: another application has it then. */
  readonly fate: 'goes' | 'asks' | 'stays' | 'moves';
  /** `stays`: the rule. `moves`: the application. */
  readonly because?: string;
}

/** What a pull request does to one application. */
export interface ApplicationPreview {
  readonly application: string;
  readonly project: string;
  /** `https://kubernetes.default.svc, namespace payments` in the reader's words. */
  readonly destination: string;
  /** `new`: the merge defines it; `deleted`: the merge removes its definition. */
  readonly lifecycle: 'new' | 'changed' | 'deleted';
  /** The file that makes it affected. */
  readonly because: string;
  /** What Git says of automated sync: whether the merge syncs it by itself, and prunes. */
  readonly automated: boolean;
  readonly prunes: boolean;
  /** True when deleting the Application deletes what it deployed (resources-finalizer). */
  readonly cascades: boolean;
  /** A sync window keeps the merge from syncing it by itself: which, and until when (RFC 3339) if that is in sight. */
  readonly held?: { readonly because: string; readonly until?: string };
  readonly changes: readonly Change[];
  /** What becomes of the resources that are no longer in Git: its hooks are not among them. Absent: there are none. */
  readonly leaving?: readonly Leaving[];
  /** `argocd.argoproj.io/deletion-approved` of the Application: what a confirmation is. */
  readonly approved?: string;
  /** The cluster that it leaves with this change, and how many resources it had in Git there: they stay. */
  readonly leavesCluster?: { readonly server: string; readonly resources: number };
  /** Unified diff of each change, in the order of `changes`. */
  readonly diffs: readonly string[];
  readonly conditions: readonly Condition[];
  readonly warnings: readonly Problem[];
  /** Why it could not be previewed; `changes` is then empty. */
  readonly problem?: Problem;
}

/** Applications that the change would make otherwise, or take away, if their set were allowed to. */
export interface KeptApplications {
  readonly set: string;
  /** Field of the set that keeps them: see `Kept`. */
  readonly by: string;
  /** `changed`: the set gives something else for them; `removed`: it gives them no more. */
  readonly what: 'changed' | 'removed';
  readonly applications: readonly string[];
}

/** Everything that the comment and the check of a pull request say. */
export interface Preview {
  readonly repo: string;
  readonly pull: number;
  /** Commits that were compared: the tip of the base branch, and the merge result; `head` is the PR's own commit. */
  readonly base: string;
  readonly head: string;
  readonly applications: readonly ApplicationPreview[];
  /** Problems of the repository as a whole: manifests that can't be read, with file and line. */
  readonly problems: readonly Problem[];
  /** What the change does not do, though a set says it. Absent: nothing is kept back. */
  readonly kept?: readonly KeptApplications[];
}
