import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import { type Catalogue, hidesApplications } from '../spec/catalogue.ts';
import type { Problem } from '../spec/problem.ts';
import type { ChangedFile } from './changed-files.ts';
import { isGeneratePath } from './generate-paths.ts';
import { sameDefinition } from './same-definition.ts';

/** An application as one commit defines it, and what of the changed repository it is rendered from. */
export interface Side {
  readonly definition: Parsed<Application>;
  /**
   * One list a source, in their order: the paths (files, or folders that end in `/`) that its render reads; empty for a
   * source that does not follow the branch that changes.
   */
  readonly closures: readonly (readonly string[])[];
}

/** An application at the base and at the head of a change; absent where it is not defined. */
export interface Sides {
  readonly base?: Side;
  readonly head?: Side;
}

/** Why a change touches an application, and the file that shows it. */
export interface Because {
  readonly reason: 'added' | 'removed' | 'redefined' | 'unreadable' | 'input';
  readonly file: string;
  /** The render reads the file, and `manifest-generate-paths` names no file of the change: Argo CD's webhook would miss it. */
  readonly unnamed?: true;
}

export interface Affected {
  readonly application: string;
  readonly because: Because;
}

/** What changes: the files, and the catalogue after it, whose problems tell what can no longer be read. */
export interface CatalogueChange {
  readonly files: readonly ChangedFile[];
  readonly head: Pick<Catalogue, 'problems'>;
}

/**
 * The applications that a change touches, by name, each with the first reason in this order: its definition appears,
 * disappears, can't be read any more or says something else; then the first changed file (by path) that its render reads
 * at either side. An application whose definition is broken at the head is `unreadable`, never `removed`: nobody asked
 * for its end.
 */
export function affected(applications: readonly Sides[], change: CatalogueChange): readonly Affected[] {
  const found = applications.flatMap((sides): readonly Affected[] => {
    const definition = (sides.head ?? sides.base)?.definition;
    const because = whyDefinition(sides, change) ?? whyInput(sides, change.files);
    if (definition === undefined || because === undefined) return [];
    return [{ application: applicationName(definition.value), because }];
  });
  return found.sort((a, b) => (a.application < b.application ? -1 : a.application > b.application ? 1 : 0));
}

function whyDefinition({ base, head }: Sides, change: CatalogueChange): Because | undefined {
  if (base === undefined) return head && { reason: 'added', file: fileOf(head) };
  const file = fileOf(base);
  if (head === undefined) {
    const name = applicationName(base.definition.value);
    const unreadable = change.head.problems.find((problem) => mayHide(problem, name, file, base.definition));
    if (unreadable === undefined) return { reason: 'removed', file };
    return { reason: 'unreadable', file: unreadable.where.file ?? file };
  }
  return sameDefinition(base.definition.value, head.definition.value)
    ? undefined
    : { reason: 'redefined', file: fileOf(head) };
}

/** A problem about this application, its set or one of its parents, or about a piece of its file that has no name. */
function mayHide(
  problem: Problem,
  name: string,
  file: string,
  { generatedBy: set, parents = [] }: Parsed<Application>,
): boolean {
  const { where } = problem;
  if (!hidesApplications(problem)) return false;
  if (where.parent !== undefined) return parents.includes(where.parent);
  if (where.application !== undefined) return where.application === name;
  return where.applicationSet === undefined ? where.file === file : where.applicationSet === set;
}

function fileOf(side: Side): string {
  return side.definition.where.file ?? '';
}

function whyInput({ base, head }: Sides, files: readonly ChangedFile[]): Because | undefined {
  const paths = [...(base?.closures ?? []), ...(head?.closures ?? [])].flat();
  if (paths.length === 0) return undefined;
  const exact = new Set(paths.filter((path) => !isFolder(path)));
  const folders = paths.filter(isFolder);
  const reads = (file: string): boolean => exact.has(file) || folders.some((folder) => isWithin(file, folder));
  const read = files
    .map(({ path }) => path)
    .filter(reads)
    .sort();
  const [first] = read;
  if (first === undefined) return undefined;
  const application = (head ?? base)?.definition.value;
  const named = application === undefined ? first : read.find((file) => isGeneratePath(application, file));
  return named === undefined ? { reason: 'input', file: first, unnamed: true } : { reason: 'input', file: named };
}

function isFolder(path: string): boolean {
  return path.endsWith('/') || path === '.' || path === '';
}

/** `./`, `.`, `/` and nothing are the root of the repository. */
function isWithin(file: string, folder: string): boolean {
  const plain = folder.replace(/^(\.?\/)+/, '');
  return plain === '' || plain === '.' || file.startsWith(plain);
}
