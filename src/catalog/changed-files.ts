/** A file that is not the same in two trees. A renamed file is one that was removed and one that was added. */
export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed';
}

/** path → id of the content, of every file of a commit. */
export type Tree = ReadonlyMap<string, string>;

/** The files in which two trees differ, by path. */
export function changedFiles(base: Tree, head: Tree): readonly ChangedFile[] {
  const changed: ChangedFile[] = [];
  for (const [path, id] of head) {
    const before = base.get(path);
    if (before === undefined) changed.push({ path, status: 'added' });
    else if (before !== id) changed.push({ path, status: 'modified' });
  }
  for (const path of base.keys()) {
    if (!head.has(path)) changed.push({ path, status: 'removed' });
  }
  return changed.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
