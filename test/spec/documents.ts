import type { ManifestDocument } from '../../src/spec/documents.ts';
import { readDocuments } from '../../src/spec/documents.ts';
import { asProblem, type Problem } from '../../src/spec/problem.ts';

/** The only document of a text, as it stands in `apps/shop.yaml`. */
export function documentOf(text: string): ManifestDocument {
  const [document] = readDocuments({ path: 'apps/shop.yaml', text }).documents;
  if (document === undefined) throw new Error('the text of this test holds no document');
  return document;
}

/** The Problem that a call throws. */
export function problemOf(call: () => unknown): Problem {
  try {
    call();
  } catch (thrown) {
    return asProblem(thrown);
  }
  throw new Error('the call of this test was expected to throw');
}
