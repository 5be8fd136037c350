import type { Manifest } from '../../src/spec/manifest.ts';

/** What is left of a story when everything is at rest: what must be the same whatever went wrong on the way. */
export interface End {
  /** Every object, without what differs from run to run. */
  readonly objects: Readonly<Record<string, Manifest>>;
  /** Objects that were there before the story and are still, as the same object (its uid). */
  readonly kept: readonly string[];
  /** Keys of the objects that were deleted by request, each as often as it was. */
  readonly removed: readonly string[];
  /** The finished operations of the story, oldest first, by application. */
  readonly histories: Readonly<Record<string, readonly string[]>>;
  /** How often each hook was created, by its name. */
  readonly hooks: Readonly<Record<string, number>>;
  /** `Synced Healthy`, by application. */
  readonly statuses: Readonly<Record<string, string>>;
  /** The states of the Deployments at GitHub, sorted. */
  readonly deployments: readonly string[];
  /** What the inventories hold of what is there and anybody's; what is gone may stand in them for ever, and harms nobody. */
  readonly inventories: Readonly<Record<string, readonly string[]>>;
  /** Our comments, checks, reactions and pull requests at GitHub. */
  readonly said: readonly string[];
}
