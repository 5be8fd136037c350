import type { Checkout, Source } from '../spec/ports.ts';
import type { AccessTo } from './access.ts';
import { createCheckouts, treeOf } from './checkouts.ts';
import { createGitRepositories } from './git-repositories.ts';
import { createMemo } from './memo.ts';
import { createOciArtifacts } from './oci-artifacts.ts';

export interface ElsewhereOptions {
  readonly cacheDir: string;
  /** How a URL is reached on somebody's behalf. Default: anonymously, on public hosts. */
  readonly access?: AccessTo | undefined;
  /** How much of unpacked files is kept on disk. Default 2 GiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds that one answer of a Git server may take. Default five minutes. */
  readonly timeLimit?: number | undefined;
}

/** Trees that are kept in memory. */
const TREES = 16;
/** Checkouts whose place is remembered. */
const PLACES = 10_000;

/**
 * What does not come from the forge: repositories of Git servers over HTTPS, and artifacts of OCI registries. A commit or
 * artifact is downloaded once for all who reach it alike, however many read it, and kept on disk.
 */
export function createElsewhere(options: ElsewhereOptions): Pick<Source, 'resolve' | 'tree' | 'checkout'> {
  const { cacheDir, maxBytes, timeLimit, access = async () => ({}) } = options;
  const checkouts = createCheckouts({ cacheDir, maxBytes, trees: true });
  const git = createGitRepositories({ access, checkouts, timeLimit });
  const artifacts = createOciArtifacts({ access, checkouts });
  const placeOf = (repoURL: string) => (/^oci:\/\//i.test(repoURL.trim()) ? artifacts : git);
  const known = new Map<string, Checkout>();
  const trees = createMemo<ReadonlyMap<string, string>>({ size: TREES });
  const checkout: Source['checkout'] = async (repoURL, revision, scope) => {
    const found = await placeOf(repoURL).checkout(repoURL, revision, scope);
    if (known.size >= PLACES) known.clear();
    known.set(`${repoURL}\n${revision}`, found);
    return found;
  };
  return {
    resolve: (repoURL, targetRevision, scope) => placeOf(repoURL).resolve(repoURL, targetRevision, scope),
    checkout,
    tree: (repoURL, revision, scope) => {
      const key = `${repoURL}\n${revision}`;
      return trees.get(key, async () => {
        const before = known.get(key);
        // What was not used for long may have made room.
        const kept = before === undefined ? undefined : await treeOf(before).catch(() => undefined);
        return kept ?? (await treeOf(await checkout(repoURL, revision, scope)));
      });
    },
  };
}
