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
    typeof text === 'string' && /^policy(\..*)?\.csv$/.test(key) ? linesOf(key, text, document) : [],
  );
}

function linesOf(key: string, text: string, document: ManifestDocument): readonly Problem[] {
  const first = document.textLine(['data', key]);
  return text.split('\n').flatMap((line, index) => {
    const reason = wrong(line.trim());
    if (reason === undefined) return [];
    return [
      new Problem('misconfigured', `invalid policy "${line.trim()}": ${reason}`, {
        where: { ...document.where(['data', key]), line: first + index },
        fix: 'p, role:deployer, applications, sync, shop/*, allow; or g, acme:team, role:deployer',
      }),
    ];
  });
}

function wrong(line: string): string | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const parts = line.split(',').map((part) => part.trim());
  if (parts[0] === 'g') return parts.length === 3 ? undefined : 'a group line has three parts';
  if (parts[0] !== 'p') return 'it must begin with p or g';
  if (parts.length !== 6) return 'it must have six parts: p, subject, resource, action, object, effect';
  return parts[5] === 'allow' || parts[5] === 'deny' ? undefined : 'its effect must be allow or deny';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
