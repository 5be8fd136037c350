/** A repository as GitHub names it: `owner/name`. */
export type RepoName = string;

/**
 * What a webhook delivery means to trimtab; deliveries that mean nothing to it are `ignored`, with the reason.
 * https://docs.github.com/webhooks/webhook-events-and-payloads
 */
export type Event =
  | { readonly kind: 'pull-changed'; readonly repo: RepoName; readonly pull: number; readonly head: string }
  /** Its title or its labels changed: nothing that a preview shows, but generators choose by them. */
  | { readonly kind: 'pull-renamed'; readonly repo: RepoName; readonly pull: number }
  | { readonly kind: 'pull-closed'; readonly repo: RepoName; readonly pull: number; readonly merged: boolean }
  | { readonly kind: 'pushed'; readonly repo: RepoName; readonly branch: string; readonly sha: string }
  | { readonly kind: 'commented'; readonly repo: RepoName; readonly pull: number; readonly comment: number }
  | { readonly kind: 'ignored'; readonly because: string };

/** Rendered PR preview of one head commit; a newer head makes an older job do nothing. */
export interface PreviewJob {
  readonly kind: 'preview';
  readonly repo: RepoName;
  readonly pull: number;
  readonly head: string;
  /** Login of who asked with `/preview` or `/diff`: what allows a preview of a fork. */
  readonly requestedBy?: string;
}

/** A comment that begins with a command; the worker reads text and author again from GitHub. */
export interface CommandJob {
  readonly kind: 'command';
  readonly repo: RepoName;
  readonly pull: number;
  readonly comment: number;
}

/** A branch, and the commit that was pushed to it. */
export interface Push {
  readonly repo: RepoName;
  readonly branch: string;
  readonly sha: string;
}

/** Look at these applications again. */
export interface RefreshJob {
  readonly kind: 'refresh';
  readonly scope:
    | { readonly of: 'all' }
    | { readonly of: 'cluster'; readonly cluster: string }
    | ({ readonly of: 'branch' } & Push)
    /** Those that sets make of the pull requests of a repository. */
    | { readonly of: 'pulls'; readonly repo: RepoName }
    /**
     * `again`: how often it was looked at already while it becomes healthy; each look comes later than the last.
     * `heals`: it may repair drift, as a scheduled look may. `push`: what they were to be looked at for, when something did
     * not answer, or it was not yet time.
     */
    | {
        readonly of: 'applications';
        readonly names: readonly string[];
        readonly again?: number;
        readonly heals?: boolean;
        readonly push?: Push;
      };
}

/**
 * Do the next step of this application's operation. `look` says which one: a job that comes again after its step was
 * done finds the operation further, and does nothing.
 */
export interface SyncJob {
  readonly kind: 'sync';
  readonly application: string;
  readonly operation: string;
  readonly look: number;
  /** How often it found the application busy, and came back later. */
  readonly busy?: number;
}

/** Send one message. */
export interface NotifyJob {
  readonly kind: 'notify';
  readonly delivery: Delivery;
}

export type Job = PreviewJob | CommandJob | RefreshJob | SyncJob | NotifyJob;

/**
 * One message for one recipient, with its text already made. `once` names it: the same name is sent once only
 * (application, trigger, template, recipient and the value of `oncePer`).
 */
export interface Delivery {
  readonly once: string;
  readonly application: string;
  readonly service: string;
  readonly recipient: string;
  readonly message: {
    readonly text: string;
    /** Slack: JSON strings, as in Argo CD's templates. */
    readonly attachments?: string;
    readonly blocks?: string;
    readonly groupingKey?: string;
  };
}
