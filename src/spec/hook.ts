import { ANNOTATION } from './annotations.ts';
import type { Manifest } from './manifest.ts';
import type { SyncPhase } from './operation.ts';

/** When a hook runs. `Skip` and the two of deletion never run in a sync. */
export type HookType = SyncPhase | 'Skip';

const HOOK_TYPES: ReadonlySet<string> = new Set([
  'PreSync',
  'Sync',
  'PostSync',
  'SyncFail',
  'PreDelete',
  'PostDelete',
  'Skip',
] satisfies HookType[]);

/** Helm's hooks that have a place in a sync; its others (test, rollback) are hooks without a phase. */
const HELM_HOOK_TYPES: Readonly<Record<string, HookType>> = {
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
  'post-upgrade': 'PostSync',
  'pre-delete': 'PreDelete',
  'post-delete': 'PostDelete',
};

/**
 * The hook types of a manifest, each once; undefined for what is no hook. An empty list is a hook that no phase runs
 * (Helm's `test`): it is never applied and never compared. `Skip` counts only alone. A hook of Argo CD switches Helm's
 * off, one of a name that it does not know leaves Helm's on; Helm's old `crd-install` is no hook.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks
 */
export function hookTypes(manifest: Manifest): readonly HookType[] | undefined {
  const annotations = manifest.metadata.annotations ?? {};
  const own = annotations[ANNOTATION.hook];
  const types = unique(words(own ?? '').filter((word): word is HookType => HOOK_TYPES.has(word)));
  const running = types.filter((type) => type !== 'Skip');
  if (types.length > 0) return running.length === 0 ? types : running;
  const helm = annotations[ANNOTATION.helmHook];
  if (own === undefined && (helm === undefined || words(helm).includes('crd-install'))) return undefined;
  return unique(words(helm ?? '').flatMap((word) => HELM_HOOK_TYPES[word] ?? []));
}

/** True for whatever carries a hook annotation, also for `Skip`: none of them counts for the sync status. */
export function isHook(manifest: Manifest): boolean {
  return hookTypes(manifest) !== undefined;
}

/**
 * The sync wave: the annotation if it is an integer, else Helm's hook weight, else 0.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
export function waveOf(manifest: Manifest): number {
  const annotations = manifest.metadata.annotations ?? {};
  return integer(annotations[ANNOTATION.syncWave]) ?? integer(annotations[ANNOTATION.helmHookWeight]) ?? 0;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function words(list: string): readonly string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
