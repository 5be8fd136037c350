/** What a project says of one question, and the entry of it that decided: `spec.destinations[1]`. */
export interface Ruling {
  readonly permitted: boolean;
  /** Field of the AppProject, and in words why: for `trimtab access`, never for a decision. */
  readonly rule: string;
}

/** How an entry of a list is shown: its own fields only, in their order. */
export function entryText(entry: object): string {
  return Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field} ${JSON.stringify(value)}`)
    .join(', ');
}

/**
 * The ruling of a list whose entries allow or deny: some entry must allow, and none may deny. `field` is the list's.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#managing-projects
 */
export function rulingOf<T>(
  field: string,
  entries: readonly T[],
  { allows, denies }: { readonly allows: (entry: T) => boolean; readonly denies: (entry: T) => boolean },
): Ruling {
  const show = (index: number): string => {
    const entry = entries[index];
    return `${field}[${index}]: ${typeof entry === 'object' && entry !== null ? entryText(entry) : JSON.stringify(entry)}`;
  };
  const denied = entries.findIndex(denies);
  if (denied >= 0) return { permitted: false, rule: `denied by ${show(denied)}` };
  const allowed = entries.findIndex(allows);
  if (allowed >= 0) return { permitted: true, rule: `allowed by ${show(allowed)}` };
  return { permitted: false, rule: entries.length === 0 ? `${field} is empty` : `no entry of ${field} allows it` };
}
