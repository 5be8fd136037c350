import type { ParsedSet, SetGenerator } from '../../spec/applicationset.ts';
import type { ManifestFile } from '../../spec/catalogue.ts';
import type { FieldPath } from '../../spec/documents.ts';
import type { HostedRepository, Outcome } from '../../spec/ports.ts';

import type { ClusterRegistration } from '../../spec/settings.ts';

export type { HostedRepository } from '../../spec/ports.ts';

/** What one element of a generator says. */
export type Params = Readonly<Record<string, unknown>>;

/** A text with holes, and what fills them. */
interface TemplateItem {
  readonly template: string;
  readonly data: Params;
  readonly options: readonly string[];
}

/** What a generator must be told to go on. Who runs it has the world; the generator has the rules. */
export type Need =
  | { readonly kind: 'paths'; readonly repoURL: string; readonly revision: string | undefined }
  | {
      readonly kind: 'files';
      readonly repoURL: string;
      readonly revision: string | undefined;
      readonly paths: readonly string[];
    }
  | { readonly kind: 'templates'; readonly items: readonly TemplateItem[] }
  /** `api`: address of GitHub's API, where the set names one. */
  | { readonly kind: 'pulls'; readonly repo: string; readonly api: string | undefined }
  | { readonly kind: 'repositories'; readonly organization: string; readonly api: string | undefined }
  | { readonly kind: 'branches'; readonly repo: string; readonly only?: string };

/** A pull request that is open at the moment. */
export interface OpenPull {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly targetBranch: string;
  readonly sha: string;
  readonly labels: readonly string[];
  readonly author: string;
}

/** The answers, in the order of the needs above: every file of the commit, texts of the asked files, filled texts, … */
export interface Answers {
  readonly paths: readonly string[];
  readonly files: readonly ManifestFile[];
  readonly templates: readonly Outcome<string>[];
  readonly pulls: readonly OpenPull[];
  readonly repositories: readonly HostedRepository[];
  readonly branches: readonly { readonly name: string; readonly sha: string }[];
}

/** A computation that asks for what it needs, and is given the answer of that kind; a failure is thrown into it. */
export type Asking<T> = Generator<Need, T, Answers[Need['kind']]>;

/** Asks for one thing. */
export function* ask<K extends Need['kind']>(need: Extract<Need, { readonly kind: K }>): Asking<Answers[K]> {
  // Who runs it answers each need by its kind: see `Answers`.
  return (yield need) as Answers[K];
}

/** What every generator of a set may know. */
export interface GeneratorContext {
  readonly set: ParsedSet;
  readonly goTemplate: boolean;
  /** Go's template options: `missingkey=error`. */
  readonly options: readonly string[];
  readonly clusters: readonly ClusterRegistration[];
  /** False: the cluster that Argo CD runs in does not count (`cluster.inClusterEnabled` of argocd-cm). */
  readonly inCluster: boolean;
  /** True: globs of git files are Git's own, whose `*` crosses folders. */
  readonly greedyFiles: boolean;
  /** Runs a generator inside another one; `path` is where its entry stands in the set. */
  child(entry: SetGenerator, path: FieldPath): Asking<readonly Params[]>;
}
