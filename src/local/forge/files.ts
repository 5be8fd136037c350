import type { Git } from './git.ts';

/** One file of a difference between two commits. */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** The blob after the change; for a removed file the blob that it was. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks; undefined for binary files and for those that are too large to show. */
  readonly patch: string | undefined;
}

/** https://docs.github.com/repositories/creating-and-managing-repositories/repository-limits#diff-limits */
const MAX_PATCH_LINES = 20_000;
const MAX_PATCH_BYTES = 500_000;

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** The files that differ between two commits, in git's order, with renames found as GitHub finds them. */
export async function changedFiles(git: Git, from: string, to: string): Promise<ChangedFile[]> {
  const [raw, numbers, text] = await Promise.all([
    git.run(['diff', '--raw', '-z', '-M', '--no-abbrev', from, to, '--']),
    git.run(['diff', '--numstat', '-z', '-M', from, to, '--']),
    git.run(['diff', '-M', from, to, '--']),
  ]);
  const counts = readNumstat(numbers);
  const patches = text === '' ? [] : text.split(/^(?=diff --git )/m);
  return readRaw(raw).map((file, index) => {
    const count = counts[index];
    return {
      ...file,
      additions: count?.additions ?? 0,
      deletions: count?.deletions ?? 0,
      patch: hunks(patches[index] ?? ''),
    };
  });
}

function readRaw(raw: string): Omit<ChangedFile, 'additions' | 'deletions' | 'patch'>[] {
  const tokens = raw.split('\0');
  const files: Omit<ChangedFile, 'additions' | 'deletions' | 'patch'>[] = [];
  for (let at = 0; at + 1 < tokens.length; ) {
    const [, , before = '', after = '', letter = 'M'] = (tokens[at] ?? '').split(' ');
    const status = STATUS[letter.charAt(0)] ?? 'modified';
    const moved = status === 'renamed' || status === 'copied';
    const first = tokens[at + 1] ?? '';
    files.push({
      path: moved ? (tokens[at + 2] ?? '') : first,
      previousPath: moved ? first : undefined,
      status,
      sha: status === 'removed' ? before : after,
    });
    at += moved ? 3 : 2;
  }
  return files;
}

function readNumstat(text: string): { additions: number; deletions: number }[] {
  const tokens = text.split('\0');
  const counts: { additions: number; deletions: number }[] = [];
  for (let at = 0; at < tokens.length; ) {
    const [added, deleted, path] = (tokens[at] ?? '').split('\t');
    if (path === undefined) break;
    // Binary files have "-" for both; a rename has an empty path here and its two names in the next tokens.
    counts.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0 });
    at += path === '' ? 3 : 1;
  }
  return counts;
}

function hunks(patch: string): string | undefined {
  const start = patch.search(/^@@ /m);
  if (start < 0) return undefined;
  const body = patch.slice(start).replace(/\n$/, '');
  return body.length > MAX_PATCH_BYTES || body.split('\n').length > MAX_PATCH_LINES ? undefined : body;
}
