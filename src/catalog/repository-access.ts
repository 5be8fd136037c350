import type { RepositoryAccess, RepositoryRegistration, Settings } from '../spec/settings.ts';

/**
 * How a repository is reached for the applications of a project, by what is registered: the Secret for that very URL (the
 * project's own before one for all), and credentials, where it has none, from the longest `repo-creds` that the URL begins
 * with. Undefined where neither names it. Credentials never leave the scheme, the host and the path that they were
 * registered for: a prefix ends within a path, so `https://charts.acme` is not `https://charts.acme.example`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repository-credentials
 */
export function repositoryAccess(
  repoURL: string,
  project: string,
  settings: Pick<Settings, 'repositories' | 'certificates'>,
): RepositoryAccess | undefined {
  const mine = settings.repositories.filter((one) => one.project === undefined || one.project === project);
  const exact = mine.filter((one) => one.covers === 'one' && written(one.url) === written(repoURL));
  const repository = exact.find((one) => one.project === project) ?? exact[0];
  const prefixes = mine.filter((one) => one.covers === 'prefix' && beginsWith(repoURL, one.url));
  const [prefix] = prefixes.sort((a, b) => written(b.url).length - written(a.url).length);
  if (repository === undefined && prefix === undefined) return undefined;
  const credentials = repository !== undefined && hasCredentials(repository) ? repository : (prefix ?? repository);
  const ca = settings.certificates?.[hostOf(repoURL)];
  return {
    ...credentialsOf(credentials),
    ...(repository?.insecure === true ? { insecure: true } : {}),
    ...(repository?.oci === true || prefix?.oci === true ? { oci: true } : {}),
    ...(repository?.http === true ? { http: true } : {}),
    ...(ca === undefined ? {} : { ca }),
  };
}

const CREDENTIALS = ['username', 'password', 'bearerToken', 'tlsClientCertData', 'tlsClientCertKey'] as const;

function hasCredentials(registration: RepositoryRegistration): boolean {
  return CREDENTIALS.some((key) => registration[key] !== undefined);
}

function credentialsOf(registration: RepositoryRegistration | undefined): Partial<RepositoryAccess> {
  const known = CREDENTIALS.map((key) => [key, registration?.[key]] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

function beginsWith(repoURL: string, prefix: string): boolean {
  const [url, start] = [written(repoURL), written(prefix)];
  if (/(^|\/)\.{1,2}(\/|$)|%/.test(url) || !url.startsWith(start)) return false;
  const isWholeHost = !start.replace(/^[a-z]+:\/\//, '').includes('/');
  return !isWholeHost || url.length === start.length || url[start.length] === '/';
}

/** Case, closing slashes and `.git` do not tell repositories apart; a registry is one with `oci://` and without. */
function written(url: string): string {
  const lower = url
    .trim()
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  return schemeOf(lower) === 'oci' ? lower.replace(/^oci:\/\//, '') : lower;
}

/** `https` is `https` only: what is registered for it is never sent over plain http. */
function schemeOf(url: string): string {
  return /^([a-z][a-z+]*):\/\//i.exec(url.trim())?.[1]?.toLowerCase() ?? (/^[\w.-]+@/.test(url) ? 'ssh' : 'oci');
}

function hostOf(url: string): string {
  return /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url.trim())?.[1]?.toLowerCase() ?? '';
}
