import type { Cluster, User } from '@kubernetes/client-node';

/** Turns `env:NAME`, `ssm:NAME`, `secretsmanager:NAME` into the secret that it names. */
export type ResolveSecret = (reference: string) => Promise<string>;

/** Who is to be reached, as whom. */
export interface Identity {
  readonly cluster: Cluster;
  readonly user: User;
  /** Gives what the user has at this moment, where that does not stay the same. */
  readonly source?: CredentialSource;
  /** Answers are not asked for in gzip: `disableCompression`. */
  readonly plain?: boolean;
}

/** A bearer token, or a client certificate with its key, both PEM. */
export interface Credential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where credentials come from that run out. */
export interface CredentialSource {
  /** Gets new ones if there are none that are still valid. */
  get(): Promise<Credential>;
  /** The server took these no more: the next `get` gets new ones, unless there are such already. */
  forget(refused: Credential): Promise<void>;
}
