import { load } from 'js-yaml';
import { Problem } from '../spec/problem.ts';
import { type DownloadOptions, download, textOf } from './download.ts';

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

/**
 * What the index.yaml of a chart repository says of one chart. Throws Problem `not-found` when there is no index or no
 * such chart. https://helm.sh/docs/topics/chart_repository/#the-index-file
 */
export async function readIndex(
  repoURL: string,
  chart: string,
  options: Omit<DownloadOptions, 'maxBytes'>,
): Promise<readonly ChartVersion[]> {
  const answer = await download(`${repoURL.replace(/\/+$/, '')}/index.yaml`, { ...options, maxBytes: MAX_BYTES });
  if (answer.status !== 200) throw refused(repoURL, answer.status);
  const entries = entriesOf(await textOf(answer), repoURL);
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
