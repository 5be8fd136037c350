/** A folder or a file of another Git repository, as a kustomization names it. */
export interface RemoteBase {
  /** As an Application would write it. */
  readonly repoURL: string;
  /** Path from the root of that repository; '' for the root. */
  readonly path: string;
  /** Branch, tag or SHA; absent where none is written. */
  readonly ref?: string;
  /** A single file, by the address at which GitHub serves it raw. */
  readonly isFile: boolean;
}

/** What a text of `resources` or `components` stands for beside a path of the repository. */
export type Remote =
  | { readonly kind: 'git'; readonly base: RemoteBase }
  | { readonly kind: 'file'; readonly url: string }
  | { readonly kind: 'other' };

/**
 * Reads a URL of a kustomization as kustomize does: `https://host/o/r//dir?ref=v1`, `git@host:o/r`, `github.com/o/r/dir`,
 * `ssh://git@host/o/r.git/dir`; also files of GitHub repositories at the addresses at which it serves them raw. `file` is
 * any other file of the web, `other` what leads nowhere that could be fetched. Undefined for what can only be a path.
 * https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md
 */
export function readRemote(text: string): Remote | undefined {
  const written = text.trim().replace(/^git::/i, '');
  if (!LOOKS_REMOTE.test(written)) return undefined;
  const file = rawFile(written);
  if (file !== undefined) return { kind: 'git', base: file };
  const [place = '', query = ''] = written.split('?', 2);
  const found = hostOf(place);
  if (found === undefined) return { kind: 'other' };
  if (isPlainFile(place, query)) return { kind: 'file', url: written };
  const [repo, path] = split(found.rest);
  if (repo === '' || /(^|\/)\.\.(\/|$)/.test(path)) return { kind: 'other' };
  const parameters = new URLSearchParams(query);
  const ref = parameters.get('ref') || parameters.get('version');
  const base = { repoURL: found.host + repo, path: path.replace(/^\/+|\/+$/g, ''), isFile: false };
  return { kind: 'git', base: { ...base, ...(ref === null || ref === '' ? {} : { ref }) } };
}

/** A scheme, a user before a host, GitHub without a scheme; and what others than kustomize take for a repository. */
const LOOKS_REMOTE =
  /^([a-z][a-z0-9+.-]*:\/\/|gh:|[\w.+-]+@[\w.-]+[:/]|github\.com[/:]|[\w-]+(\.[\w-]+)+\/.*(\/\/|\?ref=|\.git\b))/i;

/** The part that names the host, as it stands before the path, and the rest. */
function hostOf(place: string): { readonly host: string; readonly rest: string } | undefined {
  const [, scheme = '', user = '', rest = ''] = /^(ssh:\/\/|https?:\/\/)?([a-z][a-z0-9-]*@)?(.*)$/i.exec(place) ?? [];
  const github = /^github\.com[/:]/i.test(rest);
  const isShort = scheme === '' && (user !== '' || github);
  if (scheme === '' && !isShort) return undefined;
  const [, name = '', separator = '', path = ''] =
    (isShort ? /^([^/:]+)([/:])(.*)$/ : /^([^/]+)(\/)(.*)$/).exec(rest) ?? [];
  if (name === '' || name.includes('@')) return undefined;
  if (!github) return { host: `${scheme}${user}${name}${separator}`, rest: path };
  const isSsh = scheme.toLowerCase() === 'ssh://' || user !== '';
  return { host: isSsh ? `${user === '' ? 'git@' : user}github.com:` : 'https://github.com/', rest: path };
}

/** The repository and the path in it, at the first mark that kustomize knows; without one, the first two names. */
function split(rest: string): readonly [string, string] {
  const azure = /^(.*?_git\/[^/]*)\/?(.*)$/.exec(rest);
  if (azure !== null) return [azure[1] ?? '', azure[2] ?? ''];
  const slashes = rest.indexOf('//');
  if (slashes >= 0) return [rest.slice(0, slashes), rest.slice(slashes + 2)];
  const git = rest.indexOf('.git');
  if (git >= 0) return [rest.slice(0, git + 4), rest.slice(git + 4)];
  const names = rest.split('/');
  return names.length < 2 ? ['', ''] : [names.slice(0, 2).join('/'), names.slice(2).join('/')];
}

/** kustomize asks for such an address as a file first, and gets it. */
function isPlainFile(place: string, query: string): boolean {
  if (!/^https:\/\//i.test(place) || /(^|&)(ref|version)=/.test(query)) return false;
  const path = place.replace(/^https:\/\//i, '');
  return /\.(ya?ml|json)$/i.test(path) && !/\/\/|\.git(\/|$)|_git\//.test(path);
}

/**
 * https://raw.githubusercontent.com/OWNER/NAME/REF/PATH and https://github.com/OWNER/NAME/raw/REF/PATH
 * https://docs.github.com/repositories/working-with-files/using-files/viewing-and-understanding-files
 */
function rawFile(written: string): RemoteBase | undefined {
  const [, repo, reference, path] =
    /^https:\/\/raw\.githubusercontent\.com\/([^/?#]+\/[^/?#]+)\/(refs\/(?:heads|tags)\/[^/?#]+|[^/?#]+)\/([^?#]+)$/i.exec(
      written,
    ) ??
    /^https:\/\/github\.com\/([^/?#]+\/[^/?#]+)\/raw\/(refs\/(?:heads|tags)\/[^/?#]+|[^/?#]+)\/([^?#]+)$/i.exec(
      written,
    ) ??
    [];
  if (repo === undefined || reference === undefined || path === undefined) return undefined;
  const ref = reference.replace(/^refs\/(heads|tags)\//, '');
  return { repoURL: `https://github.com/${repo}`, path: decoded(path), ref, isFile: true };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
