import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

/** Reads everything that a control repository defines at one commit. `repoURL` as in an Application's source. */
export async function readControlRepository(
  repoURL: string,
  revision: string,
  source: Pick<Source, 'checkout' | 'manifestFiles'>,
): Promise<Catalogue> {
  const checkout = await source.checkout(repoURL, revision);
  const catalogue = readCatalogue(repoURL, await source.manifestFiles(checkout));
  const links = (checkout.links ?? []).filter((link) => /\.(ya?ml|json)$/i.test(link));
  return { ...catalogue, problems: [...catalogue.problems, ...links.map((file) => unread(file, repoURL))] };
}

/** What a link stands for is not read; an application that was defined in its place is hidden, and not gone. */
function unread(file: string, repo: string): Problem {
  return new Problem('unsafe-path', 'This is a symbolic link. trimtab does not follow links.', {
    where: { repo, file },
    fix: 'Put the file itself in its place.',
  });
}
