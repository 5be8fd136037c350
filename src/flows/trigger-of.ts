import { type Application, type Parsed, sourcesOf } from '../spec/application.ts';
import type { RepoName } from '../spec/event.ts';
import type { ApplicationStatus, Trigger } from '../spec/operation.ts';
import type { Pull } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import { applicationsOfPull } from './applications-of-pull.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { mergedPull } from './tell-merged-pull.ts';

/** On a merged pull request this label says, as whoever merged it saw, that it may delete a large share of an application. */
const ALLOW_PRUNE = 'trimtab/allow-prune';

interface Begun {
  readonly from: Parsed<Application> | undefined;
  readonly status: Pick<ApplicationStatus, 'revisions' | 'lastAttempt'>;
}

/**
 * What has a sync begun: the merged pull request that was pushed, or, where a scheduled look is the first that sees a commit
 * (its push was looked at while something did not answer, or its delivery was lost), the one that brought it. What its
 * label allows it allows for applications that it touches: of another one nobody looked at what goes.
 */
export async function triggerOf(
  kind: 'schedule' | 'self-heal',
  begun: Begun,
  control: Control,
  ports: RefreshPorts,
): Promise<{ readonly trigger: Trigger; readonly allowDelete: boolean }> {
  if (kind === 'self-heal') return { trigger: { kind }, allowDelete: false };
  const { push } = control;
  const pull = push === undefined ? await bringing(begun, control, ports) : await mergedPull(push, ports.forge);
  if (pull === undefined) return { trigger: { kind: push === undefined ? kind : 'push' }, allowDelete: false };
  const { repo, number, labels } = pull;
  const allowDelete = labels.includes(ALLOW_PRUNE) && (await touches(pull, begun.from, ports));
  return { trigger: { kind: 'push', pull: { repo, number } }, allowDelete };
}

/** The merged pull request that brought what is new of an application that is just written down, and that touches it. */
async function bringing(
  { from, status: { revisions, lastAttempt } }: Begun,
  { revision }: Control,
  ports: RefreshPorts,
): Promise<Pull | undefined> {
  if (from === undefined || !isWritten(from)) return undefined;
  const commits = sourcesOf(from.value).flatMap(({ repoURL, chart }, index) => {
    const repo = chart === undefined ? repositoryOf(repoURL, ports.host) : undefined;
    const sha = revisions[index];
    return repo === undefined || sha === undefined || sha === lastAttempt?.revisions[index] ? [] : [{ repo, sha }];
  });
  for (const commit of [...commits, { repo: ports.controlRepository, sha: revision }]) {
    const pull = await known(commit, ports);
    if (pull !== undefined && (await touches(pull, from, ports))) return pull;
  }
  return undefined;
}

/** Nothing is known of the pull requests of a repository that the App is not on. */
async function known(
  commit: { readonly repo: RepoName; readonly sha: string },
  { forge }: Pick<RefreshPorts, 'forge'>,
): Promise<Pull | undefined> {
  try {
    return await mergedPull(commit, forge);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === 'forbidden' || problem.code === 'not-found' || problem.code === 'misconfigured')
      return undefined;
    throw problem;
  }
}

/** What a set or another application gives may change by what nobody can tell from its own files alone. */
async function touches(pull: Pull, from: Parsed<Application> | undefined, ports: RefreshPorts): Promise<boolean> {
  if (from === undefined || !isWritten(from)) return true;
  return (await applicationsOfPull(pull, [from], ports)).length > 0;
}

function isWritten({ generatedBy, parents, rendered }: Parsed<Application>): boolean {
  return generatedBy === undefined && parents === undefined && rendered !== true;
}
