import { type Application, sourcesOf } from '../spec/application.ts';
import { matchesGlob } from '../spec/glob.ts';
import type { Condition } from '../spec/operation.ts';
import type { AppProject, IntegrityPolicy } from '../spec/project.ts';

/**
 * Sources of which the project wants signed commits. Signatures are not verified here, so nothing counts as signed: a rule
 * that can't be evaluated denies. `signatureKeys` are for all Git repositories, `sourceIntegrity` for those of its policies.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/source-integrity-git-gpg/
 */
export function signatureConditions(project: AppProject, application: Application): readonly Condition[] {
  const { signatureKeys = [], sourceIntegrity } = project.spec;
  const policies = sourceIntegrity?.git?.policies ?? [];
  const repositories = sourcesOf(application)
    .filter(({ chart, repoURL }) => chart === undefined && !repoURL.startsWith('oci://'))
    .map(({ repoURL }) => repoURL);
  const asking = (repoURL: string): string | undefined => {
    if (signatureKeys.length > 0) return 'spec.signatureKeys';
    const index = policies.findIndex((policy) => policy.gpg.mode !== 'none' && concerns(policy, repoURL));
    return index < 0 ? undefined : `spec.sourceIntegrity.git.policies[${index}]`;
  };
  return [...new Set(repositories)].flatMap((repoURL) => {
    const field = asking(repoURL);
    if (field === undefined) return [];
    const message = `project '${project.metadata.name}' wants signed commits of ${repoURL} (${field}), and trimtab does not verify signatures: it is not synced`;
    return [{ type: 'ComparisonError' as const, message }];
  });
}

function concerns({ repos }: IntegrityPolicy, repoURL: string): boolean {
  const hits = (pattern: string): boolean => matchesGlob(pattern, repoURL, { unreadable: true });
  const isDenied = repos.some(({ url }) => url.startsWith('!') && matchesGlob(url.slice(1), repoURL));
  return !isDenied && repos.some(({ url }) => !url.startsWith('!') && hits(url));
}
