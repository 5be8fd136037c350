import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { conflictText, previewText } from '../../templates/preview-comment.ts';
import type { ComparePorts, Revisions } from '../flows/compare-ports.ts';
import { compareRevisions } from '../flows/compare-revisions.ts';
import { mergeResult } from '../source/index.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source } from '../spec/ports.ts';
import type { Preview } from '../spec/preview.ts';
import { asProblem } from '../spec/problem.ts';
import { parseRepoURL, sameRepository } from '../spec/repo-url.ts';
import { type Clone, commitOf, fallbackUrl, openClone } from './clone.ts';
import { noApplications } from './find-application.ts';
import { type Mapping, mapOption, repoOption } from './options.ts';
import {
  catalogueAt,
  clock,
  engines,
  isBranch,
  NO_FACTS,
  openRepository,
  originDefault,
  type Repository,
} from './repository.ts';
import { EXIT, say } from './show-problem.ts';

/** Two revisions of a clone. */
export interface CompareOptions {
  readonly repo: string;
  readonly base: string;
  readonly head: string;
  readonly map: Mapping;
  readonly controlRepositoryDir?: string;
}

/** What is compared, and with what. */
interface Comparison {
  readonly revisions: Revisions;
  readonly ports: ComparePorts;
  readonly dir: string;
  /** The commit of HEAD; `revisions.head` is the merge result. */
  readonly head: string;
}

/** Adds `trimtab preview`. */
export function addPreview(program: Command): void {
  program
    .command('preview')
    .description('print the very comment that a pull request from HEAD into BASE would get')
    .addOption(repoOption())
    .requiredOption('--base <rev>', 'the branch that the pull request goes to')
    .requiredOption('--head <rev>', "the pull request's branch")
    .addOption(mapOption())
    .option('--control-repository-dir <dir>', 'the clone with the Applications, where that is another one')
    .addHelpText(
      'after',
      `
Compares BASE with the result of merging HEAD into it, without touching the clone. Exits 1 when something does not
render or the branches conflict.

Examples:
  trimtab preview --base main --head my-branch
  trimtab preview --repo ../platform --base origin/main --head HEAD
  trimtab preview --repo ../charts --control-repository-dir ../platform --base main --head my-branch
  trimtab preview --base main --head my-branch --map https://github.com/acme/charts=../charts
`,
    )
    .action((options: CompareOptions) => preview(options));
}

async function preview(options: CompareOptions): Promise<void> {
  const comparison = await openComparison(options);
  if (comparison === undefined) return;
  const { revisions, ports, dir, head } = comparison;
  const { repoURL, base } = revisions;
  const compared = await compareRevisions(revisions, ports);
  show({ ...compared, repo: parseRepoURL(repoURL)?.path ?? dir, pull: 0, base, head });
}

/**
 * BASE, and the result of merging HEAD into it, ready to be compared; undefined when they conflict, which has then been
 * said. Throws Problem when a revision is not there, or no Application is.
 */
export async function openComparison(options: CompareOptions): Promise<Comparison | undefined> {
  const clone = await openClone(options.repo);
  const { controlRepositoryDir } = options;
  const control = controlRepositoryDir === undefined ? clone : await openClone(controlRepositoryDir);
  const base = await commitOf(clone, options.base);
  const head = await commitOf(clone, options.head);
  const merged = await merge(clone, options, head);
  if (merged === undefined) return undefined;
  const branches = await branchesOf(clone, options.base);
  const onDefault = branches.branch === branches.defaultBranch;
  const defaultHead = onDefault ? base : branches.defaultBranch;
  const isOwn = control.dir === clone.dir;
  const sides = isOwn && onDefault ? [base, merged] : [await commitOf(control, isOwn ? defaultHead : 'HEAD')];
  const { applications, settings } = await definedAt(control, sides, options.map);
  const repository = openRepository(clone, applications, { map: options.map, control, settings });
  return {
    revisions: {
      repoURL: repository.url,
      controlURL: isOwn ? repository.url : fallbackUrl(control),
      ...branches,
      base,
      head: merged,
    },
    ports: {
      source: headIsDefault(repository, defaultHead),
      renderer: repository.renderer,
      store: { facts: NO_FACTS },
      engines: engines(),
      clock,
      markKey: randomBytes(32).toString('hex'),
    },
    dir: clone.dir,
    head,
  };
}

/** The merge result; undefined, when the branches conflict and the comment that says so is printed. */
async function merge({ dir }: Clone, { base, head }: CompareOptions, sha: string): Promise<string | undefined> {
  try {
    return await mergeResult(dir, base, head);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code !== 'merge-conflict') throw problem;
    process.stdout.write(conflictText({ base, head: sha }));
    say(problem.message);
    process.exitCode = EXIT.problem;
    return undefined;
  }
}

interface Branches {
  readonly branch: string;
  readonly defaultBranch: string;
}

/** The branch that BASE names. What is no branch (a SHA, a tag, HEAD) stands for the default one. */
async function branchesOf({ dir }: Clone, base: string): Promise<Branches> {
  const branch = base.replace(/^refs\/heads\//, '').replace(/^(refs\/remotes\/)?origin\//, '');
  const known = await originDefault(dir);
  return (await isBranch(dir, branch))
    ? { branch, defaultBranch: known ?? branch }
    : { branch: known ?? base, defaultBranch: known ?? base };
}

/** The Applications of the sides that count, and what the base says else. Throws Problem when there are none. */
async function definedAt(
  control: Clone,
  revisions: readonly string[],
  map: Mapping,
): Promise<{ readonly applications: readonly Application[]; readonly settings: Catalogue['settings'] }> {
  const [base = '', ...heads] = revisions;
  const before = catalogueAt(control, base, map);
  // What a change registers says to whom credentials are shown: it does not count before it is merged.
  const registered = async (): Promise<Catalogue['settings']> => (await before).settings;
  const after = heads.map((head) => catalogueAt(control, head, map, undefined, registered));
  const catalogues = await Promise.all([before, ...after]);
  const found = catalogues.flatMap((catalogue) => catalogue.applications.map((one) => one.value));
  const first = await before;
  if (found.length === 0 && catalogues.every((one) => one.problems.length === 0)) {
    throw noApplications(first, control.dir);
  }
  return { applications: found, settings: first.settings };
}

/** HEAD is what is checked out, for git; for Applications it is the default branch. */
function headIsDefault(clone: Repository, head: string): Source {
  const { url, source } = clone;
  return {
    ...source,
    resolve: async (repoURL, targetRevision = 'HEAD', scope) =>
      sameRepository(repoURL, url) && (targetRevision === '' || targetRevision === 'HEAD')
        ? await commitOf(clone, head)
        : await source.resolve(repoURL, targetRevision, scope),
  };
}

function show(found: Preview): void {
  const { applications, problems } = found;
  if (applications.length === 0 && problems.length === 0) {
    say('no application changes: a pull request would get no comment.');
    return;
  }
  const { comment, pages } = previewText(found);
  process.stdout.write([comment, ...pages.map((page, index) => `\n<!-- page ${index + 1} -->\n${page}\n`)].join(''));
  if (problems.length > 0 || applications.some((one) => one.problem !== undefined)) process.exitCode = EXIT.problem;
}
