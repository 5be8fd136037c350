import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { KUSTOMIZATION_FILES } from './detect.ts';
import { insideCheckout } from './paths.ts';
import { readYaml } from './yaml.ts';

/** Something that a kustomization names: a file or a folder of the repository. */
interface Reference {
  /** The kustomization that names it, from the root of the repository. */
  readonly from: string;
  readonly line: number;
  readonly field: string;
  readonly written: string;
  /** Path from the root of the repository; absent when it leads out of it, or is no path. */
  readonly path?: string;
  readonly exists: boolean;
}

/** All that one `kustomize build` reads, found without running it. */
export interface Walked {
  /** Files, and folders that end in `/` where what is read in them can't be told. */
  readonly closure: readonly string[];
  readonly references: readonly Reference[];
  /** What must not be run: paths out of the repository, URLs, links. The first by the order of reading. */
  readonly problems: readonly Problem[];
}

type Node = Readonly<Record<string, unknown>>;

interface Walk {
  readonly checkout: Checkout;
  /** Folders, and files of plugins, that were read. */
  readonly seen: Set<string>;
  readonly closure: Set<string>;
  readonly references: Reference[];
  readonly problems: Problem[];
}

/**
 * Follows a kustomization and all that it names: resources, bases, components, patches, generators and the rest. Each
 * folder is read once, so cycles end. Never throws for broken content: its folder then stands in the closure as a whole.
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export async function walkKustomization(
  checkout: Checkout,
  folder: string,
  components: readonly string[] = [],
): Promise<Walked> {
  const walk: Walk = { checkout, seen: new Set(), closure: new Set(), references: [], problems: [] };
  await visit(walk, folder);
  const kustomization = [...walk.closure][0] ?? folder;
  for (const [index, written] of components.entries()) {
    const options = { kustomization, text: '', folder, field: `spec.source.kustomize.components[${index}]` };
    await follow(walk, { ...options, written, leadsOn: true });
  }
  return { closure: [...walk.closure].sort(), references: walk.references, problems: walk.problems };
}

/** The kustomization file of a folder; undefined when it has none. */
export async function kustomizationIn(checkout: Checkout, folder: string): Promise<string | undefined> {
  const entries = await readdir(join(checkout.dir, folder)).catch((): string[] => []);
  const file = KUSTOMIZATION_FILES.find((name) => entries.includes(name));
  return file === undefined ? undefined : posix.join(folder, file);
}

async function visit(walk: Walk, folder: string): Promise<void> {
  if (walk.seen.has(folder)) return;
  walk.seen.add(folder);
  const kustomization = await kustomizationIn(walk.checkout, folder);
  if (kustomization === undefined) {
    walk.closure.add(`${folder}/`);
    return;
  }
  walk.closure.add(kustomization);
  const text = await readFile(join(walk.checkout.dir, kustomization), 'utf8');
  const read = readYaml(text);
  if (!read.ok) {
    walk.closure.add(`${folder}/`);
    return;
  }
  for (const document of read.documents) {
    if (!isNode(document)) continue;
    refuseRemote(walk, kustomization, text, document);
    for (const { plugin = false, written, ...more } of named(document)) {
      if (plugin) walk.closure.add(`${folder}/`);
      if (written === undefined) continue;
      if (plugin && written.includes('\n')) refuseRemotePlugin(walk, kustomization, written, text);
      else await follow(walk, { kustomization, text, folder, written, plugin, ...more });
    }
  }
}

interface Named {
  readonly field: string;
  /** A path as the kustomization writes it. */
  readonly written?: string;
  /** Whether it may be a folder with a kustomization of its own. */
  readonly leadsOn: boolean;
  /** Plugins' configurations name files in ways of their own: then the whole folder counts as read. */
  readonly plugin?: boolean;
}

const LEADS_ON = ['resources', 'bases', 'components', 'crds', 'configurations'];
const PLUGINS = ['generators', 'transformers', 'validators'];

/** Everything that a kustomization names. kustomize matches the names of fields in any case. */
function named(document: Node): readonly Named[] {
  const found: Named[] = [];
  for (const [key, value] of Object.entries(document)) {
    const field = key.toLowerCase();
    const add = (written: unknown, more: Partial<Named> = {}): void => {
      if (typeof written === 'string' && (more.plugin === true || !written.includes('\n'))) {
        found.push({ field: key, written, leadsOn: false, ...more });
      }
    };
    if (LEADS_ON.includes(field)) for (const each of list(value)) add(each, { leadsOn: true });
    else if (PLUGINS.includes(field)) for (const each of list(value)) add(each, { leadsOn: true, plugin: true });
    else if (field === 'patchesstrategicmerge') for (const each of list(value)) add(each);
    else if (field === 'openapi') add(lower(value)['path']);
    else if (field === 'configmapgenerator' || field === 'secretgenerator') {
      for (const each of list(value).map(lower)) {
        for (const file of list(each['files'])) add(typeof file === 'string' ? file.replace(/^[^=]*=/, '') : undefined);
        for (const file of [...list(each['envs']), each['env']]) add(file);
      }
    } else if (field.startsWith('helm')) found.push({ field: key, leadsOn: false, plugin: true });
    else if (['patches', 'patchesjson6902', 'replacements'].includes(field)) {
      for (const each of list(value).map(lower)) add(each['path']);
    }
  }
  return found;
}

interface Step {
  readonly kustomization: string;
  readonly text: string;
  readonly folder: string;
  readonly field: string;
  readonly written: string;
  readonly leadsOn: boolean;
  readonly plugin?: boolean;
}

async function follow(walk: Walk, step: Step): Promise<void> {
  const { kustomization: from, field, written } = step;
  const line = lineOf(step.text, written);
  const where = { file: from, ...(line === 0 ? {} : { line }), field };
  if (isRemoteBase(written) && !(await isThere(walk, posix.join(step.folder, written)))) {
    walk.problems.push(remote(written, where));
    return;
  }
  try {
    const path = insideCheckout(walk.checkout, step.folder, posix.isAbsolute(written) ? `.${written}` : written, where);
    if (posix.isAbsolute(written)) throw absolute(written, where);
    const found = await stat(join(walk.checkout.dir, path)).catch(() => undefined);
    walk.references.push({ from, line, field, written, path, exists: found !== undefined });
    if (step.plugin === true && found?.isDirectory() === true) walk.problems.push(pluginFolder(written, where));
    else if (step.plugin === true && found !== undefined) await readPlugin(walk, path);
    if (found?.isDirectory() === true && step.leadsOn) await visit(walk, path);
    else walk.closure.add(found?.isDirectory() === true ? `${path}/` : path);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    walk.problems.push(thrown);
  }
}

async function isThere(walk: Walk, path: string): Promise<boolean> {
  return stat(join(walk.checkout.dir, path)).then(
    () => true,
    () => false,
  );
}

/** Fields whose text is never read as a path; anywhere else a URL would be fetched, or is not worth the risk. */
const TEXT = new Set(['commonannotations', 'commonlabels', 'annotations', 'labels', 'literals', 'patch', 'metadata']);

function refuseRemote(walk: Walk, file: string, text: string, node: unknown, field = ''): void {
  if (typeof node === 'string') {
    if (/^\s*[a-z][a-z0-9+.-]*:\/\//i.test(node)) {
      const line = lineOf(text, node);
      walk.problems.push(remote(node, { file, ...(line === 0 ? {} : { line }), field }));
    }
  } else if (Array.isArray(node)) for (const each of node) refuseRemote(walk, file, text, each, field);
  else if (isNode(node)) {
    for (const [key, value] of Object.entries(node)) {
      if (!TEXT.has(key.toLowerCase())) refuseRemote(walk, file, text, value, field === '' ? key : field);
    }
  }
}

async function readPlugin(walk: Walk, file: string): Promise<void> {
  refuseRemotePlugin(walk, file, await readFile(join(walk.checkout.dir, file), 'utf8'));
}

/** In the configuration of a generator or transformer any text may be read as a path, and fetched. */
function refuseRemotePlugin(walk: Walk, file: string, text: string, whole: string = text): void {
  const read = readYaml(text);
  const strings = read.ok ? stringsOf(read.documents) : [text];
  for (const each of strings.filter((string) => string.includes('://'))) {
    const line = lineOf(whole, each);
    walk.problems.push(remote(each, { file, ...(line === 0 ? {} : { line }) }));
  }
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** A folder makes its configurations while it is built: what they will name can't be told before. */
function pluginFolder(written: string, where: Where): Problem {
  return new Problem('unsupported', `The kustomization takes plugins from the folder ${JSON.stringify(written)}.`, {
    where,
    fix: 'Name the files of the generators and transformers one by one.',
  });
}

/** What kustomize would clone when there is no such path: `github.com/o/r//dir?ref=v1`, `git@host:o/r`, `host.xz/o/r.git`. */
function isRemoteBase(written: string): boolean {
  return /^(git::|gh:|[\w.+-]+@[\w.-]+:|[\w-]+(\.[\w-]+)+\/.*(\/\/|\?ref=|\.git\b)|github\.com\/)/i.test(written);
}

function remote(written: string, where: Where): Problem {
  const shown = JSON.stringify(written.slice(0, 200));
  return new Problem(
    'unsupported',
    `The kustomization reads ${shown} from another host; trimtab fetches nothing while it renders.`,
    {
      where,
      fix: 'Copy it into the repository, and refer to it by its path.',
    },
  );
}

function absolute(written: string, where: Where): Problem {
  return new Problem('unsafe-path', `The path ${JSON.stringify(written.slice(0, 200))} is absolute.`, {
    where,
    fix: 'Write it relative to the kustomization.',
  });
}

/** The first line that holds a text; 0 when none does (escaped, or folded over lines). */
function lineOf(text: string, written: string): number {
  const at = text.indexOf(written);
  return at < 0 || written === '' ? 0 : text.slice(0, at).split('\n').length;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function lower(value: unknown): Node {
  if (!isNode(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]));
}
