import { asProblem, Problem, type Where } from '../spec/problem.ts';
import { folded, isNode, type Node } from './kustomization-fields.ts';

/** Fields whose text is never read as a path, and those whose entries are followed one by one. */
const PASSED_OVER = new Set([
  ...['commonannotations', 'commonlabels', 'annotations', 'labels', 'literals', 'patch', 'metadata'],
  ...['resources', 'bases', 'components', 'generators', 'transformers', 'validators', 'helmcharts', 'helmglobals'],
]);

/** A problem for each URL of a kustomization where kustomize would fetch it, or where it is not worth the risk. */
export function refuseRemote(document: Node, whereOf: (written: string, field: string) => Where): readonly Problem[] {
  const look = (node: unknown, field: string): readonly Problem[] => {
    if (typeof node === 'string') {
      return /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(node) ? [remote(node, whereOf(node, field))] : [];
    }
    if (Array.isArray(node)) return node.flatMap((each) => look(each, field));
    if (!isNode(node)) return [];
    return Object.entries(node).flatMap(([key, value]) =>
      PASSED_OVER.has(folded(key)) ? [] : look(value, field === '' ? key : field),
    );
  };
  return look(document, '');
}

/** In the configuration of a generator or transformer any text may be read as a path, and fetched. */
export function refuseRemoteText(
  documents: readonly unknown[],
  whereOf: (written: string) => Where,
): readonly Problem[] {
  return stringsOf(documents)
    .filter((text) => text.includes('://'))
    .map((text) => remote(text, whereOf(text)));
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** What kustomize would fetch, and nobody fetches for it. */
export function remote(written: string, where: Where): Problem {
  return new Problem(
    'unsupported',
    `The kustomization reads ${shown(written)} from another host; trimtab fetches nothing while it renders.`,
    {
      where,
      fix: 'Copy it into the repository, and refer to it by its path.',
    },
  );
}

/** A URL without the user and the password that it may hold. */
export function shown(written: string): string {
  return JSON.stringify(written.replace(/\/\/[^/@]*@/, '//').slice(0, 200));
}

/** Why something could not be brought, at the place of the kustomization that names it. */
export function notBrought(thrown: unknown, what: string, where: Where): Problem {
  const { code, message, fix, retryAfterSeconds } = asProblem(thrown);
  return new Problem(code, `${what}: ${message}`, {
    where,
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
