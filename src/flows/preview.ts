import {
  conflictCheck,
  failedCheck,
  forkCheck,
  nothingAffectedCheck,
  previewChecks,
} from '../../templates/check-run.ts';
import {
  conflictText,
  forkText,
  nothingAffectedText,
  PREVIEW_MARKER,
  previewText,
} from '../../templates/preview-comment.ts';
import { mayPreviewFork } from '../access/permitted.ts';
import type { PreviewJob, RepoName } from '../spec/event.ts';
import type { Clock, Engines, Forge, Pull, Renderer, Source, Store } from '../spec/ports.ts';
import type { Preview } from '../spec/preview.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { isPassing } from './come-back.ts';
import { compareRevisions } from './compare-revisions.ts';
import { signedOnce } from './integrity.ts';

export interface PreviewPorts {
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  readonly store: Pick<Store, 'facts' | 'statuses'>;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  readonly clock: Clock;
  /** `owner/name` of the control repository. */
  readonly controlRepository: string;
  /** Host of repoURLs: `github.com`. */
  readonly host: string;
  /** Keys the marks of secret values. */
  readonly markKey: string;
}

/**
 * Previews one head commit of a pull request: what merging it would change, as one comment and one check. Does nothing
 * when the pull request has moved on or is closed. What goes wrong is written into the check, and then thrown, so that
 * the job is tried again. So is what did not answer for one of the applications: it may well answer soon, and what is shown
 * without it is wrong.
 */
export async function preview(job: PreviewJob, ports: PreviewPorts): Promise<void> {
  const pull = await ports.forge.pull(job.repo, job.pull);
  if (superseded(pull, job)) return;
  try {
    if (pull.fork && !(await mayRenderFork(job, ports.forge))) return await publishFork(pull, ports.forge);
    if (pull.mergeable === false) return await publishConflict(pull, ports.forge);
    const compared = await compareMerge(pull, ports);
    const now = await ports.forge.pull(job.repo, job.pull);
    if (superseded(now, job)) return;
    await publish(compared, pull, ports.forge);
    const unanswered = problemsOf(compared).find(isPassing);
    if (unanswered !== undefined) throw unanswered;
  } catch (thrown) {
    await ports.forge.check(job.repo, failedCheck(job.head, asProblem(thrown)));
    throw thrown;
  }
}

function problemsOf({ problems, applications }: Preview): readonly Problem[] {
  return [
    ...problems,
    ...applications.flatMap(({ problem, warnings }) => [...(problem ? [problem] : []), ...warnings]),
  ];
}

function superseded(pull: Pull, job: PreviewJob): boolean {
  return pull.state === 'closed' || pull.head.sha !== job.head;
}

async function mayRenderFork(job: PreviewJob, forge: Forge): Promise<boolean> {
  return job.requestedBy !== undefined && mayPreviewFork(await forge.permission(job.repo, job.requestedBy));
}

/** The merge result is compared with its first parent: what the base branch has won since is in neither side. */
async function compareMerge(pull: Pull, ports: PreviewPorts): Promise<Preview> {
  if (pull.mergeCommit === undefined) {
    throw new Problem('unavailable', `GitHub has not made the test merge of pull request #${pull.number} yet.`);
  }
  const [[base = pull.base.sha], defaultBranch] = await Promise.all([
    ports.forge.parents(pull.repo, pull.mergeCommit),
    ports.forge.defaultBranch(pull.repo),
  ]);
  const compared = await compareRevisions(
    {
      repoURL: repoURL(ports.host, pull.repo),
      controlURL: repoURL(ports.host, ports.controlRepository),
      branch: pull.base.ref,
      defaultBranch,
      base,
      head: pull.mergeCommit,
    },
    { ...ports, forge: signedOnce(judgingMerge(pull, ports.forge)), guarded: true },
  );
  return { ...compared, repo: pull.repo, pull: pull.number, base, head: pull.head.sha };
}

/**
 * The test merge stands for the commit that a merge will make: GitHub signs both with its own key. A test merge that it
 * left unsigned says nothing of that; then the head of the pull request is judged.
 */
function judgingMerge(pull: Pull, forge: Forge): Forge {
  const judged = async (repo: RepoName, sha: string): Promise<string> => {
    if (sha !== pull.mergeCommit) return sha;
    return (await forge.signedCommit(repo, sha)).result === 'unsigned' ? pull.head.sha : sha;
  };
  return {
    ...forge,
    signedCommit: async (repo, sha) => forge.signedCommit(repo, await judged(repo, sha)),
    signedHistory: async function* (repo, sha) {
      yield* forge.signedHistory(repo, await judged(repo, sha));
    },
  };
}

async function publish(found: Preview, pull: Pull, forge: Forge): Promise<void> {
  const silent = found.applications.length === 0 && found.problems.length === 0 && found.kept === undefined;
  if (!silent) {
    await forge.upsertComment(pull.repo, pull.number, PREVIEW_MARKER, previewText(found).comment);
    for (const check of previewChecks(found)) await forge.check(pull.repo, check);
    return;
  }
  if (await forge.hasComment(pull.repo, pull.number, PREVIEW_MARKER)) {
    await forge.upsertComment(pull.repo, pull.number, PREVIEW_MARKER, nothingAffectedText(found));
  }
  await forge.check(pull.repo, nothingAffectedCheck(found.head));
}

async function publishConflict(pull: Pull, forge: Forge): Promise<void> {
  const words = { base: pull.base.ref, head: pull.head.sha };
  await forge.upsertComment(pull.repo, pull.number, PREVIEW_MARKER, conflictText(words));
  await forge.check(pull.repo, conflictCheck(words));
}

async function publishFork(pull: Pull, forge: Forge): Promise<void> {
  await forge.upsertComment(pull.repo, pull.number, PREVIEW_MARKER, forkText(pull.author));
  await forge.check(pull.repo, forkCheck(pull.head.sha));
}

/** A repository of the forge as an Application names it. */
export function repoURL(host: string, repo: string): string {
  return `https://${host}/${repo}`;
}
