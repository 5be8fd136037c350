import type { Permission } from '../../spec/ports.ts';
import type { Change } from './git.ts';
import type { User } from './state.ts';
import type { WebhookDelivery } from './webhooks.ts';

interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** Content of the first commit, by path. */
  readonly files?: Readonly<Record<string, Change>>;
  /** Default `main`. */
  readonly defaultBranch?: string;
  /** Default `private`. */
  readonly visibility?: 'public' | 'private';
  readonly topics?: readonly string[];
  readonly archived?: boolean;
  /** False: the app is not installed there and may not read it. Default true. */
  readonly installed?: boolean;
  /** Message of the first commit. */
  readonly message?: string;
  /** Who may do something else here than everywhere. */
  readonly permissions?: Readonly<Record<string, Permission>>;
}

interface NewCommit {
  readonly branch: string;
  /** Where a new branch begins (branch, tag or SHA); for a branch that is there: replaces it (a force push). */
  readonly from?: string;
  readonly message: string;
  /** Login; default `alice`. */
  readonly author?: string;
  /** Path → new content; null removes the file. */
  readonly changes: Readonly<Record<string, Change>>;
  /** Id of the OpenPGP key that signs the commit. */
  readonly signedBy?: string;
}

interface NewPullRequest {
  readonly title: string;
  readonly head: string;
  /** Default: the default branch. */
  readonly base?: string;
  readonly body?: string;
  readonly draft?: boolean;
  /** Login; default `alice`. */
  readonly user?: string;
}

/** A comment as a reader of the page sees it. */
interface ShownComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly url: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly minimized: string | null;
  /** The contents of the reactions: `eyes`, `rocket`, … */
  readonly reactions: readonly string[];
}

export interface ShownPull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly mergeCommit: string | null;
  readonly labels: readonly string[];
  readonly url: string;
}

interface ShownCheck {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

export interface ShownDeployment {
  readonly id: number;
  readonly environment: string;
  readonly sha: string;
  readonly description: string;
  /** State of the newest status; `pending` before the first. */
  readonly state: string;
  /** All states, oldest first. */
  readonly states: readonly string[];
}

/** What people do on the site, for the demo and the tests; repositories are named `owner/name`, people by login. */
export interface People {
  /** Adds a person. */
  addUser(login: string, permission: Permission): User;
  /** Creates a repository with one commit, and installs the app on it. */
  createRepository(wanted: NewRepository): Promise<void>;
  /** The folder of the bare repository. */
  gitDir(repo: string): string;
  /** The commit of a branch, tag or SHA; throws Problem `not-found`. */
  resolve(repo: string, ref: string): Promise<string>;
  /** Commits and pushes; returns the SHA. */
  commit(repo: string, wanted: NewCommit): Promise<string>;
  /** Makes an annotated tag, signed where a key is named. */
  tag(
    repo: string,
    wanted: { readonly name: string; readonly at: string; readonly signedBy?: string; readonly user?: string },
  ): Promise<void>;
  /** Makes a team of an organization, or adds people to it. */
  addTeam(organization: string, slug: string, logins: readonly string[]): void;
  /** Adds the OpenPGP key of that id to the account of somebody: what it signs is verified. */
  addKey(keyId: string): void;
  /** Deletes a branch; its open pull requests are closed. */
  deleteBranch(repo: string, branch: string, user?: string): Promise<void>;
  openPull(repo: string, wanted: NewPullRequest): Promise<ShownPull>;
  /** An issue that is no pull request; returns its number. */
  openIssue(
    repo: string,
    wanted: { readonly title: string; readonly body?: string; readonly user?: string },
  ): Promise<number>;
  /** Merges with a merge commit and returns its SHA; throws Problem `merge-conflict`, `forbidden` or `conflict`. */
  merge(repo: string, number: number, user?: string): Promise<string>;
  closePull(repo: string, number: number, user?: string): Promise<void>;
  reopenPull(repo: string, number: number, user?: string): Promise<void>;
  editPull(
    repo: string,
    number: number,
    to: { readonly title?: string; readonly body?: string; readonly base?: string },
    user?: string,
  ): Promise<void>;
  markReady(repo: string, number: number, user?: string): Promise<void>;
  label(repo: string, number: number, label: string, user?: string): Promise<void>;
  /** Comments on an issue or pull request; returns the comment's id. Throws Problem `forbidden` for who may not read. */
  comment(repo: string, number: number, user: string, body: string): Promise<number>;
  editComment(repo: string, id: number, user: string, body: string): Promise<void>;
  /** Presses "Re-run" on a check run. */
  rerequestCheck(repo: string, id: number, user?: string): Promise<void>;
  comments(repo: string, number: number): readonly ShownComment[];
  /** The check runs on a commit, in the order of their creation. */
  checks(repo: string, sha: string): readonly ShownCheck[];
  /** All deployments, oldest first. */
  deployments(repo: string): readonly ShownDeployment[];
  /** All pull requests, oldest first. */
  pulls(repo: string): readonly ShownPull[];
  pull(repo: string, number: number): ShownPull;
  /** Sends `ping` to every app. */
  ping(): void;
  /** All webhook deliveries, oldest first. */
  deliveries(): readonly WebhookDelivery[];
  redeliver(id: string): Promise<WebhookDelivery>;
  /** Resolves when every webhook has been answered. */
  idle(): Promise<void>;
}
