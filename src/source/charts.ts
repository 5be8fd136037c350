import type { ChartReference, Checkout, Source, SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { type AccessTo, readerOf, type SourceAccess, withAccess, withoutAccess } from './access.ts';
import { type ChartIndexes, type ChartVersion, createChartIndexes, refused } from './chart-index.ts';
import { type Checkouts, createCheckouts } from './checkouts.ts';
import { download } from './download.ts';
import {
  CHART_LAYER,
  listVersions,
  type OciRepository,
  ociRepository,
  readLayer,
  readManifest,
  tagOf,
} from './oci-registry.ts';
import { verified } from './verified.ts';
import { chosenVersion, isExact } from './versions.ts';

export interface ChartsOptions {
  readonly cacheDir: string;
  /** How a URL is reached on somebody's behalf. Default: anonymously, on public hosts. */
  readonly access?: AccessTo | undefined;
}

/** Charts are text; the largest public ones have a few MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Charts from chart repositories (HTTP, with an index.yaml) and OCI registries. An archive is downloaded once a version,
 * its digest is checked, and it is unpacked and kept like a commit. Throws Problem `not-found`, `forbidden`, `unavailable`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
 */
export function createCharts(options: ChartsOptions): Pick<Source, 'chartVersion' | 'chart'> {
  const checkouts: Checkouts = createCheckouts(options);
  const accessTo = options.access ?? (async () => ({}));
  const indexes: ChartIndexes = createChartIndexes();
  const listed = (
    { repoURL, chart }: ChartReference,
    access: SourceAccess,
    scope: SourceScope | undefined,
  ): ReturnType<ChartIndexes['read']> => indexes.read(repoURL, chart, withAccess(access), readerOf(repoURL, scope));
  return {
    chartVersion: async (reference, targetRevision, scope) => {
      const access = await accessTo(reference.repoURL, scope);
      if (targetRevision !== undefined && isExact(targetRevision)) return targetRevision;
      const versions = isRegistry(reference, access)
        ? await listVersions(repositoryOf(reference, access))
        : (await listed(reference, access, scope)).map(({ version }) => version);
      const version = chosenVersion(targetRevision, versions);
      if (version === undefined) throw noVersion(reference, targetRevision, versions);
      return version;
    },
    chart: async (reference, version, scope) => {
      const { repoURL, chart } = reference;
      const access = await accessTo(repoURL, scope);
      const fetch = async (): Promise<AsyncIterable<Uint8Array>> =>
        isRegistry(reference, access)
          ? fromRegistry(repositoryOf(reference, access), version)
          : fromIndex(reference, version, access, await listed(reference, access, scope));
      const key = `${repoURL}#${chart}${readerOf(repoURL, scope)}`;
      const kept: Checkout = await checkouts.get(key, version, fetch);
      return { ...kept, repoURL };
    },
  };
}

function isRegistry({ repoURL }: ChartReference, access: SourceAccess): boolean {
  return access.oci === true || repoURL.startsWith('oci://') || !/^https?:\/\//i.test(repoURL);
}

function repositoryOf({ repoURL, chart }: ChartReference, access: SourceAccess): OciRepository {
  const found = ociRepository(`${repoURL.replace(/\/+$/, '')}/${chart}`, access);
  if (found !== undefined) return found;
  throw new Problem(
    'invalid-manifest',
    `${JSON.stringify(repoURL)} with chart ${JSON.stringify(chart)} names no registry.`,
    {
      where: { field: 'spec.source.repoURL' },
      fix: 'Write repoURL: ghcr.io/OWNER/CHARTS and chart: NAME, in lower case.',
    },
  );
}

async function fromRegistry(repository: OciRepository, version: string): Promise<AsyncIterable<Uint8Array>> {
  const { layers } = await readManifest(repository, tagOf(version));
  const layer = layers.find(({ mediaType }) => mediaType === CHART_LAYER);
  if (layer !== undefined) return readLayer(repository, layer, MAX_BYTES);
  throw new Problem('not-found', `oci://${repository.host}/${repository.name}:${version} is no Helm chart.`, {
    where: { field: 'spec.source.chart' },
  });
}

async function fromIndex(
  { repoURL, chart, passCredentials }: ChartReference,
  version: string,
  access: SourceAccess,
  listed: readonly ChartVersion[],
): Promise<AsyncIterable<Uint8Array>> {
  const versions = listed.map((each) => each.version);
  const chosen = chosenVersion(version, versions);
  const found = listed.find((each) => each.version === chosen);
  if (found === undefined) throw noVersion({ repoURL, chart }, version, versions);
  const base = new URL(`${repoURL.replace(/\/+$/, '')}/`);
  const url = new URL(found.url, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Problem('unsafe-path', `The index of ${repoURL} leads to ${url.protocol}//, which is no download.`);
  }
  // CVE-2021-32690: an index may send whoever reads it to another host, which must not see the credentials.
  const trusted = url.origin === base.origin || passCredentials === true;
  const answer = await download(url.href, {
    ...(trusted ? withAccess(access) : withoutAccess(access)),
    maxBytes: MAX_BYTES,
  });
  if (answer.status !== 200) throw refused(url.origin + url.pathname, answer.status);
  return verified(answer.body, found.digest?.replace(/^sha256:/, ''), `${chart} ${version}`);
}

function noVersion(
  { repoURL, chart }: ChartReference,
  wanted: string | undefined,
  versions: readonly string[],
): Problem {
  const newest = chosenVersion(undefined, versions);
  const known = newest === undefined ? '' : ` The newest is ${newest}.`;
  return new Problem('not-found', `${repoURL} has no version ${wanted ?? '*'} of the chart ${chart}.${known}`, {
    where: { field: 'spec.source.targetRevision' },
    fix: 'Write a version that is there, or a range such as 1.x.',
  });
}
