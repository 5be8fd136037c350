import type { Checkout } from '../spec/ports.ts';

/** A repository at a commit, as far as one build of kustomize reads it. */
export interface Part {
  readonly checkout: Checkout;
  /** The name of its folder in a private copy. */
  readonly name: string;
  /** Files, and folders that end in `/` where what is read in them can't be told. Grows while the build is looked at. */
  readonly closure: Set<string>;
}
