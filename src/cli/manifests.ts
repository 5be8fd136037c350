import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { readDocuments } from '../spec/documents.ts';
import type { Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';

/**
 * The Kubernetes objects of a YAML or JSON file, in its order; `-` is stdin. Several documents and Lists are taken apart,
 * empty documents left out. Throws Problem with file and line: broken YAML, or an object without apiVersion or kind.
 */
export async function readManifests(path: string): Promise<readonly Manifest[]> {
  const name = path === '-' ? 'stdin' : path;
  const text = await (path === '-' ? textOf(process.stdin) : readFile(path, 'utf8')).catch(() => undefined);
  if (text === undefined) throw new Problem('not-found', `The file ${path} cannot be read.`, { where: { file: path } });
  const { documents, problems } = readDocuments({ path: name, text });
  const [broken] = problems;
  if (broken !== undefined) throw broken;
  return documents.map((document) => {
    const lacking = document.apiVersion === '' ? 'apiVersion' : document.kind === '' ? 'kind' : undefined;
    if (lacking !== undefined) {
      throw new Problem('invalid-manifest', `A Kubernetes object is expected here, and this has no ${lacking}.`, {
        where: document.where([]),
        fix: `Give it ${lacking}, or take it out of the file.`,
      });
    }
    const { metadata = {}, ...rest } = document.value() as Partial<Manifest>;
    return { ...rest, apiVersion: document.apiVersion, kind: document.kind, metadata };
  });
}
