import type { IgnoreDifference } from './application.ts';
import { matchesGlob } from './glob.ts';
import { groupOf, type Manifest } from './manifest.ts';
import { BY_ANNOTATION, type Tracking } from './tracking.ts';

/** A health script of the user. `pattern` is `group/Kind`, or `Kind` of the core group; both may hold globs. */
export interface HealthScript {
  readonly pattern: string;
  readonly script: string;
  /** Argo CD's `useOpenLibs`. */
  readonly openLibraries: boolean;
}

/** A field of a custom kind that holds a type of Kubernetes itself, and so is written back in Kubernetes' spelling. */
export interface KnownField {
  readonly group: string;
  readonly kind: string;
  /** `spec.template.spec` */
  readonly field: string;
  /** `core/v1/PodSpec`, `core/Quantity`, `meta/v1/Duration` */
  readonly type: string;
}

/** One entry of `resource.exclusions` or `resource.inclusions`; what is not given is any. */
export interface ResourceFilter {
  readonly apiGroups?: readonly string[];
  readonly kinds?: readonly string[];
  readonly clusters?: readonly string[];
}

/** Everything of `argocd-cm` whose key begins with `resource.`, and how resources are tracked. */
export interface Customisations {
  /** Those without globs first: an exact name beats a pattern. */
  readonly healthScripts: readonly HealthScript[];
  /** What is ignored in every application. */
  readonly ignoreDifferences: readonly IgnoreDifference[];
  readonly knownFields: readonly KnownField[];
  /** Whose `status` in Git is not compared. */
  readonly ignoreStatus: 'all' | 'crd' | 'none';
  /** `rules` of a ClusterRole with an aggregationRule are its controller's. */
  readonly ignoreAggregatedRoles: boolean;
  readonly exclusions: readonly ResourceFilter[];
  readonly inclusions: readonly ResourceFilter[];
  readonly tracking: Tracking;
}

/**
 * What Argo CD's own `argocd-cm` excludes, for those who set no `resource.exclusions`: many objects that change often, and
 * that nobody keeps in Git.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#resource-exclusioninclusion
 */
export const DEFAULT_EXCLUSIONS: readonly ResourceFilter[] = [
  { apiGroups: ['', 'discovery.k8s.io'], kinds: ['Endpoints', 'EndpointSlice'] },
  { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'] },
  {
    apiGroups: ['authentication.k8s.io', 'authorization.k8s.io'],
    kinds: [
      'SelfSubjectReview',
      'TokenReview',
      'LocalSubjectAccessReview',
      'SelfSubjectAccessReview',
      'SelfSubjectRulesReview',
      'SubjectAccessReview',
    ],
  },
  { apiGroups: ['certificates.k8s.io'], kinds: ['CertificateSigningRequest'] },
  { apiGroups: ['cert-manager.io'], kinds: ['CertificateRequest'] },
  { apiGroups: ['cilium.io'], kinds: ['CiliumIdentity', 'CiliumEndpoint', 'CiliumEndpointSlice'] },
  {
    apiGroups: ['kyverno.io', 'reports.kyverno.io', 'wgpolicyk8s.io'],
    kinds: [
      'PolicyReport',
      'ClusterPolicyReport',
      'EphemeralReport',
      'ClusterEphemeralReport',
      'AdmissionReport',
      'ClusterAdmissionReport',
      'BackgroundScanReport',
      'ClusterBackgroundScanReport',
      'UpdateRequest',
    ],
  },
];

/** Never managed, whatever the settings say: https://github.com/argoproj/argo-cd/blob/master/util/settings/resources_filter.go */
const NEVER: readonly ResourceFilter[] = [
  { apiGroups: ['events.k8s.io', 'metrics.k8s.io'] },
  { apiGroups: [''], kinds: ['Event'] },
  { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'] },
];

/** Argo CD treats the pod template of a Rollout so without being told. */
const ALWAYS_KNOWN: readonly KnownField[] = [
  { group: 'argoproj.io', kind: 'Rollout', field: 'spec.template.spec', type: 'core/v1/PodSpec' },
];

/** The settings of a control repository without `argocd-cm`. */
export const NO_CUSTOMISATIONS: Customisations = {
  healthScripts: [],
  ignoreDifferences: [],
  knownFields: ALWAYS_KNOWN,
  ignoreStatus: 'all',
  ignoreAggregatedRoles: false,
  exclusions: DEFAULT_EXCLUSIONS,
  inclusions: [],
  tracking: BY_ANNOTATION,
};

/** The script that says how an object is: that of its very kind, else the first whose pattern fits; often none. */
export function healthScriptOf(
  object: Pick<Manifest, 'apiVersion' | 'kind'>,
  { healthScripts }: Pick<Customisations, 'healthScripts'>,
): HealthScript | undefined {
  const group = groupOf(object.apiVersion);
  const kind = group === '' ? object.kind : `${group}/${object.kind}`;
  return (
    healthScripts.find(({ pattern }) => pattern === kind) ??
    healthScripts.find(({ pattern }) => matchesGlob(pattern, kind))
  );
}

/**
 * Whether the settings keep a kind out: excluded, or not among what is included where anything is. `cluster` is the URL
 * of its API server. https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#resource-exclusioninclusion
 */
export function isExcluded(
  { group, kind }: { readonly group: string; readonly kind: string },
  cluster: string,
  { exclusions, inclusions }: Pick<Customisations, 'exclusions' | 'inclusions'>,
): boolean {
  const matches = (filter: ResourceFilter): boolean =>
    any(filter.apiGroups, (pattern) => matchesGlob(pattern, group)) &&
    any(filter.kinds, (name) => name === '*' || name === kind) &&
    here(filter);
  const here = (filter: ResourceFilter): boolean => any(filter.clusters, (pattern) => matchesGlob(pattern, cluster));
  if ([...NEVER, ...exclusions].some(matches)) return true;
  return inclusions.some(here) && !inclusions.some(matches);
}

function any(given: readonly string[] | undefined, matches: (one: string) => boolean): boolean {
  return given === undefined || given.length === 0 || given.some(matches);
}
