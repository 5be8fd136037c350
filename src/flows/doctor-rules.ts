import { isMap } from '../catalog/generators/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import type { FieldPath, ManifestDocument } from '../spec/documents.ts';
import { parseRepoURL } from '../spec/repo-url.ts';
import { unknownSyncOptions } from '../sync/index.ts';
import { type Difference, differencesOfSettings } from './doctor-settings.ts';

/** What a field that is there means. `path` may hold `*` for every entry of a list or map. */
interface Rule {
  readonly path: readonly string[];
  readonly kind: Difference['kind'];
  readonly message: string;
  readonly fix: string;
  /** Only where the value is so. Default: where the field is there. */
  readonly when?: (value: unknown, all: readonly ManifestDocument[]) => boolean;
}

const SOURCES = [
  ['spec', 'source'],
  ['spec', 'sources', '*'],
];

/** Of every source of an Application, and of the template of a set. */
const SOURCE_RULES: readonly Rule[] = [
  {
    path: ['plugin'],
    kind: 'unsupported',
    message: 'config management plugins are not run: the application does not render',
    fix: 'Use Helm, Kustomize or plain manifests, or commit what the plugin renders.',
  },
  {
    path: ['helm', 'valueFiles', '*'],
    kind: 'unsupported',
    message: 'value files from plugins of helm (secrets://) are not read: the application does not render',
    fix: 'Encrypt with SOPS in files that kustomize or plain manifests read, or use External Secrets.',
    when: (value) => typeof value === 'string' && /^[a-z+-]*secrets[a-z+-]*:\/\//i.test(value),
  },
  {
    path: ['helm', 'valueFiles', '*'],
    kind: 'unsupported',
    message: 'value files are fetched over https only: the application does not render',
    fix: 'Write https, or keep the file in Git: in the source itself, or in another source with ref.',
    when: (value) => typeof value === 'string' && /^http:\/\//i.test(value),
  },
  {
    path: ['helm', 'fileParameters', '*', 'path'],
    kind: 'unsupported',
    message: 'files of parameters are not fetched from a URL: the application does not render',
    fix: 'Keep the file in Git: in the source itself, or in another source with ref.',
    when: (value) => typeof value === 'string' && /^https?:\/\//i.test(value),
  },
  {
    path: ['kustomize', 'version'],
    kind: 'differs',
    message: 'the bundled kustomize renders, whatever version is named',
    fix: 'Hold `trimtab render` against what Argo CD applies, and remove the field.',
  },
  {
    path: ['repoURL'],
    kind: 'unsupported',
    message: "Git over SSH is read only on the App's own GitHub: elsewhere the application does not render",
    fix: 'Write the HTTPS URL, and give a private repository a Secret with a token.',
    when: (value) => typeof value === 'string' && isSshElsewhere(value),
  },
  {
    path: ['tagPrefix'],
    kind: 'unsupported',
    message: 'tagPrefix has no effect',
    fix: 'Name the tag or branch in targetRevision.',
  },
];

/** Other hosts than GitHub's own; of a GitHub Enterprise Server nobody can tell here. */
function isSshElsewhere(repoURL: string): boolean {
  const address = /^https?:/i.test(repoURL.trim()) ? undefined : parseRepoURL(repoURL);
  return address !== undefined && address.host !== 'github.com';
}

const APPLICATION_RULES: readonly Rule[] = [
  {
    path: ['spec', 'sourceHydrator'],
    kind: 'unsupported',
    message: 'the source hydrator is not run: nothing is rendered to the branch that it syncs from',
    fix: 'Give the application a source; previews show what it renders to.',
  },
  {
    path: ['spec', 'syncPolicy', 'syncOptions', '*'],
    kind: 'unsupported',
    message: 'this sync option has no effect',
    fix: 'Correct its name or value (both are case-sensitive), or see what it does for the application, and remove it.',
    when: (value) => typeof value === 'string' && unknownSyncOptions([value], {}).length > 0,
  },
  {
    path: ['operation'],
    kind: 'differs',
    message: 'an operation in the manifest starts no sync',
    fix: 'Remove it; comment /sync APP, or use automated sync.',
  },
];

const PROJECT_RULES: readonly Rule[] = [
  {
    path: ['spec', 'sourceRepos'],
    kind: 'differs',
    message: "a list of denials alone permits no repository here; Argo CD's code permits every other one",
    fix: "Add what is allowed: '*', or the repositories by name.",
    when: (value) => isDenialsOnly(value, (entry) => [entry]),
  },
  {
    path: ['spec', 'destinations'],
    kind: 'differs',
    message: "a list of denials alone permits no destination here; Argo CD's code permits every other one",
    fix: "Add what is allowed: {server: '*', namespace: '*'}, or the clusters by name.",
    when: (value) => isDenialsOnly(value, (entry) => (isMap(entry) ? Object.values(entry) : [])),
  },
  {
    path: ['spec', 'roles', '*'],
    kind: 'differs',
    message: 'roles count beside the permissions on the GitHub repository: both must let somebody use a command',
    fix: 'Write groups as teams of GitHub, ORGANIZATION:TEAM, and users as logins; automation merges instead of using tokens.',
  },
  ...['signatureKeys', 'sourceIntegrity'].map(
    (field): Rule => ({
      path: ['spec', field],
      kind: 'differs',
      message: 'GitHub verifies signatures, by the keys on the accounts of its users; argocd-gpg-keys-cm is not read',
      fix: "Have each signer add the key to their account. The merge button signs with GitHub's own key: list that, too.",
      when: (value) => !Array.isArray(value) || value.length > 0,
    }),
  ),
  {
    path: ['spec', 'syncWindows', '*'],
    kind: 'differs',
    message: 'a sync that this window holds back is run by itself when it ends',
    fix: 'Nothing to do, if that is what you want: Argo CD syncs it with the next change or reconciliation.',
  },
];

/** A label that Argo CD's controller gives clusters that have `argocd.argoproj.io/auto-label-cluster-info`. */
const KUBERNETES_VERSION = 'argocd.argoproj.io/kubernetes-version';

const SET_RULES: readonly Rule[] = [
  {
    path: ['spec', 'generators', '*', 'git', 'files', '*', 'path'],
    kind: 'differs',
    message: 'the * of this glob crosses folders, here as in Argo CD: a/*/b.yaml finds a/x/y/b.yaml, too',
    fix: "Set applicationsetcontroller.enable.new.git.file.globbing: 'true' in argocd-cmd-params-cm for exact globs.",
    when: (value, all) => typeof value === 'string' && /(^|[^*])\*([^*]|$)/.test(value) && !hasExactGlobs(all),
  },
  {
    path: ['spec', 'generators'],
    kind: 'unsupported',
    message: `clusters have no label ${KUBERNETES_VERSION} by themselves: a selector for it finds what is written in Git`,
    fix: 'Write the label into the cluster Secrets, or select by another one.',
    when: (value, all) =>
      JSON.stringify(value).includes(KUBERNETES_VERSION) &&
      !all.some(({ kind, label }) => kind === 'Secret' && label(KUBERNETES_VERSION) !== undefined),
  },
  ...[['ignoreApplicationDifferences'], ['preservedFields'], ['syncPolicy', 'applicationsSync']].map(
    (path): Rule => ({
      path: ['spec', ...path],
      kind: 'differs',
      message: 'it keeps what the set gave first; what was edited on Applications in the cluster is not known here',
      fix: 'Write such edits into Git before you move: into the template, into templatePatch, or as Applications of their own.',
      when: (value) => value !== 'sync' && value !== 'create-update',
    }),
  ),
];

/** The differences that a document of a repository has; `all` are the repository's documents, with its settings. */
export function differencesOf(document: ManifestDocument, all: readonly ManifestDocument[]): readonly Difference[] {
  const value = dataOf(document);
  if (document.kind === 'ConfigMap') return differencesOfSettings(document.name, value);
  if (!document.apiVersion.startsWith('argoproj.io/')) return [];
  switch (document.kind) {
    case 'Application':
      return [...apply(applicationRules([]), value, all), ...ofAnnotations(value, [])];
    case 'ApplicationSet': {
      const template: FieldPath = ['spec', 'template'];
      return [
        ...apply([...SET_RULES, ...applicationRules(['spec', 'template'])], value, all),
        ...ofAnnotations(value, template),
      ];
    }
    case 'AppProject':
      return apply(PROJECT_RULES, value, all);
    default:
      return [];
  }
}

function applicationRules(prefix: readonly string[]): readonly Rule[] {
  const ofSources = SOURCES.flatMap((source) =>
    SOURCE_RULES.map((rule) => ({ ...rule, path: [...source, ...rule.path] })),
  );
  return [...APPLICATION_RULES, ...ofSources].map((rule) => ({ ...rule, path: [...prefix, ...rule.path] }));
}

function apply(rules: readonly Rule[], value: unknown, all: readonly ManifestDocument[]): readonly Difference[] {
  return rules.flatMap(({ path, kind, message, fix, when = () => true }) =>
    placesOf(value, path)
      .filter(({ found }) => when(found, all))
      .map(({ at }) => ({ kind, path: at, message, fix })),
  );
}

/** Every place that a path with `*` leads to. */
function placesOf(
  value: unknown,
  path: readonly string[],
  at: FieldPath = [],
): { readonly at: FieldPath; readonly found: unknown }[] {
  const [step, ...rest] = path;
  if (step === undefined) return value === undefined || value === null ? [] : [{ at, found: value }];
  if (step === '*') {
    return Array.isArray(value) ? value.flatMap((entry, index) => placesOf(entry, rest, [...at, index])) : [];
  }
  return isMap(value) && Object.hasOwn(value, step) ? placesOf(value[step], rest, [...at, step]) : [];
}

function ofAnnotations(value: unknown, prefix: FieldPath): readonly Difference[] {
  const [annotations] = placesOf(value, [...prefix.map(String), 'metadata', 'annotations']);
  if (annotations === undefined || !isMap(annotations.found)) return [];
  const names = Object.keys(annotations.found);
  return ANNOTATION_RULES.flatMap(({ isIt, message, fix }) =>
    names
      .filter(isIt)
      .slice(0, 1)
      .map((name) => ({ kind: 'differs' as const, path: [...annotations.at, name], message, fix })),
  );
}

/** Of the annotations of an Application; of several that mean the same, one is told of. */
const ANNOTATION_RULES: readonly {
  readonly isIt: (name: string) => boolean;
  readonly message: string;
  readonly fix: string;
}[] = [
  {
    isIt: (name) => name.startsWith('argocd-image-updater.argoproj.io/'),
    message: 'Argo CD Image Updater finds no Application in the cluster to update',
    fix: 'Have new images written to Git: its git write-back from outside, Renovate, or the CI that builds them.',
  },
  {
    isIt: (name) => name === ANNOTATION.refresh,
    message: 'the annotation refreshes nothing: each look renders what Git says now',
    fix: 'Remove it; a push is seen at once, and the schedule comes every few minutes.',
  },
];

function isDenialsOnly(value: unknown, textsOf: (entry: unknown) => readonly unknown[]): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((entry) => textsOf(entry).some((text) => typeof text === 'string' && text.startsWith('!')));
}

function hasExactGlobs(all: readonly ManifestDocument[]): boolean {
  const settings = all.find(({ kind, name }) => kind === 'ConfigMap' && name === 'argocd-cmd-params-cm');
  const [found] = placesOf(settings === undefined ? undefined : dataOf(settings), [
    'data',
    'applicationsetcontroller.enable.new.git.file.globbing',
  ]);
  return found?.found === 'true';
}

/** What can't be read, validate says. */
function dataOf(document: ManifestDocument): unknown {
  try {
    return document.value();
  } catch {
    return undefined;
  }
}
