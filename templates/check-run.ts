import type { CheckOutput } from '../src/spec/ports.ts';
import type { Preview } from '../src/spec/preview.ts';
import { Problem } from '../src/spec/problem.ts';
import { GITHUB_LIMIT, problemLine, problemText } from './markdown.ts';
import { conflictText, PREVIEW_MARKER, previewText, summaryLine } from './preview-comment.ts';

/** The check that a branch protection rule may require. It is always posted, also when nothing is affected. */
const CHECK_NAME = 'trimtab';

/** GitHub takes this many annotations a request; more would hide the first anyway. */
const ANNOTATIONS = 50;

/**
 * The checks of a preview: `trimtab` with the summary and an annotation at each file that is at fault, and one
 * `trimtab / diff N of M` for each page of a diff that the comment can't hold.
 */
export function previewChecks(preview: Preview): readonly CheckOutput[] {
  const { comment, pages } = previewText(preview);
  const problems = problemsOf(preview);
  const main: CheckOutput = {
    name: CHECK_NAME,
    head: preview.head,
    conclusion: problems.length > 0 ? 'failure' : 'success',
    title: summaryLine(preview),
    summary: comment.replace(`${PREVIEW_MARKER}\n`, '').slice(0, GITHUB_LIMIT - 1),
    annotations: problems.slice(0, ANNOTATIONS).map(annotation),
  };
  const rest = pages.map(
    (page, index): CheckOutput => ({
      name: `${CHECK_NAME} / diff ${index + 1} of ${pages.length}`,
      head: preview.head,
      conclusion: 'neutral',
      title: `The whole diff, part ${index + 1} of ${pages.length}`,
      summary: `What does not fit into the comment of pull request #${preview.pull}.`,
      text: page,
    }),
  );
  return [main, ...rest];
}

/** The check of a commit on which trimtab found nothing to do. */
export function nothingAffectedCheck(head: string): CheckOutput {
  return {
    name: CHECK_NAME,
    head,
    conclusion: 'success',
    title: 'No application is affected',
    summary: 'Merging this pull request changes none of the applications of the control repository.',
  };
}

/** The check of a pull request that conflicts with its base. */
export function conflictCheck(pull: { readonly base: string; readonly head: string }): CheckOutput {
  return {
    name: CHECK_NAME,
    head: pull.head,
    conclusion: 'failure',
    title: `Conflicts with ${pull.base}`,
    summary: conflictText(pull).replace(`${PREVIEW_MARKER}\n`, ''),
  };
}

/** The check of a fork's pull request that waits for someone with write access. */
export function forkCheck(head: string): CheckOutput {
  return {
    name: CHECK_NAME,
    head,
    conclusion: 'action_required',
    title: 'Waiting for /preview',
    summary: 'This pull request comes from a fork. Someone with write access comments `/preview` to have it rendered.',
  };
}

/** The check when the preview itself failed: a repository that may not be read, GitHub not answering. */
export function failedCheck(head: string, problem: Problem): CheckOutput {
  return {
    name: CHECK_NAME,
    head,
    conclusion: 'failure',
    title: 'The preview failed',
    summary: `${problemText(problem)}\n\nComment \`/preview\` to try again.`.slice(0, GITHUB_LIMIT - 1),
  };
}

/** Every problem that makes a check fail: what does not render, and rules of the project that are broken. */
function problemsOf(preview: Preview): readonly Problem[] {
  return [
    ...preview.problems,
    ...preview.applications.flatMap(({ application, because, problem, conditions }) => [
      ...(problem === undefined ? [] : [problem]),
      ...conditions.map(({ message }) => new Problem('forbidden', message, { where: { application, file: because } })),
    ]),
  ];
}

function annotation(problem: Problem): NonNullable<CheckOutput['annotations']>[number] {
  return {
    path: problem.where.file ?? '.github',
    line: problem.where.line ?? 1,
    title: problem.where.application === undefined ? CHECK_NAME : `${CHECK_NAME}: ${problem.where.application}`,
    message: problemLine(problem),
  };
}
