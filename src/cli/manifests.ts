import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { type ManifestDocument, readDocuments } from '../spec/documents.ts';
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
  const isEmpty = text.split('\n').every((line) => /^\s*(#.*|---.*|\.\.\.)?$/.test(line));
  if (documents.length === 0 && !isEmpty && !/\bitems\b/.test(text)) {
    throw new Problem(
      'invalid-manifest',
      'There is no Kubernetes object in this: each is a map with apiVersion and kind.',
      {
        where: { file: name },
        fix: 'Give what kubectl get -o yaml prints: an object, several documents, or a List.',
      },
    );
  }
  return documents.map(manifestOf);
}

function manifestOf(document: ManifestDocument): Manifest {
  const lacking = document.apiVersion === '' ? 'apiVersion' : document.kind === '' ? 'kind' : undefined;
  if (lacking !== undefined) {
    throw new Problem('invalid-manifest', `A Kubernetes object is expected here, and this has no ${lacking}.`, {
      where: document.where([]),
      fix: `Give it ${lacking}, or take it out of the file.`,
    });
  }
  const { metadata = {}, ...rest } = document.value() as Partial<Manifest>;
  const named: unknown = metadata ?? {};
  if (typeof named !== 'object' || named === null || Array.isArray(named)) throw noMap(document);
  for (const [field, value] of Object.entries(named)) {
    if ((field === 'name' || field === 'namespace') && typeof value !== 'string' && value !== null) {
      // YAML 1.1, which is Kubernetes' own, reads n and on as booleans
      throw new Problem('invalid-manifest', `metadata.${field} is text, and this is ${JSON.stringify(value)}.`, {
        where: document.where(['metadata', field]),
        fix: 'Put it in quotes.',
      });
    }
  }
  return { ...rest, apiVersion: document.apiVersion, kind: document.kind, metadata: metadata ?? {} };
}

function noMap(document: ManifestDocument): Problem {
  return new Problem('invalid-manifest', 'metadata is a map with the name of the object, and this is none.', {
    where: document.where(['metadata']),
    fix: 'Write metadata: {name: …}.',
  });
}
