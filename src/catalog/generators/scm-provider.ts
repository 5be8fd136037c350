import type { ScmFilter, ScmProviderGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import { type Asking, ask, type GeneratorContext, type HostedRepository, type Params } from './context.ts';
import { keepMatching } from './keep-matching.ts';
import { normalizeName } from './normalize-name.ts';
import { otherHost } from './unsupported.ts';
import { withValues } from './with-values.ts';

/**
 * The repositories of a GitHub organization that the App is installed on, each with its default branch (or every one)
 * that passes a filter. Topics stand for labels.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-SCM-Provider/
 */
export function* scmProviderElements(
  generator: ScmProviderGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const { github, filters = [], cloneProtocol = 'ssh', values } = generator;
  if (github === undefined) throw otherHost('scmProvider', generator, path, context);
  const { organization, api, allBranches = false, excludeArchivedRepos = false } = github;
  const all = yield* ask({ kind: 'repositories', organization, api });
  const repositories = all.filter((one) => !(excludeArchivedRepos && one.archived));
  const at = [...path, 'filters'];
  const likely = yield* keepMatching(repositories, filters, ofRepository, at, context);
  const found: Branch[] = [];
  for (const repository of likely) {
    const { fullName: repo, defaultBranch } = repository;
    const branches = yield* ask({ kind: 'branches', repo, ...(allBranches ? {} : { only: defaultBranch }) });
    found.push(...branches.map(({ name, sha }) => ({ repository, branch: name, sha })));
  }
  const kept = yield* keepBranches(found, filters, at, context);
  const elements = kept.map(({ repository, branch, sha }) => ({
    organization: repository.organization,
    repository: repository.name,
    repository_id: String(repository.id),
    url: cloneURL(repository, cloneProtocol, path, context),
    branch,
    sha,
    short_sha: sha.slice(0, 8),
    short_sha_7: sha.slice(0, 7),
    labels: repository.topics.join(','),
    branchNormalized: normalizeName(branch),
  }));
  return yield* withValues(elements, values, [...path, 'values'], context);
}

interface Branch {
  readonly repository: HostedRepository;
  readonly branch: string;
  readonly sha: string;
}

function ofRepository({ name, topics }: HostedRepository, { repositoryMatch, labelMatch }: ScmFilter) {
  return [
    { field: 'repositoryMatch', pattern: repositoryMatch, texts: [name] },
    { field: 'labelMatch', pattern: labelMatch, texts: topics },
  ];
}

/** Filters are tried one by one: which paths must be there depends on the filter. */
function* keepBranches(
  branches: readonly Branch[],
  filters: readonly ScmFilter[],
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Branch[]> {
  if (filters.length === 0) return branches;
  const kept = new Set<Branch>();
  const patterns = ({ repository, branch }: Branch, filter: ScmFilter) => [
    ...ofRepository(repository, filter),
    { field: 'branchMatch', pattern: filter.branchMatch, texts: [branch] },
  ];
  for (const filter of filters) {
    const { pathsExist = [], pathsDoNotExist = [] } = filter;
    for (const branch of yield* keepMatching(branches, [filter], patterns, path, context)) {
      if (pathsExist.length + pathsDoNotExist.length > 0) {
        const files = yield* ask({ kind: 'paths', repoURL: branch.repository.httpsURL, revision: branch.sha });
        const isThere = (wanted: string): boolean => holds(files, wanted);
        if (!pathsExist.every(isThere) || pathsDoNotExist.some(isThere)) continue;
      }
      kept.add(branch);
    }
  }
  return branches.filter((branch) => kept.has(branch));
}

/** A file, or a folder with something in it. */
function holds(files: readonly string[], path: string): boolean {
  const plain = path.replace(/^(\.?\/)+|\/+$/g, '');
  return files.some((file) => file === plain || file.startsWith(`${plain}/`));
}

function cloneURL(
  { sshURL, httpsURL }: HostedRepository,
  protocol: string,
  path: FieldPath,
  { set }: GeneratorContext,
): string {
  if (protocol === 'ssh' || protocol === '') return sshURL;
  if (protocol === 'https') return httpsURL;
  throw new Problem('invalid-manifest', `unknown clone protocol ${JSON.stringify(protocol)} for GitHub`, {
    where: set.locate([...path, 'cloneProtocol']),
    fix: 'Write ssh or https.',
  });
}
