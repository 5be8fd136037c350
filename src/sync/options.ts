import { ANNOTATION } from '../spec/annotations.ts';
import { keyOf, type Manifest, resourceText } from '../spec/manifest.ts';
import { nearest } from '../spec/nearest.ts';
import type { ApplyOptions, Propagation } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';

/** Sync options, read. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
export interface SyncOptions {
  /** `Prune`: whether it may be deleted; `confirm` asks for `argocd.argoproj.io/deletion-approved` first. Default yes. */
  readonly prune: 'yes' | 'no' | 'confirm';
  /** `PruneLast`: deleted after everything else is there and healthy. Default false. */
  readonly pruneLast: boolean;
  /** `PrunePropagationPolicy`: what happens to what it owns. Default Foreground. */
  readonly propagation: Propagation;
  /** `Validate`: whether the API server refuses unknown fields. Default true. */
  readonly validate: boolean;
  /** `Replace`: PUT instead of apply. Default false. */
  readonly replace: boolean;
  /** `Force`: delete and create; with `Replace` in any case, without it where a field can't change. Default false. */
  readonly force: boolean;
  /** `ServerSideApply`: applied by the API server; else as `kubectl apply` does it. Default true; Argo CD's is false. */
  readonly serverSide: boolean;
  /** `CreateNamespace`: the destination's namespace is created where it is missing. Default false. */
  readonly createNamespace: boolean;
  /** `ApplyOutOfSyncOnly`: resources that are in sync are not applied. Default false. */
  readonly applyOutOfSyncOnly: boolean;
  /** `SkipDryRunOnMissingResource`: a kind that the cluster does not serve yet fails no sync before it starts. Default false. */
  readonly skipDryRunOnMissingResource: boolean;
  /** `RespectIgnoreDifferences`: fields that `ignoreDifferences` names keep their live values. Default false. */
  readonly respectIgnoreDifferences: boolean;
  /** `ClientSideApplyMigration`: fields of kubectl's and Argo CD's client-side apply become ours. Default true. */
  readonly migration: boolean;
  /** `Delete`: what becomes of it when the application is deleted. Default yes. */
  readonly delete: 'yes' | 'no' | 'confirm';
  /** `FailOnSharedResource`: a resource that another application has, too, fails the sync. Default false. */
  readonly failOnSharedResource: boolean;
}

const DEFAULT_SYNC_OPTIONS: SyncOptions = {
  prune: 'yes',
  pruneLast: false,
  propagation: 'Foreground',
  validate: true,
  replace: false,
  force: false,
  serverSide: true,
  createNamespace: false,
  applyOutOfSyncOnly: false,
  failOnSharedResource: false,
  skipDryRunOnMissingResource: false,
  respectIgnoreDifferences: false,
  migration: true,
  delete: 'yes',
};

type Read = (value: string) => Partial<SyncOptions> | undefined;

const flag =
  (set: (on: boolean) => Partial<SyncOptions>): Read =>
  (value) =>
    value === 'true' ? set(true) : value === 'false' ? set(false) : undefined;

const PROPAGATION: Readonly<Record<string, Propagation>> = {
  foreground: 'Foreground',
  background: 'Background',
  orphan: 'Orphan',
};

const PRUNE: Readonly<Record<string, SyncOptions['prune']>> = { true: 'yes', false: 'no', confirm: 'confirm' };

const OPTIONS: Readonly<Record<string, Read>> = {
  Prune: (value) => (PRUNE[value] === undefined ? undefined : { prune: PRUNE[value] }),
  PruneLast: flag((pruneLast) => ({ pruneLast })),
  PrunePropagationPolicy: (value) =>
    PROPAGATION[value] === undefined ? undefined : { propagation: PROPAGATION[value] },
  Validate: flag((validate) => ({ validate })),
  Replace: flag((replace) => ({ replace })),
  Force: flag((force) => ({ force })),
  ServerSideApply: flag((serverSide) => ({ serverSide })),
  CreateNamespace: flag((createNamespace) => ({ createNamespace })),
  ApplyOutOfSyncOnly: flag((applyOutOfSyncOnly) => ({ applyOutOfSyncOnly })),
  SkipDryRunOnMissingResource: flag((skipDryRunOnMissingResource) => ({ skipDryRunOnMissingResource })),
  RespectIgnoreDifferences: flag((respectIgnoreDifferences) => ({ respectIgnoreDifferences })),
  ClientSideApplyMigration: flag((migration) => ({ migration })),
  Delete: (value) => (PRUNE[value] === undefined ? undefined : { delete: PRUNE[value] }),
  FailOnSharedResource: flag((failOnSharedResource) => ({ failOnSharedResource })),
};

/** Options from `Name=value` texts over `base`; a later text wins, and what is unknown changes nothing. */
export function readSyncOptions(texts: readonly string[], base: SyncOptions = DEFAULT_SYNC_OPTIONS): SyncOptions {
  return Object.assign({ ...base }, ...texts.map(readOne));
}

/**
 * The options of one resource: its annotation over those of the application. `Force` counts only there, as in Argo CD: no
 * application says of all that it has that it may be deleted. The namespace of `CreateNamespace=true` is applied server-side
 * in any case, as in Argo CD.
 */
export function resourceOptions(manifest: Manifest, application: SyncOptions): SyncOptions {
  const own = readSyncOptions(ownTexts(manifest), { ...application, force: false });
  return isCreatedNamespace(manifest) ? { ...own, serverSide: true } : own;
}

/** Of all manifests, only the namespace of `CreateNamespace=true` is not tracked. */
export function isCreatedNamespace({ kind, metadata }: Manifest): boolean {
  return kind === 'Namespace' && metadata.annotations?.[ANNOTATION.trackingId] === undefined;
}

function ownTexts({ metadata }: Manifest): readonly string[] {
  return metadata.annotations?.[ANNOTATION.syncOptions]?.split(',') ?? [];
}

/** A warning for each option that trimtab does not know or does not support, so that none is dropped silently. */
export function unknownSyncOptions(
  texts: readonly string[],
  where: Where,
  misplaced: readonly string[] = OF_RESOURCES,
): readonly Problem[] {
  const isMisplaced = (text: string): boolean => misplaced.some((name) => text.split('=')[0]?.trim() === name);
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '' && (readOne(text) === undefined || isMisplaced(text)))
    .map((text) => unknown(text, where, misplaced));
}

/** Options that say nothing of a whole application. */
const OF_RESOURCES = ['Force'];

/** A warning for each option in the annotations of manifests that has no effect there: `Prune=flase` protects nothing. */
export function unknownResourceOptions(manifests: readonly Manifest[]): readonly Problem[] {
  return manifests.flatMap((manifest) => {
    const field = `metadata.annotations["${ANNOTATION.syncOptions}"] of ${resourceText(keyOf(manifest))}`;
    return unknownSyncOptions(ownTexts(manifest), { field }, OF_APPLICATIONS);
  });
}

/** Options that say nothing of a single resource. */
const OF_APPLICATIONS = [
  'CreateNamespace',
  'FailOnSharedResource',
  'PrunePropagationPolicy',
  'RespectIgnoreDifferences',
];

/** Every value that an option may have. */
const VALUES = ['true', 'false', 'confirm', ...Object.keys(PROPAGATION)];

function unknown(text: string, where: Where, misplaced: readonly string[]): Problem {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  const names = Object.keys(OPTIONS);
  const values = VALUES.filter((one) => readOne(`${name}=${one}`) !== undefined);
  if (misplaced.includes(name) && values.includes(value)) {
    const [of, place] = OF_RESOURCES.includes(name)
      ? ['a resource', `the annotation ${ANNOTATION.syncOptions} of each that it is about`]
      : ['an application', 'spec.syncPolicy.syncOptions of the Application'];
    return noEffect(text, `it is an option of ${of}`, where, `Say it in ${place}, or remove it.`);
  }
  if (Object.hasOwn(OPTIONS, name)) {
    const meant = nearest(value, values);
    const fix = meant === undefined ? 'Correct its value, or remove it.' : `Did you mean ${name}=${meant}?`;
    return noEffect(text, `${name} is ${values.join(', ')}`, where, fix);
  }
  const meant = nearest(name, names);
  const fix = meant === undefined ? 'Remove it, or correct its spelling.' : `Did you mean ${meant}=${value}?`;
  return noEffect(text, `trimtab knows ${names.join(', ')} (names and values are case-sensitive)`, where, fix);
}

function noEffect(text: string, because: string, where: Where, fix: string): Problem {
  return new Problem('unsupported', `the sync option "${text}" has no effect: ${because}`, { where, fix });
}

/**
 * The uid of the object that may be deleted for a new one, where the API server does not let a field of it change: Argo CD's
 * `Force=true` is `kubectl apply --force`, which does the same. Undefined for what would take others down with it.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/
 */
export function recreatable(manifest: Manifest, live: Manifest | undefined, options: SyncOptions): string | undefined {
  return options.force && !holdsOthers(manifest) ? live?.metadata.uid : undefined;
}

/** Deleting one of these, only to create it again, would delete all that is in it or of its kind. */
export function holdsOthers({ kind }: Manifest): boolean {
  return kind === 'Namespace' || kind === 'CustomResourceDefinition';
}

/** Whether a manifest is applied as `kubectl apply` does it without `--server-side`. */
export function isClientSide(manifest: Manifest, application: SyncOptions): boolean {
  const { serverSide, replace } = resourceOptions(manifest, application);
  return !serverSide && !replace;
}

/** How the API server is asked to take a manifest. */
export function applyOptions(options: SyncOptions): ApplyOptions {
  return {
    force: true,
    validate: options.validate ? 'Strict' : 'Ignore',
    replace: options.replace,
    clientSide: !options.serverSide,
    migrate: options.migration,
  };
}

function readOne(text: string): Partial<SyncOptions> | undefined {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name]?.(value) : undefined;
}
