import { type IntegrityRule, integrityProblems, integrityRule, unsealed } from '../access/source-integrity.ts';
import { projectOf } from '../catalog/project-of.ts';
import { type Application, type ApplicationSource, sourcesOf } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RepoName } from '../spec/event.ts';
import { mayBeRange } from '../spec/may-be-range.ts';
import type { Condition } from '../spec/operation.ts';
import type { Forge } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import type { Signature, SignedCommit } from '../spec/signature.ts';
import { askedOnce } from './asked-once.ts';
import { isPassing } from './come-back.ts';

type Signatures = Pick<Forge, 'signedCommit' | 'signedHistory' | 'signedTag'>;

/** What says who signed a commit. Absent where there is no GitHub: then nothing counts as signed. */
export interface IntegrityPorts {
  readonly forge?: Partial<Signatures> | undefined;
  /** Host of the repositories of the forge: `github.com`. */
  readonly host?: string | undefined;
}

/** Commits without a seal between them and the head: more than that are not looked through at each change. */
const MOST_COMMITS = 1000;

/**
 * Which signatures an application lacks, by `signatureKeys` or `sourceIntegrity` of its project: nothing is synced, and
 * nothing that it defines counts, while there is a condition. Git sources only, as in Argo CD: neither charts of chart
 * repositories nor OCI artifacts. `revisions` are those of the sources, in order. Throws Problem while GitHub can't say.
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/
 */
export async function integrityConditions(
  application: Application,
  revisions: readonly string[],
  catalogue: Pick<Catalogue, 'projects' | 'settings'>,
  ports: IntegrityPorts,
): Promise<readonly Condition[]> {
  const project = projectOf(application.spec.project, catalogue);
  if (project === undefined) return [];
  const sources = sourcesOf(application);
  const problems = await Promise.all(
    sources.map(async (source, index) => {
      const found = await integrityOf(project, source, revisions[index] ?? '', ports);
      const name = source.name ?? `source ${index + 1} of ${sources.length}`;
      return sources.length > 1 ? found.map((problem) => `${name}: ${problem}`) : found;
    }),
  );
  return [...new Set(problems.flat())].map((message) => ({ type: 'ComparisonError', message }));
}

/** The same of one source of a project, or of a repository that one of its sets reads: in words. */
export async function integrityOf(
  project: AppProject,
  source: Pick<ApplicationSource, 'repoURL' | 'targetRevision' | 'chart'>,
  revision: string,
  ports: IntegrityPorts,
): Promise<readonly string[]> {
  if (source.chart !== undefined || source.repoURL.startsWith('oci://')) return [];
  const rule = integrityRule(project, source.repoURL);
  return rule === undefined ? [] : await problemsOf(source, revision, rule, ports);
}

async function problemsOf(
  source: Pick<ApplicationSource, 'repoURL' | 'targetRevision'>,
  revision: string,
  rule: IntegrityRule,
  { forge = {}, host = 'github.com' }: IntegrityPorts,
): Promise<readonly string[]> {
  if ('refused' in rule) return [rule.refused];
  const failed = (why: string): readonly string[] => [`GIT/GPG: Failed verifying revision ${revision}: ${why}`];
  const repo = repositoryOf(source.repoURL, host);
  const { signedCommit, signedHistory, signedTag } = forge;
  if (signedCommit === undefined || signedHistory === undefined || signedTag === undefined) {
    return failed('signatures are verified by GitHub, which is not asked here');
  }
  if (repo === undefined) return failed(`signatures are verified by GitHub, and ${source.repoURL} is elsewhere`);
  if (mayBeRange(source.targetRevision ?? '')) {
    return failed(`${source.targetRevision} is a range of tags; write the tag whose signature counts`);
  }
  try {
    const asked = { repo, targetRevision: source.targetRevision ?? '', revision };
    const signatures = await signaturesOf(asked, rule, { signedCommit, signedHistory, signedTag });
    return integrityProblems(signatures, rule.keys);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isPassing(problem)) throw problem;
    return failed(problem.message);
  }
}

/** The signature of the annotated tag that a source names, else that of the commit; in `strict` mode those of its history. */
async function signaturesOf(
  {
    repo,
    targetRevision,
    revision,
  }: { readonly repo: RepoName; readonly targetRevision: string; readonly revision: string },
  { mode, keys }: Exclude<IntegrityRule, { readonly refused: string }>,
  forge: Signatures,
): Promise<readonly Signature[]> {
  const isName = targetRevision !== '' && targetRevision !== 'HEAD' && targetRevision !== revision;
  const named = isName ? await forge.signedTag(repo, targetRevision) : undefined;
  const tags = named?.commit === revision ? [named] : [];
  if (mode === 'strict') return [...tags, ...(await historyOf(repo, revision, keys, forge))];
  return tags.length > 0 ? tags : [await forge.signedCommit(repo, revision)];
}

async function historyOf(
  repo: RepoName,
  revision: string,
  keys: ReadonlySet<string>,
  { signedHistory }: Signatures,
): Promise<readonly Signature[]> {
  const history: SignedCommit[] = [];
  for await (const page of signedHistory(repo, revision)) {
    history.push(...page);
    const [head] = history;
    if (head === undefined) break;
    const isHeadBad = integrityProblems([head], keys).length > 0;
    const { commits, isComplete } = unsealed(head.revision, history, keys);
    const isEnough = isHeadBad || history.length >= MOST_COMMITS;
    if (isComplete || (isEnough && integrityProblems(commits, keys).length > 0)) return commits;
    if (isEnough) break;
  }
  throw new Problem('limit-exceeded', `there is no seal within ${MOST_COMMITS} commits`, {
    fix: 'Make a signed commit with the trailer Argocd-gpg-seal, from which on the history is verified.',
  });
}

/** The same signatures, asked for once: a job looks at many applications of one commit. */
export function signedOnce<F extends Signatures>(forge: F): F {
  const commits = askedOnce<ReturnType<Signatures['signedCommit']>>();
  const tags = askedOnce<ReturnType<Signatures['signedTag']>>();
  const histories = askedOnce<ReturnType<Signatures['signedHistory']>>();
  return {
    ...forge,
    signedCommit: (repo, sha) => commits(`${repo} ${sha}`, () => forge.signedCommit(repo, sha)),
    signedTag: (repo, name) => tags(`${repo} ${name}`, () => forge.signedTag(repo, name)),
    signedHistory: (repo, sha) => histories(`${repo} ${sha}`, () => replayed(forge.signedHistory(repo, sha))),
  };
}

/** An iteration that may be gone through several times, and takes from what it stands for once. */
function replayed<T>(from: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = from[Symbol.asyncIterator]();
  const taken: Promise<IteratorResult<T>>[] = [];
  return {
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index += 1) {
        const next = taken[index] ?? iterator.next();
        taken[index] = next;
        const result = await next;
        if (result.done === true) return;
        yield result.value;
      }
    },
  };
}
