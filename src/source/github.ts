import type { ManifestFile } from '../spec/catalogue.ts';
import type { RepoName } from '../spec/event.ts';
import { mayBeRange } from '../spec/may-be-range.ts';
import type { Forge, Source } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import type { AccessTo } from './access.ts';
import { createCharts } from './charts.ts';
import { createCheckouts } from './checkouts.ts';
import { createElsewhere } from './elsewhere.ts';
import { manifestFiles, readManifestFile } from './manifest-files.ts';
import { createMemo } from './memo.ts';
import { readFiles } from './read-files.ts';
import { greatestVersion } from './version-range.ts';
import { createWebFiles } from './web-files.ts';

export interface GitHubSourceOptions {
  readonly forge: Pick<Forge, 'resolve' | 'tags' | 'tree' | 'archive'>;
  /** Where checkouts are kept; only this user may be able to write there. */
  readonly cacheDir: string;
  /** How repositories that are not on GitHub are reached. Default: anonymously, on public hosts. */
  readonly access?: AccessTo;
  /** Host in the repoURLs of Applications. Default `github.com`. */
  readonly host?: string;
  /**
   * Whether a repository that the App is not installed on is read as anybody may, from `host`. Default true; the embedded
   * GitHub has the name of another, and no Git server.
   */
  readonly isPublic?: boolean;
  /** How much of unpacked files is kept on disk. Default 2 GiB. */
  readonly maxBytes?: number;
  /** Milliseconds that one answer of a Git server elsewhere may take. Default five minutes. */
  readonly timeLimit?: number;
}

/** Trees kept in memory; one of 50,000 files takes about 10 MB. */
const TREES = 16;

/** Files of control repositories that are known by their content; most of them are no manifests, and take nothing. */
const KNOWN_FILES = 50_000;

/**
 * The files of GitHub repositories through the App's own access: a commit is downloaded once and kept, trees are read
 * without a download. Repositories on other hosts, and those on GitHub that an application names and the App is not
 * installed on, are read as they are registered, or as anybody may read them. Throws what the forge throws: `not-found` (also
 * for what the App may not read), `forbidden`, `rate-limited`, `unavailable`, and what `createElsewhere` does.
 */
export function createGitHubSource(options: GitHubSourceOptions): Source {
  const { forge, host = 'github.com', isPublic = true } = options;
  const checkouts = createCheckouts(options);
  const elsewhere = createElsewhere(options);
  const trees = createMemo<ReadonlyMap<string, string>>({ size: TREES });
  const known = createMemo<ManifestFile | undefined>({ size: KNOWN_FILES });
  const addressOf = (repo: RepoName): string => `https://${host}/${repo}`;
  const tree: Source['tree'] = (repoURL, revision, scope) => {
    const repo = repositoryOf(repoURL, host);
    if (repo === undefined) return elsewhere.tree(repoURL, revision, scope);
    return trees.get(`${repo}\n${revision}`, () =>
      orAnybody(
        () => forge.tree(repo, revision),
        isPublic ? () => elsewhere.tree(addressOf(repo), revision, scope) : undefined,
      ),
    );
  };
  return {
    resolve: async (repoURL, targetRevision, scope) => {
      const repo = repositoryOf(repoURL, host);
      if (repo === undefined) return elsewhere.resolve(repoURL, targetRevision, scope);
      const ref = targetRevision === undefined || targetRevision === '' ? 'HEAD' : targetRevision;
      // Asked anew each time: what follows from an answer that is a second old would sync a commit that is no longer it.
      if (isCommit(ref)) return ref;
      const asApp = async (): Promise<string> => {
        const tag = mayBeRange(ref) ? greatestVersion(ref, await forge.tags(repo)) : undefined;
        return forge.resolve(repo, tag ?? ref);
      };
      return orAnybody(asApp, isPublic && scope ? () => elsewhere.resolve(addressOf(repo), ref, scope) : undefined);
    },
    tree,
    checkout: async (repoURL, revision, scope) => {
      const repo = repositoryOf(repoURL, host);
      if (repo === undefined) return elsewhere.checkout(repoURL, revision, scope);
      const address = addressOf(repo);
      const kept = await orAnybody(
        () => checkouts.get(address, revision, () => forge.archive(repo, revision)),
        isPublic && scope ? () => elsewhere.checkout(address, revision, scope) : undefined,
      );
      return { ...kept, repoURL };
    },
    manifestFiles: async (checkout) => {
      const ids = await tree(checkout.repoURL, checkout.revision);
      // The same content gives the very same object, so that whoever parsed it before knows it again.
      return manifestFiles(checkout.dir, (dir, path) =>
        known.get(`${path}\n${ids.get(path) ?? checkout.revision}`, () => readManifestFile(dir, path)),
      );
    },
    readFiles,
    webFile: createWebFiles(options),
    ...createCharts(options),
  };
}

/**
 * What the App is answered; where it is not installed, what anybody is: the repository may be public. Only for who asks on
 * behalf of an application, which names sources that are nobody's business here.
 */
async function orAnybody<T>(asApp: () => Promise<T>, asAnybody: (() => Promise<T>) | undefined): Promise<T> {
  try {
    return await asApp();
  } catch (thrown) {
    if (asProblem(thrown).code !== 'forbidden' || asAnybody === undefined) throw thrown;
    try {
      return await asAnybody();
    } catch (other) {
      // A private repository is none, for anybody: that the App is to be installed there is the better advice.
      const { code } = asProblem(other);
      throw code === 'forbidden' || code === 'not-found' ? thrown : other;
    }
  }
}

/** Git's full object names; anything shorter may be a branch. */
function isCommit(ref: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
}
