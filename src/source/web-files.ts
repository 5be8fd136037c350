import type { Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { repositoryOfFile } from '../spec/repo-url.ts';
import { type AccessTo, withAccess } from './access.ts';
import { download, textOf } from './download.ts';

/** Manifests of a release; the largest (CRDs of an operator) have a few MB. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads files of the web, as their repository or their URL is registered, or as anybody may, on public hosts. Throws Problem:
 * `not-found`, `forbidden`, `unavailable`, `limit-exceeded`.
 */
export function createWebFiles({
  access = async () => ({}),
}: {
  readonly access?: AccessTo;
}): NonNullable<Source['webFile']> {
  return async (url, scope) => {
    const answer = await download(url, {
      ...withAccess(await access(repositoryOfFile(url), scope)),
      maxBytes: MAX_BYTES,
    });
    if (answer.status === 200) return textOf(answer);
    const { host, pathname } = new URL(url);
    const code = answer.status === 404 ? 'not-found' : answer.status < 500 ? 'forbidden' : 'unavailable';
    throw new Problem(code, `${host} answers ${answer.status} for ${pathname}.`, {
      ...(code === 'unavailable' ? { retryAfterSeconds: 30 } : {}),
    });
  };
}
