import type { ObjectMeta } from './manifest.ts';
import type { Problem, Where } from './problem.ts';

/** `spec.source.helm` of an Application. https://argo-cd.readthedocs.io/en/stable/user-guide/helm/ */
export interface HelmSource {
  readonly releaseName?: string;
  readonly values?: string;
  readonly valuesObject?: Readonly<Record<string, unknown>>;
  readonly valueFiles?: readonly string[];
  readonly ignoreMissingValueFiles?: boolean;
  readonly parameters?: readonly { readonly name: string; readonly value?: string; readonly forceString?: boolean }[];
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[];
  readonly passCredentials?: boolean;
  readonly skipCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly version?: string;
}

/** A strategic merge or JSON patch of `spec.source.kustomize.patches`, as in a kustomization. */
export interface KustomizePatch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, boolean>>;
}

/** `spec.source.kustomize` of an Application. https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/ */
export interface KustomizeSource {
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly images?: readonly string[];
  readonly replicas?: readonly { readonly name: string; readonly count: number | string }[];
  readonly commonLabels?: Readonly<Record<string, string>>;
  readonly labelWithoutSelector?: boolean;
  readonly labelIncludeTemplates?: boolean;
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  readonly commonAnnotationsEnvsubst?: boolean;
  readonly forceCommonLabels?: boolean;
  readonly forceCommonAnnotations?: boolean;
  readonly namespace?: string;
  readonly components?: readonly string[];
  readonly ignoreMissingComponents?: boolean;
  readonly patches?: readonly KustomizePatch[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly version?: string;
}

/** `spec.source.directory` of an Application. https://argo-cd.readthedocs.io/en/stable/user-guide/directory/ */
export interface DirectorySource {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
  readonly jsonnet?: JsonnetSource;
  /** Files of any name count, not only YAML, JSON and Jsonnet. */
  readonly disableExtensionFilter?: boolean;
}

/** `spec.source.directory.jsonnet`. https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/ */
export interface JsonnetSource {
  readonly tlas?: readonly JsonnetVariable[];
  readonly extVars?: readonly JsonnetVariable[];
  /** Folders that imports are looked for in, from the root of the repository. */
  readonly libs?: readonly string[];
}

/** Text, or with `code` an expression. */
interface JsonnetVariable {
  readonly name: string;
  readonly value?: string;
  readonly code?: boolean;
}

/** What an application is rendered from: a repository and a path in it, or a chart repository and a chart. */
export interface ApplicationSource {
  readonly repoURL: string;
  readonly path?: string;
  readonly targetRevision?: string;
  readonly tagPrefix?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly name?: string;
  readonly helm?: HelmSource;
  readonly kustomize?: KustomizeSource;
  readonly directory?: DirectorySource;
  readonly plugin?: Readonly<Record<string, unknown>>;
}

/** Where an application is deployed: a cluster by its API server's URL or by its name, and the default namespace. */
export interface Destination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/ */
export interface AutomatedSync {
  readonly enabled?: boolean;
  readonly prune?: boolean;
  readonly selfHeal?: boolean;
  readonly allowEmpty?: boolean;
}

/** `retry` of a syncPolicy; durations are Go's (`5s`, `3m`). A limit below 0 is for ever. */
export interface RetryPolicy {
  readonly limit?: number;
  readonly backoff?: { readonly duration?: string; readonly factor?: number; readonly maxDuration?: string };
  readonly refresh?: boolean;
}

export interface SyncPolicy {
  readonly automated?: AutomatedSync;
  readonly syncOptions?: readonly string[];
  readonly retry?: RetryPolicy;
  readonly managedNamespaceMetadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** One entry of `ignoreDifferences`. https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/ */
export interface IgnoreDifference {
  readonly group?: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
  readonly managedFieldsManagers?: readonly string[];
}

export interface ApplicationSpec {
  readonly project: string;
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly destination: Destination;
  readonly syncPolicy?: SyncPolicy;
  readonly ignoreDifferences?: readonly IgnoreDifference[];
  readonly info?: readonly { readonly name: string; readonly value: string }[];
  readonly revisionHistoryLimit?: number;
}

/** Argo CD's Application, as it stands in Git. https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ */
export interface Application {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Application';
  readonly metadata: ObjectMeta & { readonly name: string };
  readonly spec: ApplicationSpec;
}

/** A thing read from a manifest file: the value, where it stands, and what is odd but bearable about it (unknown fields). */
export interface Parsed<T> {
  readonly value: T;
  readonly where: Where;
  readonly warnings: readonly Problem[];
  /** Name of the ApplicationSet that generated it; `where` is then that of the set. Absent: written by hand. */
  readonly generatedBy?: string;
  /** Applications that it comes out of when they are rendered (app of apps), the outermost first. */
  readonly parents?: readonly string[];
  /** It stands in no file of its own: the last of its parents renders it, and `where` is that one's. */
  readonly rendered?: true;
  readonly kept?: Kept;
}

/** Why an application is not as its set gives it now. */
export interface Kept {
  /** Field of the set that keeps it as it is, with its value where that says more: `applicationsSync: create-only`. */
  readonly by: string;
  /** What the set gives now; absent where it gives the application no more. */
  readonly instead?: Application;
}

/** The sources of an application: `sources` beats `source`, as in Argo CD. */
export function sourcesOf(application: Application): readonly ApplicationSource[] {
  const { source, sources } = application.spec;
  if (sources !== undefined && sources.length > 0) return sources;
  return source === undefined ? [] : [source];
}

/** How an application is named in the store, in jobs and in people's words: its name (unique in a control repository). */
export function applicationName(application: Application): string {
  return application.metadata.name;
}
