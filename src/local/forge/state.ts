import type { Permission } from '../../spec/ports.ts';
import type { Git } from './git.ts';

/** Anybody who acts: a person, an organisation that owns repositories, or an app's bot. */
export interface User {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  /** What the user may do in every repository that does not say otherwise. */
  readonly permission: Permission;
}

/** A GitHub App as its settings page shows it. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly owner: User;
  readonly bot: User;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly webhookSecret: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly createdAt: string;
  /** Where deliveries go; nowhere while undefined. */
  webhookUrl: string | undefined;
}

/** An app on an account, with the repositories that it may see. */
export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: User;
  readonly repositories: Set<Repository>;
  readonly createdAt: string;
}

export interface Label {
  readonly id: number;
  readonly name: string;
}

/** What only a pull request has. A pull request is an issue, too, and shares its numbers. */
interface PullDetails {
  readonly id: number;
  /** Branch name in the same repository. */
  readonly head: string;
  headSha: string;
  base: string;
  /** Where the base branch stood at the last push, merge or closing: as on GitHub, it does not follow the branch. */
  baseSha: string;
  draft: boolean;
  merged: boolean;
  mergedAt: string | null;
  mergedBy: User | null;
  mergeCommit: string | null;
  /** The last trial merge, valid for exactly this pair of commits. */
  trial: { readonly of: string; readonly tree: string | null; readonly commit: string | null } | null;
  /** How many more looks answer `mergeable: null` before the trial merge is shown. */
  pendingLooks: number;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly user: User;
  readonly createdAt: string;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  updatedAt: string;
  closedAt: string | null;
  readonly labels: Label[];
  readonly pull: PullDetails | null;
}

export interface PullRequest extends Issue {
  readonly pull: PullDetails;
}

export interface Reaction {
  readonly id: number;
  readonly user: User;
  readonly content: string;
  readonly createdAt: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: Issue;
  readonly user: User;
  readonly app: App | null;
  readonly createdAt: string;
  body: string;
  updatedAt: string;
  minimized: string | null;
  readonly reactions: Reaction[];
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string | undefined;
}

export interface CheckRun {
  readonly id: number;
  readonly suite: number;
  readonly app: App;
  readonly headSha: string;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  status: string;
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: readonly Annotation[];
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly creator: User;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}

export interface DeploymentStatus {
  readonly id: number;
  readonly creator: User;
  readonly state: string;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly createdAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: string | Readonly<Record<string, unknown>>;
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: User;
  readonly app: App | null;
  readonly createdAt: string;
  updatedAt: string;
  readonly statuses: DeploymentStatus[];
}

export interface Repository {
  readonly id: number;
  readonly owner: User;
  readonly name: string;
  /** `owner/name` */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly visibility: 'public' | 'private';
  readonly topics: readonly string[];
  readonly archived: boolean;
  readonly git: Git;
  readonly createdAt: string;
  pushedAt: string;
  /** Where it differs from what the user may do elsewhere. */
  readonly permissions: Map<string, Permission>;
  /** Issues and pull requests, by number. */
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly checks: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly deployments: Deployment[];
}

/** A token that an app got for an installation. */
export interface Token {
  readonly value: string;
  readonly installation: Installation;
  readonly permissions: Readonly<Record<string, string>>;
  /** The repositories that the token was narrowed to; undefined means all of the installation. */
  readonly repositories: ReadonlySet<Repository> | undefined;
  readonly expiresAt: Date;
}

/** Everything that the forge remembers, in memory; commits, trees and branches are in the bare repositories. */
export interface State {
  readonly users: Map<string, User>;
  readonly apps: App[];
  readonly installations: Installation[];
  readonly repositories: Map<string, Repository>;
  readonly tokens: Map<string, Token>;
  /** `organization/team-slug` → logins. */
  readonly teams: Map<string, Set<string>>;
  /** Ids of the OpenPGP keys that people have added to their accounts. */
  readonly keys: Set<string>;
  /** Apps that a manifest described, waiting to be fetched by their one-time code. */
  readonly manifestCodes: Map<string, App>;
  /** One-time permissions to download an archive: what the redirect of a tarball points to. */
  readonly archives: Map<string, { readonly repo: Repository; readonly sha: string }>;
  /** How many looks at a new head answer `mergeable: null` first. */
  readonly mergeabilityDelay: number;
  /** Now, as GitHub writes times: to the second, in UTC. */
  time(): string;
  now(): Date;
  nextId(): number;
}

/** A state with nobody in it. `now` is the clock that stamps everything. */
export function createState(options: { readonly now: () => Date; readonly mergeabilityDelay: number }): State {
  let last = 1000;
  return {
    users: new Map(),
    apps: [],
    installations: [],
    repositories: new Map(),
    tokens: new Map(),
    keys: new Set(),
    teams: new Map(),
    manifestCodes: new Map(),
    archives: new Map(),
    mergeabilityDelay: options.mergeabilityDelay,
    now: options.now,
    time: () => gitHubTime(options.now()),
    nextId: () => ++last,
  };
}

/** A time as GitHub writes it: `2026-01-31T12:00:00Z`. */
export function gitHubTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What a user may do in a repository; everybody may read a public one. */
export function permissionOf(repo: Repository, user: User): Permission {
  const own = repo.permissions.get(user.login) ?? user.permission;
  return own === 'none' && repo.visibility === 'public' ? 'read' : own;
}

/** True when the issue is a pull request. */
export function isPull(issue: Issue): issue is PullRequest {
  return issue.pull !== null;
}

/** The pull requests of a repository, oldest first. */
export function pullsOf(repo: Repository): PullRequest[] {
  return [...repo.issues.values()].filter(isPull);
}

/** The next number of an issue or a pull request. */
export function nextNumber(repo: Repository): number {
  return repo.issues.size + 1;
}

/** GitHub's global id of a thing, as GraphQL names it: unique, opaque, and telling the kind to a reader of logs. */
export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
}
