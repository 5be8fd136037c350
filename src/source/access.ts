import type { SourceScope } from '../spec/ports.ts';
import type { DownloadOptions } from './download.ts';
import type { OciAccess } from './oci-registry.ts';

/** How a repository or registry is reached. */
export interface SourceAccess extends Omit<OciAccess, 'maxBytes'> {
  /** A registry although its URL says no `oci://`: `enableOCI` of the registered repository. */
  readonly oci?: boolean;
  /** Sent in place of a user and a password. */
  readonly bearerToken?: string;
}

/** Throws Problem `forbidden` for what may not be asked, `misconfigured` for a credential that can't be had. */
export type AccessTo = (repoURL: string, scope: SourceScope | undefined) => Promise<SourceAccess>;

/** A request that is made with everything that is registered; `user` stands for a user who is not named. */
export function withAccess(
  { username, password, bearerToken, ...rest }: SourceAccess,
  user = '',
): Omit<DownloadOptions, 'maxBytes'> {
  const basic = Buffer.from(`${username ?? user}:${password ?? ''}`).toString('base64');
  const isKnown = username !== undefined || password !== undefined;
  const authorization = bearerToken !== undefined ? `Bearer ${bearerToken}` : isKnown ? `Basic ${basic}` : undefined;
  return {
    ...withoutAccess(rest),
    ...(rest.tls === undefined ? {} : { tls: rest.tls }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  };
}

/** The same request by anybody. */
export function withoutAccess({ privateHosts }: SourceAccess): Omit<DownloadOptions, 'maxBytes'> {
  return privateHosts === undefined ? {} : { privateHosts };
}

/**
 * A name for as whom a repository is read: what somebody's credentials brought is kept for those alone who have the same.
 * It is made of references, not of secrets.
 */
export function readerOf(repoURL: string, scope: SourceScope | undefined): string {
  const access = scope?.accessTo(repoURL);
  return access === undefined ? '' : JSON.stringify(access);
}
