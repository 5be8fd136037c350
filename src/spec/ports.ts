/** The interfaces between the flows and the world. Edges implement them; flows get them as arguments. */
import type { Application, ApplicationSource } from './application.ts';
import type { ManifestFile } from './catalogue.ts';
import type { Delivery, Job, RepoName } from './event.ts';
import type { Manifest, ResourceKey } from './manifest.ts';
import type { ApplicationStatus, HistoryEntry, Operation } from './operation.ts';
import type { ClusterRegistration, RepositoryAccess } from './settings.ts';
import type { SignedCommit, SignedTag } from './signature.ts';

// ── Forge: GitHub ───────────────────────────────────────────────────────────────────────────────────────────────────

export interface Pull {
  readonly repo: RepoName;
  readonly number: number;
  readonly nodeId: string;
  readonly title: string;
  readonly url: string;
  readonly author: string;
  readonly state: 'open' | 'closed';
  readonly draft: boolean;
  readonly merged: boolean;
  readonly fork: boolean;
  readonly labels: readonly string[];
  readonly base: { readonly ref: string; readonly sha: string };
  readonly head: { readonly ref: string; readonly sha: string };
  /**
   * Open: the test merge into the base, absent while GitHub works it out (`mergeable` is then undefined) and where the
   * pull request conflicts (`mergeable` false). Merged: the commit that the merge made.
   */
  readonly mergeCommit?: string;
  readonly mergeable?: boolean;
}

export interface ForgeComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly url: string;
}

export interface CheckOutput {
  readonly name: string;
  readonly head: string;
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'action_required';
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly {
    readonly path: string;
    readonly line: number;
    readonly message: string;
    readonly title: string;
  }[];
}

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

export type Reaction = 'eyes' | 'rocket' | 'confused' | '+1';

/** A repository as GitHub lists it. */
export interface HostedRepository {
  readonly id: number;
  readonly organization: string;
  readonly name: string;
  readonly fullName: RepoName;
  readonly defaultBranch: string;
  readonly topics: readonly string[];
  readonly archived: boolean;
  readonly httpsURL: string;
  readonly sshURL: string;
}

/** GitHub, as the App sees it. Every method throws Problem: not-found, forbidden, rate-limited, unavailable, … */
export interface Forge {
  /** Login under which our own comments stand: `trimtab[bot]`. */
  login(): Promise<string>;
  defaultBranch(repo: RepoName): Promise<string>;
  /** Branch, tag, SHA or `HEAD` → commit SHA. */
  resolve(repo: RepoName, ref: string): Promise<string>;
  /** First parent first. */
  parents(repo: RepoName, sha: string): Promise<readonly string[]>;
  /** A commit with what GitHub says of its signature. Throws Problem `unavailable` while GitHub can't verify any. */
  signedCommit(repo: RepoName, sha: string): Promise<SignedCommit>;
  /** The same of a commit and all its ancestors, newest first, a page at a time. */
  signedHistory(repo: RepoName, sha: string): AsyncIterable<readonly SignedCommit[]>;
  /** The annotated tag of that name; undefined where there is none, or only a lightweight one. */
  signedTag(repo: RepoName, name: string): Promise<SignedTag | undefined>;
  /** path → blob SHA of every file at a commit, and of every symlink, marked as such. */
  tree(repo: RepoName, sha: string): Promise<ReadonlyMap<string, string>>;
  /** tar.gz of the files at a commit, one top folder. */
  archive(repo: RepoName, sha: string): Promise<AsyncIterable<Uint8Array>>;
  pull(repo: RepoName, number: number): Promise<Pull>;
  /** Pull requests that brought a commit, merged ones first. */
  pullsOf(repo: RepoName, sha: string): Promise<readonly Pull[]>;
  /** Every pull request that is open, newest first. */
  openPulls(repo: RepoName): Promise<readonly Pull[]>;
  /**
   * The repositories of an owner that the App is installed on, by name. Throws Problem `forbidden` where it is on none.
   */
  repositories(owner: string): Promise<readonly HostedRepository[]>;
  /** Every branch, with the commit that it is at. */
  branches(repo: RepoName): Promise<readonly { readonly name: string; readonly sha: string }[]>;
  /** The names of all tags. */
  tags(repo: RepoName): Promise<readonly string[]>;
  comment(repo: RepoName, id: number): Promise<ForgeComment>;
  /** The comment of ours that carries the marker (`<!-- trimtab:… -->`) is updated; else one is written. */
  upsertComment(
    repo: RepoName,
    pull: number,
    marker: string,
    body: string,
  ): Promise<'created' | 'updated' | 'unchanged'>;
  /** True when a comment of ours with this marker is there. */
  hasComment(repo: RepoName, pull: number, marker: string): Promise<boolean>;
  addComment(repo: RepoName, pull: number, body: string): Promise<void>;
  react(repo: RepoName, comment: number, reaction: Reaction): Promise<void>;
  /** Creates or updates the check run of that name on that commit. */
  check(repo: RepoName, output: CheckOutput): Promise<void>;
  permission(repo: RepoName, login: string): Promise<Permission>;
  /**
   * Whether somebody is in a team of an organization (its slug, or its name), asked as the installation on a repository.
   * Throws Problem `forbidden` where the App may not see members.
   */
  isMember(
    repo: RepoName,
    team: { readonly organization: string; readonly team: string },
    login: string,
  ): Promise<boolean>;
  /** The Deployment that shows an operation; the one that was made for it before, if any. */
  createDeployment(
    repo: RepoName,
    deployment: {
      readonly operation: string;
      readonly sha: string;
      readonly environment: string;
      readonly description: string;
    },
  ): Promise<number>;
  setDeployment(repo: RepoName, id: number, state: DeploymentState, description: string): Promise<void>;
  /** A pull request that undoes a merged one; the one that is there already, if any. */
  revert(
    repo: RepoName,
    pull: Pull,
    title: string,
    body: string,
  ): Promise<{ readonly number: number; readonly url: string }>;
  /**
   * A branch with one commit on top of `base` that gives each path the tree or blob that it had at another commit
   * (null removes it), and a pull request for it; the open one of that branch, if any.
   */
  proposeTrees(
    repo: RepoName,
    proposal: {
      readonly base: string;
      readonly branch: string;
      readonly title: string;
      readonly body: string;
      readonly paths: readonly { readonly path: string; readonly at: string }[];
    },
  ): Promise<{ readonly number: number; readonly url: string }>;
}

// ── Source and render ───────────────────────────────────────────────────────────────────────────────────────────────

/** The files of a repository at a commit, on this machine, read-only by agreement. No symlink in it. */
export interface Checkout {
  readonly repoURL: string;
  readonly revision: string;
  /** Absolute path. */
  readonly dir: string;
  /** Paths of the symbolic and hard links of the commit. They are left out of `dir`; a render that needs one fails. */
  readonly links?: readonly string[];
}

/** A chart of a chart repository or an OCI registry, as a source of an Application names it. */
export interface ChartReference {
  readonly repoURL: string;
  readonly chart: string;
  /** Credentials of the repository go to another host, too, where its index has the archive: `helm.passCredentials`. */
  readonly passCredentials?: boolean;
}

/** On whose behalf repositories are read that are not read as the GitHub App. */
export interface SourceScope {
  /** How it is reached by what is registered; undefined where nothing is: anonymously then, and on public hosts only. */
  readonly accessTo: (repoURL: string) => RepositoryAccess | undefined;
  /** Whether it may be read at all; asked before anything is requested. */
  readonly permits: (repoURL: string) => boolean;
}

/** Without a scope nothing is registered, and what is public may be read. */
export interface Source {
  /** targetRevision (branch, tag, range of tags, SHA, `HEAD`; absent = HEAD) → commit SHA; of `oci://` → digest. */
  resolve(repoURL: string, targetRevision: string | undefined, scope?: SourceScope): Promise<string>;
  /**
   * path → content id of every file at a commit; of what is on GitHub without downloading the files. Needs no scope for
   * what was checked out before.
   */
  tree(repoURL: string, revision: string, scope?: SourceScope): Promise<ReadonlyMap<string, string>>;
  checkout(repoURL: string, revision: string, scope?: SourceScope): Promise<Checkout>;
  /**
   * The exact version of a chart for a targetRevision: a version, a range (`1.x`, `^2.3`, `>=1 <2`), or nothing for the
   * newest. Throws Problem `not-found` when the repository has none that fits.
   */
  chartVersion(chart: ChartReference, targetRevision: string | undefined, scope?: SourceScope): Promise<string>;
  /** The chart of an exact version, unpacked: `dir` is the folder of its Chart.yaml, `revision` the version. */
  chart(chart: ChartReference, version: string, scope?: SourceScope): Promise<Checkout>;
  /** The YAML and JSON files of a checkout that may hold Argo CD's kinds or settings. */
  manifestFiles(checkout: Checkout): Promise<readonly ManifestFile[]>;
  /**
   * Texts of files of a checkout, in the order of their paths. Throws Problem: `not-found`, `unsafe-path` (a link, or a
   * way out of the checkout), `limit-exceeded` (a file of more than 1 MiB).
   */
  readFiles(checkout: Checkout, paths: readonly string[]): Promise<readonly ManifestFile[]>;
  /** The text of a file of the web, by its URL. Absent: none is fetched. */
  webFile?(url: string, scope?: SourceScope): Promise<string>;
}

/** What renders name beside their own sources: bases of kustomizations, files by URL. Throws Problem `forbidden` for what the project does not permit. */
export interface Bases extends Pick<Source, 'resolve' | 'checkout'> {
  /** A file of the web: refused at once, or given when it is called for. Absent: none is. */
  webFile?(url: string): () => Promise<string>;
}

/** What a render may know of the cluster: recorded by refresh, so that a preview needs no cluster. */
export interface ClusterFacts {
  /** `v1.36.0` */
  readonly kubeVersion: string;
  /** `apps/v1`, `apps/v1/Deployment`, … */
  readonly apiVersions: readonly string[];
  /** Those of which the server can't tell now what they serve: aggregated APIs that are down. */
  readonly unknown?: readonly string[];
}

export interface RenderInput {
  readonly application: Application;
  readonly source: ApplicationSource;
  readonly checkout: Checkout;
  readonly facts: ClusterFacts;
  /** Checkouts of the application's sources with `ref`, by that name: what `$ref/path` value files are read from. */
  readonly refs?: ReadonlyMap<string, Checkout>;
  /** Brings the charts that a chart depends on, or that a kustomization inflates. Absent: they must lie in the repository. */
  readonly charts?: Pick<Source, 'chart' | 'chartVersion'>;
  /** Brings remote bases of kustomizations and value files by URL. Absent: they fail their application. */
  readonly bases?: Bases;
  /** `kustomize.buildOptions` of `argocd-cm`. */
  readonly buildOptions?: string;
  /** `helm.valuesFileSchemes` of `argocd-cm`. Absent: https counts. */
  readonly valuesFileSchemes?: string;
}

/** The key of a SOPS file, from one of its encrypted copies. Throws Problem `misconfigured` when none can be opened. */
export type OpenDataKey = (
  copies: {
    /** Armored age files. */
    readonly age: readonly string[];
    readonly kms: readonly {
      readonly arn: string;
      readonly enc: string;
      readonly context: Readonly<Record<string, string>>;
    }[];
  },
  file: string,
) => Promise<Uint8Array>;

export interface Renderer {
  /** Manifests as the tool gave them, in its order. Throws Problem with file and line where the tool names them. */
  render(input: RenderInput): Promise<readonly Manifest[]>;
  /**
   * The closure: paths (files, or folders that end in `/`) of the repository that the render reads, found without
   * rendering. Never throws for broken content: then the source's own folder is the answer.
   */
  closure(input: Omit<RenderInput, 'facts'>): Promise<readonly string[]>;
  /** Whether a manifest that `render` gave came out of a render that decrypted files: it may hold what was in them. */
  decrypted(manifest: Manifest): boolean;
  /** The source with what `.argocd-source.yaml` and its like beside it change of its parameters. Throws Problem. */
  parameters(input: Pick<RenderInput, 'application' | 'source' | 'checkout'>): Promise<ApplicationSource>;
  /**
   * Whether Applications, ApplicationSets or AppProjects may come out of a render that reads these paths of the checkout,
   * found without rendering. False is certain: nothing there so much as names their group.
   */
  mayDefine(input: Pick<RenderInput, 'source' | 'checkout'>, reads: readonly string[]): Promise<boolean>;
}

// ── Cluster ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One kind that an API server serves, in one version. */
export interface ApiKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ClusterReader {
  readonly server: string;
  facts(): Promise<ClusterFacts>;
  /**
   * Every kind that can be listed and read, in each version that is served; a group's preferred version comes first.
   * Discovery is done once a reader.
   */
  kinds(): Promise<readonly ApiKind[]>;
  list(
    kind: ApiKind,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<readonly Manifest[]>;
  get(apiVersion: string, key: ResourceKey): Promise<Manifest | undefined>;
  /** Apply with `dryRun=All`: what the object would become, with defaults and admission. */
  dryRun(manifest: Manifest, options?: ApplyOptions): Promise<Submitted>;
}

export interface ApplyOptions {
  /** Take over fields of other managers. Default true, as Argo CD's `--force-conflicts`. */
  readonly force?: boolean;
  /**
   * Field validation. Default `Strict`; `Ignore` for `Validate=false`. A server-side apply of a field that the schema
   * lacks is refused all the same; with `replace` the field is dropped.
   */
  readonly validate?: 'Strict' | 'Warn' | 'Ignore';
  /** PUT instead of apply (create when missing): `Replace=true`. */
  readonly replace?: boolean;
  /**
   * Apply as `kubectl apply` does without `--server-side`: `ServerSideApply=false`. Not with `replace`, nor where the server
   * has to make the name.
   */
  readonly clientSide?: boolean;
  /**
   * Fields that kubectl or Argo CD set by client-side apply become ours before a server-side apply, so that those that the
   * manifest no longer has really go. Default true.
   */
  readonly migrate?: boolean;
  /**
   * The object as it was listed a moment ago, or `none`: it is not read once more then. What somebody wrote since is
   * found all the same. With `clientSide` it is read in any case: the patch is made from it.
   */
  readonly live?: Manifest | 'none';
}

/** What the API server made of a manifest. */
export interface Submitted {
  readonly manifest: Manifest;
  /** Warning headers of the API server, as text. */
  readonly warnings: readonly string[];
}

export interface Applied extends Submitted {
  readonly action: 'created' | 'configured' | 'unchanged';
}

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

/** The one port that changes clusters. Only `handlers/sync.ts`, the laptop and the CLI make one. */
export interface ClusterWriter {
  /** Creates; throws `conflict` when the name is taken. Honours generateName. */
  create(manifest: Manifest): Promise<Applied>;
  apply(manifest: Manifest, options?: ApplyOptions): Promise<Applied>;
  /** `gone` when it was not there, or is not the object of that uid any more. */
  remove(
    apiVersion: string,
    key: ResourceKey,
    options: { readonly uid?: string; readonly propagation: Propagation },
  ): Promise<'deleted' | 'gone'>;
  /** Takes a finalizer off an object. `gone` when it is not there, or is not the object of that uid any more. */
  release(
    apiVersion: string,
    key: ResourceKey,
    options: { readonly uid?: string; readonly finalizer: string },
  ): Promise<'released' | 'gone'>;
}

export interface Clusters {
  /** Throws Problem: misconfigured (unknown reference), cluster-unreachable, forbidden. */
  reader(registration: ClusterRegistration): Promise<ClusterReader>;
}

export interface WritableClusters extends Clusters {
  writer(registration: ClusterRegistration): Promise<ClusterWriter>;
}

// ── State ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A stored value with the version that a later save must name. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

export interface InventoryItem {
  readonly apiVersion: string;
  readonly key: ResourceKey;
}

/** What the deletion of an application takes beside its inventory, as the last sync that was planned left it. */
export interface DeletionRecord {
  /** The commits that it is of. */
  readonly revisions: readonly string[];
  readonly definition: string;
  /** Its PreDelete and PostDelete hooks, as its sources render them; none of them holds a secret. */
  readonly hooks: readonly Manifest[];
  /** Those of them that are not kept, and why: only a render brings them. */
  readonly withheld: readonly { readonly key: ResourceKey; readonly because: string }[];
  /** Hooks of syncs, whose objects may be there still. */
  readonly left: readonly InventoryItem[];
}

/**
 * What trimtab remembers. Saves are conditional on the version that was loaded (0: must not exist yet) and throw
 * Problem `conflict` when somebody else was faster.
 */
export interface Store {
  readonly operations: {
    load(application: string): Promise<Versioned<Operation> | undefined>;
    save(operation: Operation, ifVersion: number): Promise<number>;
  };
  readonly leases: {
    /** True when taken: nobody holds it, it ran out, or this holder holds it already. */
    take(name: string, holder: string, seconds: number): Promise<boolean>;
    release(name: string, holder: string): Promise<void>;
  };
  readonly inventories: {
    load(application: string): Promise<readonly InventoryItem[] | undefined>;
    save(application: string, items: readonly InventoryItem[]): Promise<void>;
  };
  readonly deletions: {
    load(application: string): Promise<DeletionRecord | undefined>;
    save(application: string, record: DeletionRecord): Promise<void>;
  };
  readonly histories: {
    /**
     * Appends once: an operation that is there already keeps its entry. Keeps `limit`: the newest, and of the others those
     * that succeeded first; and as many of selective syncs.
     */
    append(entry: Omit<HistoryEntry, 'id'>, application: string, limit: number): Promise<HistoryEntry>;
    /** Newest first. */
    list(application: string, limit: number): Promise<readonly HistoryEntry[]>;
  };
  readonly statuses: {
    load(application: string): Promise<ApplicationStatus | undefined>;
    save(status: ApplicationStatus): Promise<void>;
    all(): Promise<readonly ApplicationStatus[]>;
    /** Forgets an application that is no more. */
    remove(application: string): Promise<void>;
  };
  readonly facts: {
    load(server: string): Promise<ClusterFacts | undefined>;
    save(server: string, facts: ClusterFacts): Promise<void>;
  };
  /** True while a `once` of that name holds. */
  seen(name: string): Promise<boolean>;
  /** True the first time that a name is given within its seconds; false after. */
  once(name: string, seconds: number): Promise<boolean>;
  /** Forgets a `once`, for work that was begun and must be done again. */
  forget(name: string): Promise<void>;
}

export interface Queue {
  /** At least once, in any order, not before `delaySeconds` (0 … 900). */
  send(job: Job, options?: { readonly delaySeconds?: number }): Promise<void>;
}

// ── AWS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * One call of an AWS API, named as IAM names it (`dynamodb:GetItem`), with the input and the output of its API
 * reference. `timeLimit` in milliseconds. Throws an Error whose `name` is AWS's code.
 */
export type CallAws = (
  action: `${'dynamodb' | 'sqs' | 'ssm' | 'secretsmanager' | 'kms' | 'sts'}:${string}`,
  input: object,
  options?: { readonly signal?: AbortSignal; readonly timeLimit?: number },
) => Promise<Readonly<Record<string, unknown>>>;

// ── Channels, engines ───────────────────────────────────────────────────────────────────────────────────────────────

/** Sends to one service: Slack. Throws Problem: not-found (no such channel), rate-limited (with when), unavailable. */
export interface Channel {
  send(delivery: Delivery): Promise<void>;
}

/**
 * An outcome in a batch: each item succeeds or fails alone. `line` and `column` as the language's library reports them;
 * `limit` says which bound the item ran over.
 */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: string;
      readonly line?: number;
      readonly column?: number;
      readonly limit?: 'time' | 'memory';
    };

/**
 * Argo CD's own languages, run by Argo CD's own libraries in a sandbox. `at` (RFC 3339) is the only time that a program
 * can see. Each item is bounded in time and memory; one that runs over fails alone, with `limit`. Throws Problem
 * `limit-exceeded` when too many programs of one call did.
 */
export interface Engines {
  /** Go text/template with Sprig. */
  templates(
    items: readonly {
      readonly template: string;
      readonly data: unknown;
      /** Go's template options: `missingkey=error`. */
      readonly options?: readonly string[];
      /**
       * Default `applicationset`: numbers are float64, and `normalize`, `slugify`, `toYaml`, `fromYaml`,
       * `fromYamlArray` are there. `notifications`: whole numbers stay whole, and the data gets `.time` and `.strings`.
       */
      readonly dialect?: 'applicationset' | 'notifications';
    }[],
    at: string,
  ): Promise<readonly Outcome<string>[]>;
  /** expr-lang expressions over an environment, with `time` and `strings` functions as in Argo CD's notifications. */
  expressions(
    items: readonly { readonly expression: string; readonly environment: Readonly<Record<string, unknown>> }[],
    at: string,
  ): Promise<readonly Outcome<unknown>[]>;
  /**
   * jq filters (gojq): every value that the filter gives. For a jqPathExpression, `del(EXPRESSION)` gives the object
   * without it, as Argo CD does, and `path(EXPRESSION)` the places as arrays of keys.
   */
  jq(
    items: readonly { readonly filter: string; readonly input: unknown }[],
    at: string,
  ): Promise<readonly Outcome<unknown[]>[]>;
  /** Lua health scripts: `obj` in, the returned table out. `openLibraries` is Argo CD's `useOpenLibs`. */
  lua(
    items: readonly { readonly script: string; readonly object: unknown; readonly openLibraries?: boolean }[],
    at: string,
  ): Promise<readonly Outcome<unknown>[]>;
  /**
   * Jsonnet files, each with all that it may import, by path. Imports are looked for beside the importing file, then in
   * the libraries, the last one first. 30 seconds each.
   */
  jsonnet(
    items: readonly {
      readonly file: string;
      readonly files: Readonly<Record<string, string>>;
      readonly libraries: readonly string[];
      readonly tlas: readonly JsonnetArgument[];
      readonly extVars: readonly JsonnetArgument[];
    }[],
  ): Promise<readonly Outcome<unknown>[]>;
  close(): Promise<void>;
}

/** A value that a Jsonnet program is given: text, or an expression. */
interface JsonnetArgument {
  readonly name: string;
  readonly value: string;
  readonly code: boolean;
}

/** The time, given to whatever is pure. RFC 3339 with milliseconds. */
export type Clock = () => string;
