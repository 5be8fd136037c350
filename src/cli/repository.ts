import { createAws } from '../aws/index.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import { gitGenerators } from '../catalog/set-policy.ts';
import { createEngines } from '../engines/index.ts';
import { type ControlPorts, readControlRepository, readWritten } from '../flows/read-control-repository.ts';
import { createRenderer, locateTools } from '../render/index.ts';
import { createDataKeys } from '../secrets/data-key.ts';
import { createSecrets } from '../secrets/resolve-secret.ts';
import { git } from '../source/git.ts';
import { type Application, type ApplicationSource, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { readEnvironment } from '../spec/environment.ts';
import type { Clock, Engines, OpenDataKey, Renderer, Source, Store } from '../spec/ports.ts';
import { parseRepoURL, sameRepository } from '../spec/repo-url.ts';
import type { Settings } from '../spec/settings.ts';
import { cacheDir } from './cache-dir.ts';
import { type Clone, fallbackUrl } from './clone.ts';
import { localSource } from './local-source.ts';
import type { Mapping } from './options.ts';
import { say } from './show-problem.ts';

/** A clone whose Applications can be rendered. */
export interface Repository extends Clone {
  /** The URL under which Applications know it. */
  readonly url: string;
  readonly source: Source;
  readonly renderer: Renderer;
}

/** What the CLI knows of clusters before it asked one: nothing. */
export const NO_FACTS: Store['facts'] = { load: async () => undefined, save: async () => undefined };

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

/**
 * What a clone defines at a commit or tree, with what its sets generate and its applications render. `map` says where
 * other repositories lie; `observe` may look at what is asked of the world; `registered` are the only settings by which
 * repositories elsewhere may be reached, where it is not the commit's own word that counts.
 */
export async function catalogueAt(
  control: Clone,
  revision: string,
  map: Mapping = {},
  observe: (world: World) => Pick<World, 'source' | 'engines'> = (world) => world,
  registered?: ControlPorts['registered'],
): Promise<Catalogue> {
  const url = fallbackUrl(control);
  const alone = localSource({ [url]: control.dir });
  const checkout = await alone.checkout(url, revision);
  const files = await alone.manifestFiles(checkout);
  const written = await readWritten({ repoURL: url, revision }, { ...alone, manifestFiles: async () => files });
  const { known, guess } = foldersOf(control, namedBy(written), { map, settings: written.settings });
  const source = localSource(known);
  const renderer = localRenderer(source);
  const world = observe({
    // The very same objects, so that nothing is read and parsed a second time.
    source: { ...source, manifestFiles: async (at) => (at.dir === checkout.dir ? files : source.manifestFiles(at)) },
    engines: engines(),
    known,
  });
  const at = { repoURL: guess ?? url, revision };
  return await readControlRepository(at, { ...world, renderer, store: { facts: NO_FACTS }, clock, registered });
}

/** What a catalogue is made with, beside the commit itself. */
export interface World {
  readonly source: Source;
  readonly engines: Engines;
  /** repoURL → folder of a clone. */
  readonly known: Readonly<Record<string, string>>;
}

/** What git generators read: the clone, if there is one, and what `map` says. */
export function sourceFor(clone: Clone | undefined, written: Catalogue, map: Mapping): Source {
  const known =
    clone === undefined ? map : foldersOf(clone, namedBy(written), { map, settings: written.settings }).known;
  return localSource(known);
}

function namedBy({ applications, sets }: Catalogue): readonly { readonly repoURL: string }[] {
  return [
    ...applications.flatMap((one) => sourcesOf(one.value)).filter(isGit),
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
export function openRepository(clone: Clone, applications: readonly Application[], options: FolderOptions): Repository {
  const named = applications.flatMap(sourcesOf).filter(isGit);
  const { known, guess } = foldersOf(clone, named, options);
  if (guess !== undefined) {
    say(`all Applications name ${guess}; taken to be ${clone.dir}. If it is not, say --map ${guess}=DIR.`);
  }
  const leadsHere = (url: string): boolean =>
    Object.entries(known).some(([one, dir]) => dir === clone.dir && sameRepository(one, url));
  const url = guess ?? distinct(named).find(leadsHere) ?? Object.keys(known).find(leadsHere);
  const source = localSource(known);
  return { ...clone, url: url ?? fallbackUrl(clone), source, renderer: localRenderer(source) };
}

interface FolderOptions {
  readonly map: Mapping;
  readonly control?: Clone;
  /** What the control repository registers. */
  readonly settings: Pick<Settings, 'repositories'>;
}

/** Where repositories lie, and the URL that was taken for that of the clone without being told so. */
function foldersOf(
  clone: Clone,
  named: readonly { readonly repoURL: string }[],
  options: FolderOptions,
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
  // What is registered, or on another host than the clone's origin, is elsewhere.
  const [host, own] = [only, clone.origin].map((url) => (url === undefined ? undefined : parseRepoURL(url)?.host));
  const isElsewhere = repositoryAccess(only, '', options.settings) !== undefined || (own !== undefined && own !== host);
  if (isElsewhere) return { known, guess: undefined };
  return { known: { ...known, [only]: clone.dir }, guess: only };
}

function isGit({ chart, repoURL }: ApplicationSource): boolean {
  return chart === undefined && !/^oci:/i.test(repoURL);
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
    sops: dataKeys(),
    cache: { dir: `${cacheDir()}/renders` },
  });
}

/** With a key in the environment files of SOPS are decrypted; without, their values are marks, as in a preview. */
function dataKeys(): OpenDataKey | 'marks' {
  const { TRIMTAB_SOPS_AGE_KEY_REF: ageKey, AWS_REGION: region } = readEnvironment(
    ['TRIMTAB_SOPS_AGE_KEY_REF', 'AWS_REGION'],
    process.env,
  );
  if (ageKey === '') return 'marks';
  const aws = createAws({ region });
  return createDataKeys({ ageKey, secret: createSecrets({ aws, values: process.env }), aws });
}
