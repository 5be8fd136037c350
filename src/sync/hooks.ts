import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ANNOTATION, FINALIZER } from '../spec/annotations.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { HookDeletePolicy, Operation, SyncPhase } from '../spec/operation.ts';

const POLICIES: Readonly<Record<string, HookDeletePolicy>> = {
  HookSucceeded: 'HookSucceeded',
  HookFailed: 'HookFailed',
  BeforeHookCreation: 'BeforeHookCreation',
  'hook-succeeded': 'HookSucceeded',
  'hook-failed': 'HookFailed',
  'before-hook-creation': 'BeforeHookCreation',
};

/** A generated name is cut where the API server would cut it, so that a Job's pods still get names of 63 characters. */
const LONGEST_PREFIX = 54;

/**
 * When the object of a hook is deleted: Argo CD's and Helm's policies on it add up; without any it is deleted before
 * the next one is created. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#hook-lifecycle-and-cleanup
 */
export function hookDeletePolicies(manifest: Manifest): readonly HookDeletePolicy[] {
  const annotations = manifest.metadata.annotations ?? {};
  const texts = [annotations[ANNOTATION.hookDeletePolicy], annotations[ANNOTATION.helmHookDeletePolicy]];
  const words = texts.flatMap((text) => (text ?? '').split(',')).map((word) => word.trim());
  const policies = new Set(words.flatMap((word) => POLICIES[word] ?? []));
  return policies.size === 0 ? ['BeforeHookCreation'] : [...policies];
}

/**
 * Hooks that leave their name to the server (`generateName`) get one here, made of the operation and the attempt: a step
 * that is run again meets the hook that it created. Other manifests stay as they are.
 */
export function withHookNames(
  manifests: readonly Manifest[],
  operation: Pick<Operation, 'id' | 'attempt'>,
): readonly Manifest[] {
  const counts = new Map<string, number>();
  return manifests.map((manifest) => {
    const { name, generateName, ...metadata } = manifest.metadata;
    if ((name !== undefined && name !== '') || generateName === undefined || !isHook(manifest)) return manifest;
    const base = `${keyText(keyOf(manifest))}${generateName}`;
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const digest = bytesToHex(
      sha256(new TextEncoder().encode(`${operation.id}\n${operation.attempt}\n${base}\n${count}`)),
    );
    return {
      ...manifest,
      metadata: { name: `${generateName.slice(0, LONGEST_PREFIX)}${digest.slice(0, 8)}`, ...metadata },
    };
  });
}

/** What trimtab writes on a hook that it creates: one run of one hook. A hook of two phases runs in each. */
export function hookMark(operation: Pick<Operation, 'id' | 'attempt'>, phase: SyncPhase): string {
  return `${operation.id}-${operation.attempt}-${phase}`;
}

/**
 * The manifest of a hook with its mark, and with the finalizer by which Argo CD, too, holds a hook until its result is
 * seen: else a Job that its `ttlSecondsAfterFinished` takes away at once has failed unseen.
 */
export function withHookMark(manifest: Manifest, mark: string): Manifest {
  const annotations = { ...manifest.metadata.annotations, [ANNOTATION.operation]: mark };
  const finalizers = [...new Set([...(manifest.metadata.finalizers ?? []), FINALIZER.hook])];
  return { ...manifest, metadata: { ...manifest.metadata, annotations, finalizers } };
}

/** Whether a live hook is held until its result is seen, by trimtab or by Argo CD. */
export function isHeld(live: Manifest): boolean {
  return live.metadata.finalizers?.includes(FINALIZER.hook) === true;
}

/** True when a live object is the one that this run of the hook created. */
export function carriesMark(live: Manifest | undefined, mark: string): live is Manifest {
  return live?.metadata.annotations?.[ANNOTATION.operation] === mark;
}
