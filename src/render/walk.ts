import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout, RenderInput } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import type { BaseFinder } from './bases.ts';
import type { BroughtChart } from './bring-chart.ts';
import { KUSTOMIZATION_FILES } from './detect.ts';
import type { Named } from './kustomization-fields.ts';
import type { Charts } from './kustomize-charts.ts';
import type { Part } from './part.ts';

/** Something that a kustomization names: a file or a folder of its repository, or of another. */
interface Reference {
  readonly where: Where;
  readonly written: string;
  /** Path from the root of its repository. */
  readonly path: string;
  readonly exists: boolean;
}

/** How one kustomization reads in a private copy, where all that it names lies in other places. */
export interface Edits {
  /** What an entry of a list becomes: paths from the kustomization's folder, or configurations. */
  readonly entries: Map<string, readonly string[]>;
  charts?: Charts;
}

/** A file from elsewhere: kustomize reads files below a kustomization only, so it gets a copy there. */
export interface LentFile {
  /** The file of another repository, or the URL of one of the web with what downloads it. */
  readonly from: { readonly part: Part; readonly path: string } | { readonly url: string; get(): Promise<string> };
  readonly to: { readonly part: Part; readonly path: string };
}

/** All that one `kustomize build` reads, found without running it. */
export interface Walked {
  /** What it reads of the repository itself. */
  readonly closure: readonly string[];
  /** The repository itself, and then those of remote bases. */
  readonly parts: readonly Part[];
  readonly references: readonly Reference[];
  /** What must not be run: paths out of the repository, URLs that nobody brings, links. In the order of reading. */
  readonly problems: readonly Problem[];
  /** By part and path of the kustomization. */
  readonly edits: ReadonlyMap<Part, ReadonlyMap<string, Edits>>;
  readonly lent: readonly LentFile[];
  readonly charts: readonly BroughtChart[];
  /** The first place that inflates a Helm chart. */
  readonly inflates: Where | undefined;
  /** Components that the Application adds. */
  readonly components: readonly string[];
}

/** A walk that is under way. */
export interface Walk {
  readonly input: Omit<RenderInput, 'facts'>;
  readonly own: Part;
  readonly enableHelm: boolean;
  readonly bases: BaseFinder;
  /** Folders that were read, by part. */
  readonly seen: Set<string>;
  readonly references: Reference[];
  readonly problems: Problem[];
  readonly edits: Map<Part, Map<string, Edits>>;
  readonly lent: LentFile[];
  readonly charts: BroughtChart[];
  inflates: Where | undefined;
}

/** A kustomization that is read. */
export interface Place {
  readonly part: Part;
  readonly kustomization: string;
  readonly text: string;
  readonly folder: string;
}

/** Something that it names. */
export type Step = Place & Named;

/** The kustomization file of a folder; undefined when it has none. */
export async function kustomizationIn(checkout: Checkout, folder: string): Promise<string | undefined> {
  const entries = await readdir(join(checkout.dir, folder)).catch((): string[] => []);
  const file = KUSTOMIZATION_FILES.find((name) => entries.includes(name));
  return file === undefined ? undefined : posix.join(folder, file);
}

/** Where a text stands: of another repository with its URL. */
export function whereOf(
  walk: Walk,
  { part, kustomization, text, written, field }: Omit<Step, 'leadsOn' | 'folder'>,
): Where {
  const line = lineOf(text, written);
  if (field.startsWith('spec.')) return { field };
  return {
    ...(part === walk.own ? {} : { repo: part.checkout.repoURL }),
    file: kustomization,
    ...(line === 0 ? {} : { line }),
    field,
  };
}

/** The edits of a kustomization, to be added to. */
export function editsOf(walk: Walk, { part, kustomization }: Pick<Place, 'part' | 'kustomization'>): Edits {
  const files = walk.edits.get(part) ?? new Map<string, Edits>();
  walk.edits.set(part, files);
  const edits = files.get(kustomization) ?? { entries: new Map() };
  files.set(kustomization, edits);
  return edits;
}

/** A Problem is written down, and the walk goes on: the first one is told. */
export async function attempt(walk: Walk, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    walk.problems.push(thrown);
  }
}

/** The first line that holds a text; 0 when none does (escaped, or folded over lines). */
function lineOf(text: string, written: string): number {
  const at = text.indexOf(written);
  return at < 0 || written === '' ? 0 : text.slice(0, at).split('\n').length;
}
