import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { load } from 'js-yaml';
import type { ChartReference, Checkout, Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { createCheckouts } from './checkouts.ts';
import { chosenVersion } from './versions.ts';

/** One chart that lies on this machine: a folder with a Chart.yaml, or an archive as `helm package` makes it. */
interface LocalChart {
  readonly version: string;
  readonly path: string;
  readonly packed: boolean;
}

/**
 * Charts of a repository that a folder on this machine stands for (`--map URL=DIR`): the folder is the chart, or holds charts
 * as folders or as archives. Throws Problem `not-found` when none of them has that name, or a version that fits.
 */
export function createLocalCharts(options: { readonly cacheDir: string }): {
  chartVersion(
    dir: string,
    chart: ChartReference,
    targetRevision: string | undefined,
  ): ReturnType<Source['chartVersion']>;
  chart(dir: string, chart: ChartReference, version: string): Promise<Checkout>;
} {
  const checkouts = createCheckouts(options);
  return {
    chartVersion: async (dir, chart, targetRevision) => {
      const versions = (await chartsIn(dir, chart.chart)).map(({ version }) => version);
      const version = chosenVersion(targetRevision, versions);
      if (version !== undefined) return version;
      const known = versions.length === 0 ? '' : ` There are: ${versions.join(', ')}.`;
      throw new Problem(
        'not-found',
        `${dir} holds no chart ${chart.chart} of version ${targetRevision ?? '*'}.${known}`,
        {
          where: { field: 'spec.source.targetRevision' },
          fix: 'Put the chart there, as a folder or as an archive of `helm package`.',
        },
      );
    },
    chart: async (dir, { repoURL, chart }, version) => {
      const found = (await chartsIn(dir, chart)).find((each) => each.version === version);
      if (found === undefined) throw new Problem('not-found', `${dir} holds no chart ${chart} of version ${version}.`);
      // What lies on this machine may change under its version: it counts by what it is.
      const revision = `${version}+${await digestOf(found)}`;
      if (!found.packed) return { repoURL, revision, dir: found.path, links: await linksIn(found.path) };
      const kept = await checkouts.get(found.path, revision, async () => createReadStream(found.path));
      return { ...kept, repoURL };
    },
  };
}

async function chartsIn(dir: string, name: string): Promise<readonly LocalChart[]> {
  const own = await unpacked(dir, name);
  if (own !== undefined) return [own];
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const found: LocalChart[] = [];
  for (const entry of entries) {
    const path = join(dir, entry.name);
    const version = entry.name.startsWith(`${name}-`)
      ? /^v?\d.*(?=\.tgz$)/.exec(entry.name.slice(name.length + 1))?.[0]
      : undefined;
    if (entry.isFile() && version !== undefined) found.push({ version, path, packed: true });
    const chart = entry.isDirectory() ? await unpacked(path, name) : undefined;
    if (chart !== undefined) found.push(chart);
  }
  return found;
}

/** The chart in a folder, if it is that one; a Chart.yaml that can't be read is nobody's. */
async function unpacked(path: string, name: string): Promise<LocalChart | undefined> {
  try {
    const chart = load(await readFile(join(path, 'Chart.yaml'), 'utf8')) as {
      name?: unknown;
      version?: unknown;
    } | null;
    return chart?.name === name ? { version: String(chart.version), path, packed: false } : undefined;
  } catch {
    return undefined;
  }
}

async function digestOf({ path, packed }: LocalChart): Promise<string> {
  const files = packed ? [path] : (await readdir(path, { recursive: true })).sort().map((file) => join(path, file));
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = await stat(file);
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

async function linksIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)));
}
