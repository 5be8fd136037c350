import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Checkout } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { readYaml } from './yaml.ts';

/** A chart in the checkout, and the way from the names that helm gives files to their paths in the repository. */
export interface ChartFiles {
  readonly name: string;
  /** Path of the chart's folder; '' for the root. */
  readonly folder: string;
  /** `shop/charts/redis/templates/x.yaml`, as helm says → path from the root of the repository. */
  fileOf(named: string): string;
}

/** A dependency as Chart.yaml lists it. https://helm.sh/docs/topics/charts/#chart-dependencies */
export interface ChartDependency {
  readonly name: string;
  readonly repository: string;
  /** A version or a range; '' for any. */
  readonly version: string;
}

/**
 * Reads Chart.yaml and finds the charts below. Throws Problem `not-found` when there is no Chart.yaml, `render-failed`
 * when it is not YAML.
 */
export async function chartFiles(checkout: Checkout, folder: string): Promise<ChartFiles> {
  const { name } = await readChart(checkout, folder);
  const below = await chartsBelow(checkout, folder);
  const fileOf = (named: string): string => {
    const [, sub] = /^[^/]+\/charts\/([^/]+)\//.exec(named) ?? [];
    const inner = sub === undefined ? undefined : below.get(sub);
    if (inner === undefined) return posix.join(folder, named.slice(named.indexOf('/') + 1));
    return inner.endsWith('.tgz') ? inner : posix.join(inner, named.split('/').slice(3).join('/'));
  };
  return { name, folder, fileOf };
}

/** Name and dependencies of a chart. */
export async function readChart(
  checkout: Checkout,
  folder: string,
): Promise<{ readonly name: string; readonly dependencies: readonly ChartDependency[] }> {
  const file = posix.join(folder, 'Chart.yaml');
  const text = await readFile(join(checkout.dir, file), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new Problem('not-found', `${file} does not exist, so ${folder === '' ? 'the root' : folder} is no chart.`, {
      where: { file, field: 'spec.source.path' },
      fix: 'Point spec.source.path at the folder of the chart.',
    });
  }
  const read = readYaml(text);
  if (!read.ok) {
    throw new Problem('render-failed', `This is not valid YAML: ${read.fault.message}`, {
      where: { file, line: read.fault.line },
      fix: 'Mend the YAML at this line.',
    });
  }
  const [chart] = read.documents;
  return { name: text_(field(chart, 'name')), dependencies: dependenciesOf(chart) };
}

/** What Chart.lock lists; undefined when there is none that can be read. */
export async function readLock(checkout: Checkout, folder: string): Promise<readonly ChartDependency[] | undefined> {
  const text = await readFile(join(checkout.dir, folder, 'Chart.lock'), 'utf8').catch(() => undefined);
  const read = text === undefined ? undefined : readYaml(text);
  return read?.ok === true ? dependenciesOf(read.documents[0]) : undefined;
}

function dependenciesOf(file: unknown): readonly ChartDependency[] {
  const listed = field(file, 'dependencies');
  return (Array.isArray(listed) ? listed : []).map((each: unknown) => ({
    name: text_(field(each, 'name')),
    repository: text_(field(each, 'repository')),
    version: text_(field(each, 'version')),
  }));
}

/** Name of each chart in `charts/` → its folder, or its archive. */
async function chartsBelow(checkout: Checkout, folder: string): Promise<ReadonlyMap<string, string>> {
  const charts = posix.join(folder, 'charts');
  const entries = await readdir(join(checkout.dir, charts), { withFileTypes: true }).catch(() => []);
  const below = new Map<string, string>();
  for (const entry of entries) {
    const path = posix.join(charts, entry.name);
    const archive = /^(.+)-v?\d+\.\d+.*\.tgz$/.exec(entry.name)?.[1];
    if (archive !== undefined) below.set(archive, path);
    if (entry.isDirectory()) {
      const chart = await readChart(checkout, path).catch(() => undefined);
      if (chart !== undefined) below.set(chart.name, path);
    }
  }
  return below;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text_(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
