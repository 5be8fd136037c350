import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { gitGenerators } from '../catalog/set-policy.ts';
import { createEngines } from '../engines/index.ts';
import { readControlRepository, readWritten } from '../flows/read-control-repository.ts';
import { cacheFolder } from '../local/cache-folder.ts';
import { createRenderer, locateTools } from '../render/index.ts';
import { git } from '../source/git.ts';
import { createLocalGitSource } from '../source/index.ts';
import { type Application, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Clock, Engines, Renderer, Source, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import type { Mapping } from './options.ts';
import { say } from './show-problem.ts';

/** A clone on this machine. */
export interface Clone {
  /** Absolute path of its top folder. */
  readonly dir: string;
  /** The URL of its origin, without credentials; undefined where it has none. */
  readonly origin: string | undefined;
}

/** A clone whose Applications can be rendered. */
export interface Repository extends Clone {
  /** The URL under which Applications know it. */
  readonly url: string;
  readonly source: Source;
  readonly renderer: Renderer;
}

/** What the CLI knows of clusters before it asked one: nothing. */
export const NO_FACTS: Store['facts'] = { load: async () => undefined, save: async () => undefined };

/** Opens a clone. Throws Problem `misconfigured` when the folder is none. */
export async function openClone(folder: string): Promise<Clone> {
  const dir = resolve(folder);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new Problem('misconfigured', `There is no folder ${dir}.`, { fix: 'Name a clone with --repo DIR.' });
  }
  const top = await git(dir, ['rev-parse', '--show-toplevel']);
  if (top.code !== 0) throw notAClone(dir, top.stderr);
  const remote = await git(dir, ['remote', 'get-url', 'origin']);
  return {
    dir: top.stdout.toString().trimEnd(),
    origin: remote.code === 0 ? withoutCredentials(remote.stdout.toString().trim()) : undefined,
  };
}

/** CI systems write tokens into the URL of the origin, and ours is printed. */
function withoutCredentials(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return url;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

function notAClone(dir: string, stderr: string): Problem {
  const foreign = /dubious ownership/.exec(stderr) !== null;
  return foreign
    ? new Problem('misconfigured', `${dir} belongs to somebody else, so git refuses to read it.`, {
        fix: `Run git config --global --add safe.directory ${dir}, if you trust it.`,
      })
    : new Problem('misconfigured', `${dir} is not a git repository with files.`, {
        fix: 'Name a clone with --repo DIR.',
      });
}

/** A name for a clone that no Application names by URL. */
export function fallbackUrl({ dir, origin }: Clone): string {
  return origin ?? `file://${dir}`;
}

/** The default branch, as the clone knows it from its origin. */
export async function originDefault(dir: string): Promise<string | undefined> {
  const { stdout, code } = await git(dir, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  return code === 0
    ? stdout
        .toString()
        .trim()
        .replace(/^origin\//, '')
    : undefined;
}

/** Whether the clone, or its origin, has a branch of that name. */
export async function isBranch(dir: string, name: string): Promise<boolean> {
  const refs = [`refs/heads/${name}`, `refs/remotes/origin/${name}`];
  const { stdout } = await git(dir, ['for-each-ref', '--format=%(refname)', ...refs]);
  return stdout
    .toString()
    .split('\n')
    .some((ref) => refs.includes(ref));
}

/** The branch that is checked out; undefined on a detached HEAD. */
export async function currentBranch(dir: string): Promise<string | undefined> {
  const { stdout, code } = await git(dir, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  return code === 0 ? stdout.toString().trim() : undefined;
}

/** Whether files differ from HEAD, or are not tracked. */
export async function hasUncommitted(dir: string): Promise<boolean> {
  const { stdout } = await git(dir, ['status', '--porcelain', '--untracked-files=normal']);
  return stdout.length > 0;
}

/** Branch (of the clone or its origin), tag or SHA → commit. Throws Problem `not-found`. */
export async function commitOf(clone: Clone, revision: string): Promise<string> {
  const url = fallbackUrl(clone);
  try {
    return await createLocalGitSource({ map: { [url]: clone.dir }, cacheDir: cacheDir() }).resolve(url, revision);
  } catch (thrown) {
    const { code, message } = asProblem(thrown);
    if (code !== 'not-found') throw thrown;
    throw new Problem('not-found', message, {
      fix: 'Fetch it with git, or name a branch, tag or SHA that the clone has: git branch --all.',
    });
  }
}

/**
 * What a clone defines at a commit or tree, with what its sets generate and its applications render. `map` says where
 * other repositories lie.
 */
export async function catalogueAt(control: Clone, revision: string, map: Mapping = {}): Promise<Catalogue> {
  const url = fallbackUrl(control);
  const alone = createLocalGitSource({ map: { [url]: control.dir }, cacheDir: cacheDir() });
  const written = await readWritten({ repoURL: url, revision }, alone);
  const { known, guess } = foldersOf(control, namedBy(written), { map });
  const source = createLocalGitSource({ map: known, cacheDir: cacheDir() });
  const at = { repoURL: guess ?? url, revision };
  const ports = { source, renderer: localRenderer(source), store: { facts: NO_FACTS }, engines: engines(), clock };
  return await readControlRepository(at, ports);
}

/** What git generators read: the clone, if there is one, and what `map` says. */
export function sourceFor(clone: Clone | undefined, written: Catalogue, map: Mapping): Source {
  const known = clone === undefined ? map : foldersOf(clone, namedBy(written), { map }).known;
  return createLocalGitSource({ map: known, cacheDir: cacheDir() });
}

function namedBy({ applications, sets }: Catalogue): readonly { readonly repoURL: string }[] {
  return [
    ...applications.flatMap((one) => sourcesOf(one.value)).filter((source) => source.chart === undefined),
    ...sets.flatMap(({ value }) => gitGenerators(value.spec.generators)),
  ];
}

let started: Engines | undefined;

/** The engines of this process; their thread ends with it. */
export function engines(): Engines {
  started ??= createEngines();
  return started;
}

/** This machine's time. */
export const clock: Clock = () => new Date().toISOString();

/**
 * Makes the repoURLs of Applications lead to folders: what `--map` says, the origin of each clone, and, where neither
 * leads to this clone and all Applications name one single repoURL, that one. The guess is said on stderr.
 */
export function openRepository(
  clone: Clone,
  applications: readonly Application[],
  options: { readonly map: Mapping; readonly control?: Clone },
): Repository {
  const named = applications.flatMap(sourcesOf).filter((source) => source.chart === undefined);
  const { known, guess } = foldersOf(clone, named, options);
  if (guess !== undefined) {
    say(`all Applications name ${guess}; taken to be ${clone.dir}. If it is not, say --map ${guess}=DIR.`);
  }
  const leadsHere = (url: string): boolean =>
    Object.entries(known).some(([one, dir]) => dir === clone.dir && sameRepository(one, url));
  const url = guess ?? distinct(named).find(leadsHere) ?? Object.keys(known).find(leadsHere);
  const source = createLocalGitSource({ map: known, cacheDir: cacheDir() });
  return { ...clone, url: url ?? fallbackUrl(clone), source, renderer: localRenderer(source) };
}

/** Where repositories lie, and the URL that was taken for that of the clone without being told so. */
function foldersOf(
  clone: Clone,
  named: readonly { readonly repoURL: string }[],
  options: { readonly map: Mapping; readonly control?: Clone },
): { readonly known: Readonly<Record<string, string>>; readonly guess: string | undefined } {
  const control = options.control ?? clone;
  const known: Record<string, string> = { [fallbackUrl(control)]: control.dir, [fallbackUrl(clone)]: clone.dir };
  for (const [url, dir] of Object.entries(options.map)) {
    // What --map says wins over the same repository in another spelling.
    for (const same of Object.keys(known).filter((one) => sameRepository(one, url))) delete known[same];
    known[url] = dir;
  }
  const [only, ...others] = distinct(named);
  const isMapped = only !== undefined && Object.keys(known).some((one) => sameRepository(one, only));
  if (only === undefined || others.length > 0 || isMapped) return { known, guess: undefined };
  return { known: { ...known, [only]: clone.dir }, guess: only };
}

function distinct(sources: readonly { readonly repoURL: string }[]): readonly string[] {
  const urls: string[] = [];
  for (const { repoURL } of sources) if (!urls.some((one) => sameRepository(one, repoURL))) urls.push(repoURL);
  return urls;
}

function localRenderer(source: Source): Renderer {
  const { TRIMTAB_HELM: helm = '', TRIMTAB_KUBECTL: kubectl = '' } = process.env;
  return createRenderer({
    tools: () => locateTools({ helm, kubectl, cacheDir: cacheDir() }),
    tree: source.tree,
    jsonnet: (items) => engines().jsonnet(items),
    cache: { dir: `${cacheDir()}/renders` },
  });
}

function cacheDir(): string {
  const chosen = process.env['TRIMTAB_CACHE'] ?? '';
  return chosen === '' ? cacheFolder() : resolve(chosen);
}
