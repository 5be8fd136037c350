import type { Source } from '../spec/ports.ts';
import { askedOnce } from './asked-once.ts';
import { readerOf } from './source-for.ts';

/** One look at the disk for all applications of a commit. */
export function checkingOutOnce<S extends Pick<Source, 'checkout'>>(source: S): S {
  const once = askedOnce<ReturnType<Source['checkout']>>();
  return {
    ...source,
    checkout: (repoURL, revision, scope) =>
      once(`${repoURL}\n${revision}${readerOf(repoURL, scope)}`, () => source.checkout(repoURL, revision, scope)),
  };
}
