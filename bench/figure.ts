/** One line of the report: what was measured, beside what a person would run instead. */
export interface Figure {
  readonly benchmark: string;
  readonly what: string;
  /** trimtab's side. */
  readonly measured: string;
  /** The other side, measured in the same run. */
  readonly beside: string;
  readonly result: string;
  /** Absent where nothing is promised. */
  readonly target?: string;
  /** Whether the target is met; undefined where there is none. */
  readonly met?: boolean;
}

const TITLES = ['benchmark', 'what', 'measured', 'beside', 'result', 'target', 'verdict'] as const;

/** The report as a Markdown table, columns aligned. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ benchmark, what, measured, beside, result, target, met }) => [
    benchmark,
    what,
    measured,
    beside,
    result,
    target ?? '–',
    met === undefined ? '–' : met ? 'met' : 'MISSED',
  ]);
  const widths = TITLES.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(TITLES), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** `123 ms`. */
export function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

/** `123 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
