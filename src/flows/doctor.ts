import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { ManifestFile } from '../spec/catalogue.ts';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
import { type Finding, inFileOrder } from '../spec/finding.ts';
import { Problem } from '../spec/problem.ts';
import { differencesOf } from './doctor-rules.ts';
import type { Difference } from './doctor-settings.ts';

/**
 * What of a repository would behave differently from Argo CD, and what is not supported, by the fields that it uses:
 * `error` is refused or does nothing, `warning` does something else. What is simply wrong, `validate` says. Never throws.
 */
export function doctor(files: readonly ManifestFile[]): readonly Finding[] {
  const documents = files.flatMap((file) => readDocuments(file).documents);
  const { problems } = readCatalogue('', files);
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
