import type { ObjectMeta } from './manifest.ts';

/** Group and kind globs of an AppProject's resource lists; `name` only narrows cluster-scoped lists. */
export interface ResourceRule {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/ */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  /** Five fields of cron, in `timeZone`. */
  readonly schedule: string;
  /** A Go duration: `1h30m`. */
  readonly duration: string;
  /** IANA name. Default UTC. */
  readonly timeZone?: string;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
  readonly manualSync?: boolean;
  readonly andOperator?: boolean;
  readonly syncOverrun?: boolean;
  readonly description?: string;
}

export interface ProjectDestination {
  readonly server?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-roles */
export interface ProjectRole {
  readonly name: string;
  readonly description?: string;
  readonly policies?: readonly string[];
  readonly groups?: readonly string[];
  readonly jwtTokens?: readonly Readonly<Record<string, unknown>>[];
}

/** What counts as an orphan of a namespace, and whether it is told. https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/ */
export interface OrphanedResources {
  readonly warn?: boolean;
  readonly ignore?: readonly { readonly group?: string; readonly kind?: string; readonly name?: string }[];
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/app-sync-using-impersonation/ */
export interface DestinationServiceAccount {
  readonly server: string;
  readonly namespace?: string;
  readonly defaultServiceAccount: string;
}

/** Whose commits of which repositories count. https://argo-cd.readthedocs.io/en/stable/user-guide/source-integrity-git-gpg/ */
export interface IntegrityPolicy {
  readonly repos: readonly { readonly url: string }[];
  readonly gpg: { readonly mode: 'none' | 'head' | 'strict'; readonly keys?: readonly string[] };
}

export interface AppProjectSpec {
  readonly description?: string;
  readonly sourceRepos?: readonly string[];
  readonly destinations?: readonly ProjectDestination[];
  readonly sourceNamespaces?: readonly string[];
  readonly clusterResourceWhitelist?: readonly ResourceRule[];
  readonly clusterResourceBlacklist?: readonly ResourceRule[];
  readonly namespaceResourceWhitelist?: readonly ResourceRule[];
  readonly namespaceResourceBlacklist?: readonly ResourceRule[];
  readonly syncWindows?: readonly SyncWindow[];
  readonly roles?: readonly ProjectRole[];
  readonly orphanedResources?: OrphanedResources;
  readonly signatureKeys?: readonly { readonly keyID: string }[];
  readonly sourceIntegrity?: { readonly git?: { readonly policies?: readonly IntegrityPolicy[] } };
  readonly destinationServiceAccounts?: readonly DestinationServiceAccount[];
  readonly permitOnlyProjectScopedClusters?: boolean;
}

/** Argo CD's AppProject. https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/ */
export interface AppProject {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'AppProject';
  readonly metadata: ObjectMeta & { readonly name: string };
  readonly spec: AppProjectSpec;
}
