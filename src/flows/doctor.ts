import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { ManifestFile } from '../spec/catalogue.ts';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
import { type Finding, inFileOrder } from '../spec/finding.ts';
import { Problem } from '../spec/problem.ts';
import { differencesOf } from './doctor-rules.ts';
import type { Difference } from './doctor-settings.ts';
import { type ExpandPorts, expandSets } from './expand-sets.ts';

/**
 * What of a repository would behave differently from Argo CD, and what is not supported, by the fields that it uses:
 * `error` is refused or does nothing, `warning` does something else. What is simply wrong, `validate` says. Never throws.
 */
export async function doctor(files: readonly ManifestFile[], ports: ExpandPorts): Promise<readonly Finding[]> {
  const documents = files.flatMap((file) => readDocuments(file).documents);
  // A set says what of it is not supported when it is expanded; what it would read from elsewhere is no matter here.
  const { problems } = await expandSets(readCatalogue('', files), '', ports);
  const told = problems.filter(({ code }) => code === 'unsupported');
  const found = documents.flatMap((document) =>
    differencesOf(document, documents).map((difference) => findingOf(difference, document)),
  );
  // One place is told of once: by the rule, which says more than the reader's own warning.
  const places = new Set(found.map(({ problem }) => `${problem.where.file}:${problem.where.field}`));
  const others = told.filter(({ where }) => !places.has(`${where.file}:${where.field}`));
  return inFileOrder([...found, ...others.map((problem) => ({ severity: 'error' as const, problem }))]);
}

function findingOf({ kind, path, message, fix }: Difference, document: ManifestDocument): Finding {
  return {
    severity: kind === 'unsupported' ? 'error' : 'warning',
    problem: new Problem('unsupported', message, { where: document.where(path), fix }),
  };
}
