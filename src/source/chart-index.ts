import { load } from 'js-yaml';
import { Problem } from '../spec/problem.ts';
import { type Downloaded, type DownloadOptions, download, textOf } from './download.ts';

/** One version of a chart, as the index of a chart repository lists it. */
export interface ChartVersion {
  readonly version: string;
  /** Absolute, or relative to the repository. */
  readonly url: string;
  /** SHA-256 of the archive, in hexadecimal; older indexes lack it. */
  readonly digest?: string;
}

/** The largest public index has about 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What indexes said of charts, and how to ask whether they still say it. */
export interface ChartIndexes {
  /** `reader` is as whom it is read. */
  read(
    repoURL: string,
    chart: string,
    options: Omit<DownloadOptions, 'maxBytes'>,
    reader: string,
  ): Promise<readonly ChartVersion[]>;
}

interface Known {
  /** Headers by which the server is asked for the index only if it is another one. */
  readonly unless: Readonly<Record<string, string>>;
  readonly versions: readonly ChartVersion[];
}

/** Charts whose versions are remembered. */
const MOST_KNOWN = 1000;

/**
 * What the index.yaml of a chart repository says of one chart: asked each time, and downloaded again only when the server does
 * not say that it is the same still. Throws Problem `not-found` when there is no index or no such chart.
 * https://helm.sh/docs/topics/chart_repository/#the-index-file https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
 */
export function createChartIndexes(): ChartIndexes {
  const known = new Map<string, Known>();
  return {
    read: async (repoURL, chart, options, reader) => {
      const key = `${repoURL}#${chart}${reader}`;
      const before = known.get(key);
      const headers = { ...options.headers, ...before?.unless };
      const address = `${repoURL.replace(/\/+$/, '')}/index.yaml`;
      const answer = await download(address, { ...options, headers, maxBytes: MAX_BYTES });
      if (answer.status === 304 && before !== undefined) {
        await textOf(answer);
        return before.versions;
      }
      if (answer.status !== 200) throw refused(repoURL, answer.status);
      const versions = versionsOf(await textOf(answer), repoURL, chart);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(key, { versions, unless: validatorsOf(answer.headers) });
      return versions;
    },
  };
}

function validatorsOf({ etag, 'last-modified': modified }: Downloaded['headers']): Known['unless'] {
  if (typeof etag === 'string') return { 'if-none-match': etag };
  return typeof modified === 'string' ? { 'if-modified-since': modified } : {};
}

function versionsOf(text: string, repoURL: string, chart: string): readonly ChartVersion[] {
  const entries = entriesOf(text, repoURL);
  const listed = Object.hasOwn(entries, chart) ? entries[chart] : undefined;
  if (!Array.isArray(listed)) {
    throw new Problem('not-found', `The chart repository ${repoURL} has no chart ${chart}.`, {
      where: { field: 'spec.source.chart' },
      fix: 'Correct spec.source.chart, or repoURL.',
    });
  }
  return listed.flatMap((entry: unknown): readonly ChartVersion[] => {
    const { version, urls, digest } = (entry ?? {}) as Record<string, unknown>;
    const [url] = Array.isArray(urls) ? urls : [];
    if (typeof version !== 'string' || typeof url !== 'string') return [];
    return [{ version, url, ...(typeof digest === 'string' && digest !== '' ? { digest } : {}) }];
  });
}

function entriesOf(text: string, repoURL: string): Readonly<Record<string, unknown>> {
  try {
    const { entries } = (load(text) ?? {}) as { readonly entries?: unknown };
    if (typeof entries === 'object' && entries !== null) return entries as Readonly<Record<string, unknown>>;
  } catch {
    // The parser quotes the text; who the repository is says enough.
  }
  throw new Problem('not-found', `${repoURL}/index.yaml is not the index of a chart repository.`, {
    where: { field: 'spec.source.repoURL' },
    fix: 'Write the URL of the folder that holds index.yaml.',
  });
}

/** What an HTTP status of a chart repository or a registry means for who reads it. */
export function refused(address: string, status: number): Problem {
  const where = { field: 'spec.source.repoURL' };
  if (status === 401 || status === 403) {
    return new Problem('forbidden', `${address} does not let trimtab read (${status}).`, {
      where,
      fix: 'Register it with credentials: a Secret with argocd.argoproj.io/secret-type: repository.',
    });
  }
  if (status === 404) {
    return new Problem('not-found', `There is nothing at ${address}.`, { where, fix: 'Correct repoURL.' });
  }
  return new Problem(status === 429 ? 'rate-limited' : 'unavailable', `${address} answers ${status}.`, {
    where,
    retryAfterSeconds: 30,
  });
}
