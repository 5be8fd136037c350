import { readRbacLine } from '../access/rbac-line.ts';
import type { ManifestDocument } from '../spec/documents.ts';
import { Problem } from '../spec/problem.ts';

/**
 * Lines of the policies of `argocd-rbac-cm` that have another form than Argo CD's, with their lines in the file.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
 */
export function rbacProblems(document: ManifestDocument): readonly Problem[] {
  const value = document.value();
  const data = isMap(value) && isMap(value['data']) ? value['data'] : {};
  return Object.entries(data).flatMap(([key, text]) =>
    typeof text === 'string' && /^policy(\..*)?\.csv$/.test(key)
      ? linesOf(key, text, document, String(data['policy.matchMode'] ?? 'glob'))
      : [],
  );
}

function linesOf(key: string, text: string, document: ManifestDocument, matchMode: string): readonly Problem[] {
  const first = document.textLine(['data', key]);
  return text.split('\n').flatMap((line, index) => {
    const read = readRbacLine(line, matchMode.trim());
    if (read?.kind !== 'wrong') return [];
    return [
      new Problem('misconfigured', `invalid policy "${line.trim()}": ${read.reason}`, {
        where: { ...document.where(['data', key]), line: first + index },
        fix: 'p, role:deployer, applications, sync, shop/*, allow; or g, acme:team, role:deployer',
      }),
    ];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
