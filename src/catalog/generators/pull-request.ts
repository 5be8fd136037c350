import type { PullFilter, PullRequestGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { asProblem, Problem } from '../../spec/problem.ts';
import { type Asking, ask, type GeneratorContext, type OpenPull, type Params } from './context.ts';
import { keepMatching } from './keep-matching.ts';
import { otherHost } from './unsupported.ts';
import { withValues } from './with-values.ts';

/**
 * The open pull requests of a GitHub repository that carry all of the labels and pass a filter.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Pull-Request/
 */
export function* pullRequestElements(
  generator: PullRequestGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const { github, filters = [], values } = generator;
  if (github === undefined) throw otherHost('pullRequest', generator, path, context);
  const { labels = [] } = github;
  const open = yield* openPulls(github, generator.continueOnRepoNotFoundError === true);
  const labelled = open.filter((pull) => labels.every((label) => pull.labels.includes(label)));
  const kept = yield* keepMatching(labelled, filters, conditionsOf, [...path, 'filters'], context);
  const slugs = yield* slugsOf(kept.flatMap(({ branch, targetBranch }) => [branch, targetBranch]));
  const elements = kept.map((pull, index) => ({
    number: String(pull.number),
    title: pull.title,
    branch: pull.branch,
    branch_slug: slugs[2 * index] ?? '',
    target_branch: pull.targetBranch,
    target_branch_slug: slugs[2 * index + 1] ?? '',
    head_sha: pull.sha,
    head_short_sha: pull.sha.slice(0, 8),
    head_short_sha_7: pull.sha.slice(0, 7),
    author: pull.author,
    ...(context.goTemplate ? { labels: pull.labels } : {}),
  }));
  return yield* withValues(elements, values, [...path, 'values'], context);
}

/**
 * With `continueOnRepoNotFoundError` a repository that is not there has no pull requests, and is no mistake. GitHub does
 * not say whether it is gone or may not be seen, and its answer names it; what trimtab itself refuses to ask is no answer.
 */
function* openPulls(
  { owner, repo, api }: NonNullable<PullRequestGenerator['github']>,
  mayBeMissing: boolean,
): Asking<readonly OpenPull[]> {
  try {
    return yield* ask({ kind: 'pulls', repo: `${owner}/${repo}`, api });
  } catch (thrown) {
    const { code, where } = asProblem(thrown);
    const isMissing = code === 'not-found' || (code === 'forbidden' && where.repo !== undefined);
    if (!mayBeMissing || !isMissing) throw thrown;
    return [];
  }
}

function conditionsOf(pull: OpenPull, { branchMatch, targetBranchMatch, titleMatch }: PullFilter) {
  return [
    { field: 'branchMatch', pattern: branchMatch, texts: [pull.branch] },
    { field: 'targetBranchMatch', pattern: targetBranchMatch, texts: [pull.targetBranch] },
    { field: 'titleMatch', pattern: titleMatch, texts: [pull.title] },
  ];
}

/** Names of branches as DNS labels of at most 50 characters, cut between words, so that there is room for 13 more. */
function* slugsOf(names: readonly string[]): Asking<readonly string[]> {
  if (names.length === 0) return [];
  const outcomes = yield* ask({
    kind: 'templates',
    items: names.map((name) => ({
      template: '{{ slugify 50 true .name }}',
      data: { name: name.normalize('NFKD').replace(/\p{M}/gu, '') },
      options: [],
    })),
  });
  return outcomes.map((outcome) => {
    if (outcome.ok) return outcome.value;
    throw new Problem('internal', `a branch has no short name: ${outcome.error}`);
  });
}
