import type { Problem } from './problem.ts';

/** Something that a check of a repository found: an error must be mended, a warning should be known. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly problem: Problem;
}

/** Findings as people read files: by file, line and column; what is said twice at one place is said once. */
export function inFileOrder(findings: readonly Finding[]): readonly Finding[] {
  const place = ({ problem: { where } }: Finding): string =>
    `${where.file ?? ''}\0${String(where.line ?? 0).padStart(8, '0')}\0${String(where.column ?? 0).padStart(6, '0')}`;
  const distinct = new Map(findings.map((finding) => [`${place(finding)}\0${finding.problem.message}`, finding]));
  return [...distinct.values()].sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}
