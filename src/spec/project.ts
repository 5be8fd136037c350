import type { ObjectMeta } from './manifest.ts';

/** Group and kind globs of an AppProject's resource lists; `name` only narrows cluster-scoped lists. */
export interface ResourceRule {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  readonly schedule: string;
  readonly duration: string;
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
  readonly roles?: readonly Readonly<Record<string, unknown>>[];
  readonly orphanedResources?: Readonly<Record<string, unknown>>;
  readonly signatureKeys?: readonly Readonly<Record<string, unknown>>[];
  readonly destinationServiceAccounts?: readonly Readonly<Record<string, unknown>>[];
  readonly permitOnlyProjectScopedClusters?: boolean;
}

/** Argo CD's AppProject. https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/ */
export interface AppProject {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'AppProject';
  readonly metadata: ObjectMeta & { readonly name: string };
  readonly spec: AppProjectSpec;
}
