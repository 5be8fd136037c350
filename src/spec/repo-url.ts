import type { RepoName } from './event.ts';

/** Where a Git repository lives, in one form for all the ways to write its URL. */
export interface RepoAddress {
  /** Lower case; with its port where an http(s) URL names one that is not the usual one. */
  readonly host: string;
  /** `owner/name`, as written, without slashes at the ends and without `.git`. */
  readonly path: string;
}

/** `ssh.github.com` is GitHub behind port 443: https://docs.github.com/authentication/troubleshooting-ssh/using-ssh-over-the-https-port */
const SAME_HOST: Readonly<Record<string, string>> = { 'ssh.github.com': 'github.com', 'www.github.com': 'github.com' };

/**
 * Reads `https://host/o/r(.git)`, `ssh://git@host/o/r`, `git@host:o/r` and `git://host/o/r`. Undefined for anything
 * else: local paths, charts' registries, text. Argo CD compares URLs in much the same way (`NormalizeGitURL`).
 */
export function parseRepoURL(repoURL: string): RepoAddress | undefined {
  const text = repoURL.trim();
  const short = /^(?:[\w.-]+@)([\w.-]+):(?!\/\/)(.+)$/.exec(text);
  if (short !== null) return address(short[1] ?? '', short[2] ?? '');
  if (!/^(https?|ssh|git|git\+ssh):\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return address(isHttp ? url.host : url.hostname, decodedPath(url.pathname));
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function address(host: string, path: string): RepoAddress | undefined {
  const trimmed = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
  const lower = host.toLowerCase();
  if (lower === '' || trimmed === '') return undefined;
  return { host: SAME_HOST[lower] ?? lower, path: trimmed };
}

/**
 * `owner/name` of a repository on the given GitHub host (`github.com`, or that of a GitHub Enterprise Server); undefined
 * when the URL leads elsewhere or names no repository.
 */
export function repositoryOf(repoURL: string, host: string): RepoName | undefined {
  const found = parseRepoURL(repoURL);
  if (found === undefined || !sameHost(found.host, host.toLowerCase())) return undefined;
  return /^[\w.-]+\/[\w.-]+$/.test(found.path) && !/(^|\/)\.{1,2}(\/|$)/.test(found.path) ? found.path : undefined;
}

/** SSH URLs name no web port, so a host without a port is the host with any. */
function sameHost(found: string, host: string): boolean {
  return found === host || (!found.includes(':') && found === host.replace(/:\d+$/, ''));
}

/** True when two URLs lead to one repository, however they are written. GitHub ignores case in names. */
export function sameRepository(a: string, b: string): boolean {
  const [left, right] = [parseRepoURL(a), parseRepoURL(b)];
  if (left === undefined || right === undefined) return plain(a) === plain(b);
  return left.path.toLowerCase() === right.path.toLowerCase() && sameHosts(left.host, right.host);
}

function sameHosts(a: string, b: string): boolean {
  return sameHost(a, b) || sameHost(b, a);
}

function plain(url: string): string {
  return url
    .trim()
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '');
}

/** The repository that a file of the web belongs to, where its URL says so (GitHub); else the URL itself. */
export function repositoryOfFile(url: string): string {
  return /^https:\/\/github\.com\/[^/?#]+\/[^/?#]+(?=\/)/i.exec(url)?.[0] ?? url;
}
