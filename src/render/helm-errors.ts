import { posix, resolve } from 'node:path';
import { Problem, type Where } from '../spec/problem.ts';
import type { ChartFiles } from './chart-files.ts';
import { limitProblem } from './limit-problem.ts';
import type { Ran } from './run.ts';
import { yamlFaultOf } from './yaml.ts';

interface Failure {
  readonly where: Where;
  readonly message: string;
  readonly fix: string;
  /** The file is YAML as it stands, not a template: its fault can be looked for. */
  readonly plain?: true;
}

type Reader = (groups: Readonly<Record<string, string>>, chart: ChartFiles) => Failure;

/**
 * What helm 3.18 to 4.2 print, most telling first. helm exits with 1 whatever went wrong, so its words are all there is:
 * they are read here and nowhere else.
 */
const FAILURES: readonly (readonly [RegExp, Reader])[] = [
  [
    /^(?:execution|parse) error at \((?<file>[^:()]+):(?<line>\d+)(?::(?<column>\d+))?\): (?<message>.+)/s,
    ({ file = '', line, column, message = '' }, chart) => ({
      where: place(chart, file, line, column),
      message,
      fix: 'Set the value that the message asks for, or mend the template at this line.',
    }),
  ],
  [
    /^(?:template: )?(?<file>[^\s:]+):(?<line>\d+):(?<column>\d+):?\s+executing "[^"]*" at (?<at><.*?>):\s+(?<message>.+)/s,
    ({ file = '', line, column, at = '', message = '' }, chart) => ({
      where: place(chart, ...innermost(message, file, line, column)),
      message: `${at}: ${lastCause(message)}`,
      fix: message.includes('nil pointer')
        ? 'A value that the template reads is not set: set it in the values, or guard the template with `with` or `default`.'
        : 'Mend the template at this line, or the values that it reads.',
    }),
  ],
  [
    /^YAML parse error on (?<file>[^\s:]+): (?:error converting YAML to JSON: |error unmarshaling JSON: )?(?<message>.+)/s,
    ({ file = '', message = '' }, chart) => ({
      where: place(chart, file),
      message: `what the template renders to is not valid YAML: ${yamlFault(message)}`,
      fix: 'Look at the indentation and the quotes of what the template prints at that line.',
    }),
  ],
  [
    /^values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s+(?<message>.+)/s,
    ({ message = '' }, chart) => ({
      where: { file: posix.join(chart.folder, 'values.schema.json') },
      message: `the values do not meet the chart's schema: ${oneLine(message)}`,
      fix: 'Set the values as the schema asks.',
    }),
  ],
  [
    /missing in charts\/ directory: (?<names>.+)/,
    ({ names = '' }, chart) => ({
      where: { file: posix.join(chart.folder, 'Chart.yaml'), field: 'dependencies' },
      message: `the chart depends on ${oneLine(names)}, which is not in its charts/ folder`,
      fix: 'Run `helm dependency build` and commit the charts/ folder.',
    }),
  ],
  [
    /^cannot load (?<file>values\.yaml|Chart\.yaml|[\w./-]+): (?<message>.+)/s,
    ({ file = '', message = '' }, chart) => ({
      where: { file: posix.join(chart.folder, file), ...yamlLine(message) },
      message: `this is not valid YAML: ${yamlFault(message)}`,
      fix: 'Mend the YAML at this line.',
      plain: true,
    }),
  ],
  [
    /^failed to parse (?<path>.+?): (?<message>.*(?:yaml|json).*)/s,
    ({ path = '', message = '' }) => ({
      where: { file: path, ...yamlLine(message) },
      message: `this is not valid YAML: ${yamlFault(message)}`,
      fix: 'Mend the YAML at this line.',
      plain: true,
    }),
  ],
  [
    /^failed parsing (?<flag>--set(?:-string|-file)?) data: (?<message>.+)/s,
    ({ flag = '', message = '' }) => ({
      where: { field: `spec.source.helm.${flag === '--set-file' ? 'fileParameters' : 'parameters'}` },
      message: oneLine(message),
      fix: 'Write the parameter as `helm --set` takes it: a name with dots, and a value.',
    }),
  ],
  [
    /^release name check failed: (?<message>.+)/s,
    ({ message = '' }) => ({
      where: { field: 'spec.source.helm.releaseName' },
      message: oneLine(message),
      fix: 'Choose a releaseName of at most 53 lower-case letters, digits and dashes.',
    }),
  ],
];

/**
 * Why helm failed, as a Problem: `limit-exceeded`, or `render-failed` with the file, line and column that helm names, in
 * the repository's own paths. `root` is where the checkout lies, `values` the temporary file of the Application's values.
 */
export async function helmProblem(
  ran: Ran,
  chart: ChartFiles,
  root: string,
  values: string | undefined,
): Promise<Problem> {
  const limit = limitProblem('helm', ran, { file: posix.join(chart.folder, 'Chart.yaml') });
  if (limit !== undefined) return limit;
  const said = errorText(ran.stderr).replaceAll(`${root}/`, '');
  for (const [pattern, read] of FAILURES) {
    const groups = pattern.exec(said)?.groups;
    if (groups === undefined) continue;
    const { where, message, fix, plain } = read(groups, chart);
    const fault = plain === true ? await yamlFaultOf(resolve(root, where.file ?? '')) : undefined;
    if (fault !== undefined) {
      const place = own({ ...where, line: fault.line }, values);
      return new Problem('render-failed', `This is not valid YAML: ${fault.message}`, { where: place, fix });
    }
    return new Problem('render-failed', capital(message), { where: own(where, values), fix });
  }
  return new Problem('render-failed', capital(oneLine(said)), {
    where: { file: posix.join(chart.folder, 'Chart.yaml') },
    fix: 'Run `helm template` on the chart to see the same error, and mend the chart or its values.',
  });
}

/** The last thing that helm says, without its advice. */
function errorText(stderr: string): string {
  const text = stderr.replace(/^level=.*\n/gm, '').replace(/\n\s*Use --debug flag to render out invalid YAML\s*$/, '');
  const start = text.lastIndexOf('\nError: ') + 1;
  return text
    .slice(start)
    .replace(/^Error: /, '')
    .trim();
}

function place(chart: ChartFiles, file: string, line?: string, column?: string): Where {
  return {
    file: chart.fileOf(file),
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) }),
  };
}

/** An error in a helper is told from the outside in; the last place named is where it happened. */
function innermost(message: string, ...outer: readonly [string, string | undefined, string | undefined]): typeof outer {
  const places = [...message.matchAll(/(?:template: )?([^\s:"]+\.(?:ya?ml|tpl|txt)):(\d+):(\d+)/g)];
  const last = places.at(-1);
  return last === undefined ? outer : [last[1] ?? outer[0], last[2], last[3]];
}

function lastCause(message: string): string {
  const lines = message.trim().split(/\n+/);
  return oneLine(lines.at(-1) ?? message).replace(/^.*error calling \w+: (?=\S)/, '');
}

/** `yaml: line 3: …` counts in what was read, which is the file itself for values and Chart.yaml. */
function yamlLine(message: string): Where {
  const line = /line (\d+)/.exec(message)?.[1];
  return line === undefined ? {} : { line: Number(line) };
}

function yamlFault(message: string): string {
  const text = oneLine(message).replace(/^.*?\byaml: /, '');
  // What go-yaml quotes may be a password that nobody put in quotes
  const plain = text.replace(/ '.*' referenced$/, ' referenced').replaceAll(/ `[^`]*`?/g, '');
  return plain.startsWith('while decoding JSON') ? 'a document is no map' : plain;
}

/** The Application's own values are no file of the repository; a value file is told by its path, not by ours. */
function own(where: Where, values: string | undefined): Where {
  if (values === undefined || where.file !== values) return where;
  return { field: 'spec.source.helm.values' };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 1000);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
