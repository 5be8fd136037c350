import type { Problem } from './problem.ts';
import type { ResourcePattern } from './resource-pattern.ts';

/** What `/rollback APP` goes back to: an entry of the history by its number, or a commit. */
export type RollbackTarget =
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'revision'; readonly revision: string };

/** A comment command, with arguments that are known to be well-formed: nothing of the comment's text goes further. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'preview' }
  /** Without an application: those that the pull request touches; so for the others. */
  | { readonly name: 'diff'; readonly application?: string }
  | {
      readonly name: 'sync';
      readonly applications: readonly string[];
      readonly prune: boolean;
      readonly dryRun: boolean;
      /** Selective sync: only these, and no hooks. */
      readonly resources?: readonly ResourcePattern[];
    }
  /** Without an application: the merged pull request is reverted. */
  | {
      readonly name: 'rollback';
      readonly application?: string;
      readonly to?: RollbackTarget;
      readonly now: boolean;
    }
  | { readonly name: 'history'; readonly application?: string }
  | { readonly name: 'terminate'; readonly application: string };

export type CommandName = Command['name'];

/** What a comment asks for: a command, an answer at once (it looks like a command and is none), or nothing. */
export type ParsedComment =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'answer'; readonly problem: Problem }
  | { readonly kind: 'none' };
