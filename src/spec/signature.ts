/** What is known of the GnuPG signature of a commit or of an annotated tag. */
export interface Signature {
  /** SHA of the commit, or name of the tag. */
  readonly revision: string;
  /** `Name <email>`: the author of the commit, or who made the tag. */
  readonly by: string;
  /** In Argo CD's words: `signed`, `unsigned`, `bad signature`, `signed with expired key`, … Only `signed` is good. */
  readonly result: string;
  /** 16 hexadecimal digits in upper case, where exactly one GnuPG key made the signature. */
  readonly keyId?: string;
}

/** A commit as the history of a repository shows it. */
export interface SignedCommit extends Signature {
  /** First parent first. */
  readonly parents: readonly string[];
  readonly message: string;
}

export interface SignedTag extends Signature {
  /** The commit that the tag stands for in the end. */
  readonly commit: string;
}

/** The id of a GnuPG key as projects name it: 16 digits, or a fingerprint of 40, whose end is the id. */
export function keyIdOf(key: string): string | undefined {
  return /^(?:[0-9A-Fa-f]{24})?([0-9A-Fa-f]{16})$/.exec(key)?.[1]?.toUpperCase();
}
