import type { ObjectMeta } from './manifest.ts';
import type { Problem, Where } from './problem.ts';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** An Application with holes: what it must look like is known only when parameters have filled them. */
export type SetTemplate = Readonly<Record<string, unknown>>;

/** Parameters that are added to those of a generator, as `values.KEY`; they may use the generator's own. */
export type Values = Readonly<Record<string, string>>;

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/ */
export interface ListGenerator {
  readonly elements?: readonly Readonly<Record<string, unknown>>[];
  readonly elementsYaml?: string;
  readonly template?: SetTemplate;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/ */
export interface ClustersGenerator {
  readonly selector?: LabelSelector;
  readonly values?: Values;
  readonly flatList?: boolean;
  readonly template?: SetTemplate;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/ */
export interface GitGenerator {
  readonly repoURL: string;
  readonly revision?: string;
  readonly directories?: readonly { readonly path: string; readonly exclude?: boolean }[];
  readonly files?: readonly { readonly path: string; readonly exclude?: boolean }[];
  readonly pathParamPrefix?: string;
  readonly values?: Values;
  readonly template?: SetTemplate;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Matrix/ */
export interface MatrixGenerator {
  readonly generators: readonly SetGenerator[];
  readonly template?: SetTemplate;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Merge/ */
export interface MergeGenerator {
  readonly generators: readonly SetGenerator[];
  readonly mergeKeys?: readonly string[];
  readonly template?: SetTemplate;
}

/** One filter: all that it names must match. Regular expressions are Go's. */
export interface PullFilter {
  readonly branchMatch?: string;
  readonly targetBranchMatch?: string;
  readonly titleMatch?: string;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Pull-Request/ */
export interface PullRequestGenerator {
  readonly github?: {
    readonly owner: string;
    readonly repo: string;
    readonly api?: string;
    readonly labels?: readonly string[];
  };
  readonly filters?: readonly PullFilter[];
  readonly continueOnRepoNotFoundError?: boolean;
  readonly values?: Values;
  readonly template?: SetTemplate;
}

/** One filter: all that it names must match. Regular expressions are Go's. */
export interface ScmFilter {
  readonly repositoryMatch?: string;
  readonly branchMatch?: string;
  readonly labelMatch?: string;
  readonly pathsExist?: readonly string[];
  readonly pathsDoNotExist?: readonly string[];
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-SCM-Provider/ */
export interface ScmProviderGenerator {
  readonly github?: {
    readonly organization: string;
    readonly api?: string;
    readonly allBranches?: boolean;
    readonly excludeArchivedRepos?: boolean;
  };
  readonly cloneProtocol?: string;
  readonly filters?: readonly ScmFilter[];
  readonly values?: Values;
  readonly template?: SetTemplate;
}

/** One entry of `generators`: exactly one generator, and what its elements must carry to count. */
export interface SetGenerator {
  readonly list?: ListGenerator;
  readonly clusters?: ClustersGenerator;
  readonly git?: GitGenerator;
  readonly matrix?: MatrixGenerator;
  readonly merge?: MergeGenerator;
  readonly pullRequest?: PullRequestGenerator;
  readonly scmProvider?: ScmProviderGenerator;
  readonly clusterDecisionResource?: Readonly<Record<string, unknown>>;
  readonly plugin?: Readonly<Record<string, unknown>>;
  readonly selector?: LabelSelector;
}

/** Every generator that Argo CD has, in the order of its documentation. */
export const GENERATORS = [
  'list',
  'clusters',
  'git',
  'matrix',
  'merge',
  'scmProvider',
  'pullRequest',
  'clusterDecisionResource',
  'plugin',
] as const;

/** `sync`: create, update and delete. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/ */
export const APPLICATIONS_SYNC = ['sync', 'create-only', 'create-update', 'create-delete'] as const;

export type ApplicationsSync = (typeof APPLICATIONS_SYNC)[number];

/** The applications whose labels match, and how many of them are updated at once: a number or `10%`. */
export interface RolloutStep {
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn';
    readonly values?: readonly string[];
  }[];
  readonly maxUpdate?: number | string;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/ */
export interface RolloutStrategy {
  readonly type?: 'AllAtOnce' | 'RollingSync';
  readonly rollingSync?: { readonly steps?: readonly RolloutStep[]; readonly defaultPrune?: boolean };
  readonly deletionOrder?: 'AllAtOnce' | 'Reverse';
}

export interface ApplicationSetSpec {
  readonly goTemplate?: boolean;
  readonly goTemplateOptions?: readonly string[];
  readonly generators: readonly SetGenerator[];
  readonly template: SetTemplate;
  readonly templatePatch?: string;
  readonly syncPolicy?: {
    readonly applicationsSync?: ApplicationsSync;
    readonly preserveResourcesOnDeletion?: boolean;
  };
  readonly strategy?: RolloutStrategy;
  readonly preservedFields?: { readonly annotations?: readonly string[]; readonly labels?: readonly string[] };
  readonly ignoreApplicationDifferences?: readonly {
    readonly name?: string;
    readonly jsonPointers?: readonly string[];
    readonly jqPathExpressions?: readonly string[];
  }[];
}

/** Argo CD's ApplicationSet. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/applicationset-specification/ */
export interface ApplicationSet {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'ApplicationSet';
  readonly metadata: ObjectMeta & { readonly name: string };
  readonly spec: ApplicationSetSpec;
}

/** A set as it stands in its file; `locate` finds the lines of its fields, for what goes wrong when it is expanded. */
export interface ParsedSet {
  readonly value: ApplicationSet;
  readonly where: Where;
  readonly warnings: readonly Problem[];
  /** As of an application: see `Parsed`. */
  readonly parents?: readonly string[];
  readonly rendered?: true;
  locate(path: readonly (string | number)[]): Where;
  /** As `locate`, with the line on which the text of a block scalar begins. */
  textLine(path: readonly (string | number)[]): number;
}
