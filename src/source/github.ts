import type { ManifestFile } from '../spec/catalogue.ts';
import type { RepoName } from '../spec/event.ts';
import { mayBeRange } from '../spec/may-be-range.ts';
import type { Forge, Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import { type AccessTo, createCharts } from './charts.ts';
import { createCheckouts } from './checkouts.ts';
import { manifestFiles, readManifestFile } from './manifest-files.ts';
import { createMemo } from './memo.ts';
import { readFiles } from './read-files.ts';
import { greatestVersion } from './version-range.ts';

export interface GitHubSourceOptions {
  readonly forge: Pick<Forge, 'resolve' | 'tags' | 'tree' | 'archive'>;
  /** Where checkouts are kept; only this user may be able to write there. */
  readonly cacheDir: string;
  /** How repositories that are not on GitHub are reached. Default: anonymously, on public hosts. */
  readonly access?: AccessTo;
  /** Host in the repoURLs of Applications. Default `github.com`. */
  readonly host?: string;
  /** How much of unpacked files is kept on disk. Default 2 GiB. */
  readonly maxBytes?: number;
}

/** Trees kept in memory; one of 50,000 files takes about 10 MB. */
const TREES = 16;

/** Files of control repositories that are known by their content; most of them are no manifests, and take nothing. */
const KNOWN_FILES = 50_000;

/**
 * The files of GitHub repositories through the App's own access: a commit is downloaded once and kept, trees are read
 * without a download. Throws Problem `unsupported` for a repoURL on another host, and what the forge throws: `not-found`
 * (also for what the App may not read), `forbidden`, `rate-limited`, `unavailable`.
 */
export function createGitHubSource(options: GitHubSourceOptions): Source {
  const { forge, host = 'github.com' } = options;
  const checkouts = createCheckouts(options);
  const trees = createMemo<ReadonlyMap<string, string>>({ size: TREES });
  const known = createMemo<ManifestFile | undefined>({ size: KNOWN_FILES });
  const treeOf = (repo: RepoName, revision: string): Promise<ReadonlyMap<string, string>> =>
    trees.get(`${repo}\n${revision}`, () => forge.tree(repo, revision));
  const repository = (repoURL: string): RepoName => {
    const found = repositoryOf(repoURL, host);
    if (found === undefined) throw elsewhere(repoURL, host);
    return found;
  };
  return {
    resolve: async (repoURL, targetRevision) => {
      const repo = repository(repoURL);
      const ref = targetRevision === undefined || targetRevision === '' ? 'HEAD' : targetRevision;
      // Asked anew each time: what follows from an answer that is a second old would sync a commit that is no longer it.
      if (isCommit(ref)) return ref;
      const tag = mayBeRange(ref) ? greatestVersion(ref, await forge.tags(repo)) : undefined;
      return forge.resolve(repo, tag ?? ref);
    },
    tree: async (repoURL, revision) => treeOf(repository(repoURL), revision),
    checkout: async (repoURL, revision) => {
      const repo = repository(repoURL);
      const kept = await checkouts.get(`https://${host}/${repo}`, revision, () => forge.archive(repo, revision));
      return { ...kept, repoURL };
    },
    manifestFiles: async (checkout) => {
      const tree = await treeOf(repository(checkout.repoURL), checkout.revision);
      // The same content gives the very same object, so that whoever parsed it before knows it again.
      return manifestFiles(checkout.dir, (dir, path) =>
        known.get(`${path}\n${tree.get(path) ?? checkout.revision}`, () => readManifestFile(dir, path)),
      );
    },
    readFiles,
    ...createCharts(options),
  };
}

/** Git's full object names; anything shorter may be a branch. */
function isCommit(ref: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
}

function elsewhere(repoURL: string, host: string): Problem {
  return new Problem('unsupported', `${shown(repoURL)} is no repository on ${host}.`, {
    where: { field: 'spec.source.repoURL' },
    fix: `Write it as https://${host}/OWNER/NAME.`,
  });
}

/** A URL without the user and the password that it may hold. */
function shown(repoURL: string): string {
  return JSON.stringify(repoURL.replace(/\/\/[^/@]*@/, '//').slice(0, 200));
}
