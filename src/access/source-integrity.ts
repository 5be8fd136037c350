import { matchesGlob } from '../spec/glob.ts';
import type { AppProject, IntegrityPolicy } from '../spec/project.ts';
import { keyIdOf, type Signature, type SignedCommit } from '../spec/signature.ts';

/** Whose signatures a project wants on the commits of a repository; `refused` says why nobody can tell. */
export type IntegrityRule =
  | { readonly mode: 'head' | 'strict'; readonly keys: ReadonlySet<string> }
  | { readonly refused: string };

/**
 * What a project wants of the commits of a Git repository; undefined where it wants nothing. `signatureKeys` are for every
 * repository, `sourceIntegrity` for those of its policies, of which exactly one may match: a mistake never opens the door.
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/
 */
export function integrityRule({ spec }: AppProject, repoURL: string): IntegrityRule | undefined {
  const legacy = (spec.signatureKeys ?? []).map(({ keyID }) => keyID);
  if (legacy.length > 0 && spec.sourceIntegrity !== undefined) {
    return { refused: 'signatureKeys and sourceIntegrity exclude each other' };
  }
  if (legacy.length > 0) return { mode: 'head', keys: keyIds(legacy) };
  const matching = (spec.sourceIntegrity?.git?.policies ?? []).filter((policy) => concerns(policy, repoURL));
  const [policy] = matching;
  if (policy === undefined) return undefined;
  if (matching.length > 1) {
    return {
      refused: `multiple (${matching.length}) git source integrity policies found for repo URL: ${repoURL}`,
    };
  }
  const { mode, keys = [] } = policy.gpg;
  return mode === 'none' ? undefined : { mode, keys: keyIds(keys) };
}

/** What is neither an id nor a fingerprint allows nobody. */
function keyIds(keys: readonly string[]): ReadonlySet<string> {
  return new Set(keys.flatMap((key) => keyIdOf(key) ?? []));
}

function concerns({ repos }: IntegrityPolicy, repoURL: string): boolean {
  const hits = (pattern: string): boolean => matchesGlob(pattern, repoURL, { unreadable: true });
  const isDenied = repos.some(({ url }) => url.startsWith('!') && matchesGlob(url.slice(1), repoURL));
  return !isDenied && repos.some(({ url }) => !url.startsWith('!') && hits(url));
}

/** Argo CD tells of no more at a time. */
const MOST_PROBLEMS = 10;

/**
 * What is wrong with signatures, newest first, in Argo CD's words; empty when all are good and by allowed keys. Commits that
 * the same key signed count once.
 */
export function integrityProblems(signatures: readonly Signature[], keys: ReadonlySet<string>): readonly string[] {
  const told = new Set<string>();
  return signatures
    .filter((one) => !isTrusted(one, keys))
    .filter(({ keyId, revision }) => {
      if (keyId === undefined || !isCommit(revision)) return true;
      const isNew = !told.has(keyId);
      told.add(keyId);
      return isNew;
    })
    .slice(0, MOST_PROBLEMS)
    .map(({ revision, by, result, keyId = '' }) => {
      const reason = result === 'signed' ? 'signed with unallowed key' : result;
      return `GIT/GPG: Failed verifying revision ${revision} by '${by}': ${reason} (key_id=${keyId})`;
    });
}

function isTrusted({ result, keyId }: Signature, keys: ReadonlySet<string>): boolean {
  return result === 'signed' && keyId !== undefined && keys.has(keyId);
}

function isCommit(revision: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision);
}

/** The commits that `strict` verifies, and whether some of them are not known yet. */
export interface Unsealed {
  readonly commits: readonly SignedCommit[];
  readonly isComplete: boolean;
}

/**
 * A commit and its ancestors as far as the newest seals: signed commits whose message has the trailer `Argocd-gpg-seal`, and
 * which vouch for everything before them. A seal counts only by an allowed key. `history` may be a part, newest first.
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/#commit-seal-signing-with-strict-mode
 */
export function unsealed(head: string, history: readonly SignedCommit[], keys: ReadonlySet<string>): Unsealed {
  const known = new Map(history.map((commit) => [commit.revision, commit]));
  const isSeal = (commit: SignedCommit): boolean =>
    /^Argocd-gpg-seal:/im.test(commit.message) && isTrusted(commit, keys);
  const seals = history.filter(isSeal);
  const sealed = reachable(
    seals.flatMap(({ parents }) => parents),
    (sha) => known.get(sha)?.parents ?? [],
  );
  const wanted = reachable([head], (sha) => {
    const commit = known.get(sha);
    if (commit === undefined || sealed.has(sha) || isSeal(commit)) return [];
    return commit.parents;
  });
  const open = [...wanted].filter((sha) => !sealed.has(sha));
  return {
    commits: open.flatMap((sha) => known.get(sha) ?? []),
    isComplete: open.every((sha) => known.has(sha)),
  };
}

function reachable(from: readonly string[], next: (sha: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  for (const sha of seen) for (const each of next(sha)) seen.add(each);
  return seen;
}
