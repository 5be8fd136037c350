import { createHash } from 'node:crypto';
import type { ChartReference, Checkout, Source, SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { readIndex, refused } from './chart-index.ts';
import { type Checkouts, createCheckouts } from './checkouts.ts';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { listTags, type OciAccess, type OciRepository, readLayer, readLayers } from './oci-registry.ts';
import { chosenVersion, isExact } from './versions.ts';

/** How a chart repository or registry is reached. */
export interface ChartAccess extends Omit<OciAccess, 'maxBytes'> {
  /** A registry although its URL says no `oci://`: `enableOCI` of the registered repository. */
  readonly oci?: boolean;
  /** Sent in place of a user and a password. */
  readonly bearerToken?: string;
  /** Credentials go to archives on other hosts, too: `passCredentials`. */
  readonly passCredentials?: boolean;
}

export interface ChartsOptions {
  readonly cacheDir: string;
  /** How a URL is reached on somebody's behalf. Default: anonymously, on public hosts. */
  readonly access?: AccessTo | undefined;
}

/** Throws Problem `forbidden` for what may not be asked, `misconfigured` for a credential that can't be had. */
export type AccessTo = (repoURL: string, scope: SourceScope | undefined) => Promise<ChartAccess>;

/** https://helm.sh/docs/topics/registries/#helm-chart-manifest */
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

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
  return {
    chartVersion: async (reference, targetRevision, scope) => {
      const access = await accessTo(reference.repoURL, scope);
      if (targetRevision !== undefined && isExact(targetRevision)) return targetRevision;
      const versions = isRegistry(reference, access)
        ? (await listTags(repositoryOf(reference, access))).map(versionOf)
        : (await readIndex(reference.repoURL, reference.chart, httpOptions(access))).map(({ version }) => version);
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
          : fromIndex(reference, version, access);
      const kept: Checkout = await checkouts.get(`${repoURL}#${chart}`, version, fetch);
      return { ...kept, repoURL };
    },
  };
}

function isRegistry({ repoURL }: ChartReference, access: ChartAccess): boolean {
  return access.oci === true || repoURL.startsWith('oci://') || !/^https?:\/\//i.test(repoURL);
}

/** `oci://ghcr.io/acme/charts`, or without the scheme, and the chart below it. */
function repositoryOf({ repoURL, chart }: ChartReference, access: ChartAccess): OciRepository {
  const plain = repoURL.replace(/^(oci|https?):\/\//i, '').replace(/\/+$/, '');
  const [host = '', ...path] = `${plain}/${chart}`.split('/').filter((part) => part !== '');
  const isName = path.every((part) => /^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(part));
  if (host === '' || path.length === 0 || !isName) {
    throw new Problem(
      'invalid-manifest',
      `${JSON.stringify(repoURL)} with chart ${JSON.stringify(chart)} names no registry.`,
      {
        where: { field: 'spec.source.repoURL' },
        fix: 'Write repoURL: ghcr.io/OWNER/CHARTS and chart: NAME, in lower case.',
      },
    );
  }
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, name: path.join('/'), access };
}

/** Tags can't hold `+`, so Helm writes `_`. https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380 */
function versionOf(tag: string): string {
  return tag.replaceAll('_', '+');
}

async function fromRegistry(repository: OciRepository, version: string): Promise<AsyncIterable<Uint8Array>> {
  const layers = await readLayers(repository, version.replaceAll('+', '_'));
  const layer = layers.find(({ mediaType }) => mediaType === CHART_LAYER);
  const [algorithm, digest] = layer?.digest.split(':') ?? [];
  if (layer === undefined || algorithm !== 'sha256' || digest === undefined) {
    throw new Problem('not-found', `oci://${repository.host}/${repository.name}:${version} is no Helm chart.`, {
      where: { field: 'spec.source.chart' },
    });
  }
  return verified(await readLayer(repository, layer, MAX_BYTES), digest, `${repository.name} ${version}`);
}

async function fromIndex(
  { repoURL, chart }: ChartReference,
  version: string,
  access: ChartAccess,
): Promise<AsyncIterable<Uint8Array>> {
  const listed = await readIndex(repoURL, chart, httpOptions(access));
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
  const trusted = url.origin === base.origin || access.passCredentials === true;
  const answer = await download(url.href, {
    ...(trusted ? httpOptions(access) : withoutAccess(access)),
    maxBytes: MAX_BYTES,
  });
  if (answer.status !== 200) throw refused(url.origin + url.pathname, answer.status);
  return verified(answer, found.digest?.replace(/^sha256:/, ''), `${chart} ${version}`);
}

function httpOptions({ username, password, bearerToken, ...rest }: ChartAccess): Omit<DownloadOptions, 'maxBytes'> {
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  const isKnown = username !== undefined || password !== undefined;
  const authorization = bearerToken !== undefined ? `Bearer ${bearerToken}` : isKnown ? `Basic ${basic}` : undefined;
  return {
    ...withoutAccess(rest),
    ...(rest.tls === undefined ? {} : { tls: rest.tls }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  };
}

function withoutAccess({ privateHosts }: ChartAccess): Omit<DownloadOptions, 'maxBytes'> {
  return privateHosts === undefined ? {} : { privateHosts };
}

/** The bytes as they come; an error at their end when they are not those that were promised. */
async function* verified({ body }: Downloaded, digest: string | undefined, what: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (digest !== undefined && hash.digest('hex') !== digest) {
    throw new Problem(
      'unavailable',
      `The archive of ${what} is not the one that its repository lists: its digest differs.`,
    );
  }
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
