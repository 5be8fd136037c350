import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source } from '../spec/ports.ts';

/** Reads everything that a control repository defines at one commit. `repoURL` as in an Application's source. */
export async function readControlRepository(
  repoURL: string,
  revision: string,
  source: Pick<Source, 'checkout' | 'manifestFiles'>,
): Promise<Catalogue> {
  const checkout = await source.checkout(repoURL, revision);
  return readCatalogue(repoURL, await source.manifestFiles(checkout));
}
