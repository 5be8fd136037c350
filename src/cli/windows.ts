import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Application } from '../spec/application.ts';
import { asProblem } from '../spec/problem.ts';
import type { SyncWindow } from '../spec/project.ts';
import { isActive, windowsFor, windowsVerdict } from '../sync/index.ts';
import { readProjectFile } from './project-file.ts';
import { clock } from './repository.ts';
import { EXIT, warn } from './show-problem.ts';
import { table } from './table.ts';

interface WindowsOptions {
  readonly application?: string;
  readonly at?: string;
  readonly manual?: true;
  readonly output: 'table' | 'json';
}

/** Adds `trimtab windows PROJECT.yaml`. */
export function addWindows(program: Command): void {
  program
    .command('windows')
    .description('show the sync windows of a project, and whether a sync may run')
    .argument('<project>', 'path of an AppProject manifest')
    .option('--application <file>', 'path of an Application manifest: only windows that concern it count')
    .option('--at <time>', 'at another time than now (RFC 3339)', parseTime)
    .option('--manual', 'for a sync that somebody asks for, not one that starts by itself')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
Exits 0 when a sync may run, 1 when it may not, 2 on wrong usage. Without --application every window that has a
selector counts.

Examples:
  trimtab windows projects/shop.yaml
  trimtab windows projects/shop.yaml --application apps/shop.yaml --manual
  trimtab windows projects/shop.yaml --at 2026-12-24T20:00:00Z -o json
`,
    )
    .action((project: string, options: WindowsOptions) => windows(project, options));
}

function parseTime(text: string): string {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d([Tt ]|$)/.test(text) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError('Write it as 2026-12-24T20:00:00Z.');
  }
  return at.toISOString();
}

/** A window as programs get it: its own fields, and how it stands. */
type Row = SyncWindow & { readonly active: boolean; readonly matches: boolean };

async function windows(file: string, options: WindowsOptions): Promise<void> {
  const { project, application, warnings } = await readProjectFile(file, options.application);
  for (const warning of warnings) warn(warning);
  const at = options.at ?? clock();
  const all = project.spec.syncWindows ?? [];
  const counting = all.filter((window) => matches(window, application));
  const verdict = windowsVerdict({ windows: counting, at, manual: options.manual === true });
  const rows = all.map(
    (window): Row => ({ ...window, active: isActiveNow(window, at), matches: counting.includes(window) }),
  );
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify({ allowed: verdict.allowed, reason: verdict.because, ...untilOf(verdict), at, windows: rows }, null, 2)}\n`
      : tableOf(rows, verdict, at),
  );
  if (!verdict.allowed) process.exitCode = EXIT.problem;
}

function matches(window: SyncWindow, application: Application | undefined): boolean {
  if (application !== undefined) return windowsFor([window], application).length > 0;
  const { applications = [], namespaces = [], clusters = [] } = window;
  return applications.length + namespaces.length + clusters.length > 0;
}

/** A window that can't be read is never active; that it refuses every sync, the verdict says. */
function isActiveNow(window: SyncWindow, at: string): boolean {
  try {
    return isActive(window, at);
  } catch (thrown) {
    if (asProblem(thrown).code !== 'misconfigured') throw thrown;
    return false;
  }
}

type Verdict = ReturnType<typeof windowsVerdict>;

function untilOf(verdict: Verdict): { readonly until?: string } {
  return verdict.allowed || verdict.until === undefined ? {} : { until: verdict.until };
}

const HEADINGS = [
  'STATUS',
  'MATCHES',
  'KIND',
  'SCHEDULE',
  'DURATION',
  'TIME ZONE',
  'APPLICATIONS',
  'NAMESPACES',
  'CLUSTERS',
  'OPTIONS',
];

function tableOf(rows: readonly Row[], verdict: Verdict, at: string): string {
  const { until } = untilOf(verdict);
  const then = verdict.allowed ? '' : until === undefined ? ', with no end in sight' : `, until ${until}`;
  const answer = `${verdict.allowed ? 'a sync may run' : 'a sync may not run'} at ${at}${then}: ${verdict.because}\n`;
  if (rows.length === 0) return answer;
  const list = (texts: readonly string[] | undefined): string => (texts ?? []).join(',') || '-';
  const cells = rows.map((row) => [
    row.active ? 'Active' : 'Inactive',
    row.matches ? 'yes' : 'no',
    row.kind,
    row.schedule,
    row.duration,
    row.timeZone ?? 'UTC',
    list(row.applications),
    list(row.namespaces),
    list(row.clusters),
    list((['manualSync', 'syncOverrun', 'andOperator'] as const).filter((option) => row[option] === true)),
  ]);
  return `${table(HEADINGS, cells)}\n${answer}`;
}
