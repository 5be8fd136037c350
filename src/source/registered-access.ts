import type { SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { AccessTo, SourceAccess } from './access.ts';

/** Turns references of repository Secrets (`ssm:charts`) into what they name. */
export type RepositorySecrets = (reference: string) => Promise<string>;

/**
 * How a repository is reached on somebody's behalf: as it is registered, with credentials that are resolved now, by the one
 * that downloads. What nobody registered is asked anonymously, on public hosts. Throws Problem `forbidden` for what the
 * project does not permit, before anything is asked.
 */
export function createRegisteredAccess(secrets: RepositorySecrets): AccessTo {
  const registeredAt = async (repoURL: string, scope: SourceScope | undefined): Promise<SourceAccess | undefined> => {
    const registered = scope?.accessTo(repoURL);
    if (registered === undefined) return undefined;
    const { password, bearerToken, tlsClientCertKey } = registered;
    const resolved = async (reference: string | undefined): Promise<string | undefined> =>
      reference === undefined ? undefined : await secrets(reference);
    const tls = {
      ca: registered.ca,
      cert: registered.tlsClientCertData,
      key: await resolved(tlsClientCertKey),
      insecure: registered.insecure,
    };
    return defined<SourceAccess>({
      privateHosts: true,
      username: registered.username,
      password: await resolved(password),
      bearerToken: await resolved(bearerToken),
      oci: registered.oci,
      http: registered.http,
      tls: defined(tls),
      registeredAt: (address: string) => registeredAt(address, scope),
    });
  };
  return async (repoURL, scope) => {
    if (scope !== undefined && !scope.permits(repoURL)) throw notPermitted(repoURL);
    return (await registeredAt(repoURL, scope)) ?? {};
  };
}

/** Without the fields that are not there. */
function defined<T extends object>(fields: { readonly [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function notPermitted(repoURL: string): Problem {
  const shown = repoURL.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
  return new Problem('forbidden', `The project does not permit the repository ${shown}.`, {
    where: { field: 'spec.source.repoURL' },
    fix: 'Add it to sourceRepos of the AppProject.',
  });
}
