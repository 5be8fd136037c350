import { matchesGlob } from '../spec/glob.ts';
import type { AppProject } from '../spec/project.ts';
import { parseRepoURL } from '../spec/repo-url.ts';
import { type Ruling, rulingOf } from './rule.ts';

/**
 * Whether a project lets its applications read this repository. An entry allows the URL as it is written, its scheme
 * included, as in Argo CD; an entry with `!` denies the repository however the URL is written, so that no other spelling
 * gets around it. Paths with `..` are nobody's repository.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#managing-projects
 */
export function sourceRuling(project: AppProject, repoURL: string): Ruling {
  const url = written(repoURL);
  if (/(^|\/)\.{1,2}(\/|$)/.test(url)) return { permitted: false, rule: "a path with .. is nobody's repository" };
  const hit = (pattern: string, text: string, unreadable: boolean): boolean =>
    matchesGlob(pattern, text, { separator: '/', unreadable });
  return rulingOf('spec.sourceRepos', project.spec.sourceRepos ?? [], {
    allows: (pattern) => !pattern.startsWith('!') && hit(plain(pattern), url, false),
    denies: (pattern) => {
      if (!pattern.startsWith('!')) return false;
      const denial = plain(pattern.slice(1));
      return hit(denial, url, true) || hit(place(denial), address(repoURL), true);
    },
  });
}

/** Whether a project lets its applications read this repository. */
export function isSourcePermitted(project: AppProject, repoURL: string): boolean {
  return sourceRuling(project, repoURL).permitted;
}

/** A URL as the reader of sources understands it: dots resolved, `%2F` decoded, no user, query or fragment. */
function written(repoURL: string): string {
  if (!/^https?:\/\//i.test(repoURL.trim()) || !URL.canParse(repoURL)) return plain(repoURL);
  const { protocol, host, pathname } = new URL(repoURL);
  return plain(`${protocol}//${host}${decoded(pathname)}`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not an encoding; it is read as it stands.
    return path;
  }
}

/** Case, `.git`, a closing slash and the two ways to write ssh do not tell repositories apart, as in Argo CD. */
function plain(text: string): string {
  const lower = text.trim().toLowerCase();
  const scp = /^(?:[\w.-]+@)?([\w.*-]+):(?!\/)(.+)$/.exec(lower);
  const url = scp === null ? lower.replace(/^ssh:\/\/[^@/]+@/, 'ssh://') : `ssh://${scp[1]}/${scp[2]}`;
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}

/** `host/owner/name` of a repository, by whatever road. */
function address(repoURL: string): string {
  const found = parseRepoURL(repoURL);
  return found === undefined ? place(written(repoURL)) : `${found.host}/${found.path}`.toLowerCase();
}

/** A plain URL or pattern without its scheme. */
function place(text: string): string {
  return text.replace(/^[a-z+]+:\/\//, '');
}
