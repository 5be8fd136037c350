import { ANNOTATION } from '../spec/annotations.ts';
import type { Manifest } from '../spec/manifest.ts';
import { resourceOptions, type SyncOptions } from './options.ts';

/** What a resource that is to go says of that itself. */
export type Fate = { readonly fate: 'goes' | 'asks' } | { readonly fate: 'stays'; readonly because: string };

/**
 * Whether a resource that its application has no more goes, stays, or asks for a confirmation; `deletes` where the application
 * itself goes. A definition outlives it: with it would go all resources of its kind, whoever has them.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-resource-deletion
 */
export function fateOf(manifest: Manifest, application: SyncOptions, deletes: boolean): Fate {
  const options = resourceOptions(manifest, application);
  const says = deletes ? options.delete : options.prune;
  if (says === 'no') return { fate: 'stays', because: deletes ? 'Delete=false' : 'Prune=false' };
  // https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource
  if (manifest.metadata.annotations?.[ANNOTATION.helmResourcePolicy] === 'keep') {
    return { fate: 'stays', because: `${ANNOTATION.helmResourcePolicy}: keep` };
  }
  if (deletes && manifest.kind === 'CustomResourceDefinition') {
    return { fate: 'stays', because: 'every resource of its kind would go with it' };
  }
  return { fate: says === 'confirm' ? 'asks' : 'goes' };
}
