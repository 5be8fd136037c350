import type { Source, SourceScope } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { parseRepoURL, sameRepository } from '../spec/repo-url.ts';
import type { AccessTo } from './access.ts';
import { createCharts } from './charts.ts';
import { createCheckouts } from './checkouts.ts';
import { createElsewhere } from './elsewhere.ts';
import { git, gitStream } from './git.ts';
import { createLocalCharts } from './local-charts.ts';
import { manifestFiles } from './manifest-files.ts';
import { createMemo } from './memo.ts';
import { readFiles } from './read-files.ts';
import { resolveRevision } from './resolve-revision.ts';
import { createWebFiles } from './web-files.ts';

export interface LocalGitSourceOptions {
  /** repoURL, as Applications write it → folder of a clone on this machine, or of charts. */
  readonly map: Readonly<Record<string, string>>;
  /** Where checkouts are kept. */
  readonly cacheDir: string;
  /** How repositories that are not on this machine are reached. Default: anonymously, on public hosts. */
  readonly access?: AccessTo;
  /** The GitHub of the App, which reads there what is not registered: this machine does not. Default `github.com`. */
  readonly host?: string;
}

/** Trees that are kept in memory: those of both sides of a comparison, and of some repositories beside. */
const TREES = 8;

/**
 * The files of local clones, for the CLI: commits, and trees of merge results, as they are in git; files that are not
 * committed do not count. What the map does not know is read from where it is, as it is registered or as anybody may. Throws
 * Problem `misconfigured` for a repoURL on GitHub that is neither in the map nor registered, `not-found` for a revision that the
 * clone does not have.
 */
export function createLocalGitSource(options: LocalGitSourceOptions): Source {
  const checkouts = createCheckouts({ cacheDir: options.cacheDir });
  const trees = createMemo<ReadonlyMap<string, string>>({ size: TREES });
  const mapped = (repoURL: string): string | undefined => {
    const found = Object.keys(options.map).find((known) => sameRepository(known, repoURL));
    return found === undefined ? undefined : options.map[found];
  };
  const elsewhere = createElsewhere(options);
  const { host = 'github.com' } = options;
  /** The folder of a clone; undefined for what is elsewhere. */
  const folderOf = (repoURL: string, scope: SourceScope | undefined): string | undefined => {
    const dir = mapped(repoURL);
    if (dir !== undefined) return dir;
    const isAsked = parseRepoURL(repoURL)?.host !== host || scope?.accessTo(repoURL) !== undefined;
    if (isAsked && /^(https?|oci):\/\//i.test(repoURL)) return undefined;
    throw unmapped(repoURL, Object.keys(options.map));
  };
  const remote = createCharts(options);
  const local = createLocalCharts(options);
  return {
    resolve: async (repoURL, targetRevision, scope) => {
      const dir = folderOf(repoURL, scope);
      if (dir === undefined) return elsewhere.resolve(repoURL, targetRevision, scope);
      const revision = targetRevision === undefined || targetRevision === '' ? 'HEAD' : targetRevision;
      return resolveRevision(dir, revision);
    },
    tree: async (repoURL, revision, scope) => {
      const dir = mapped(repoURL);
      if (dir === undefined) return elsewhere.tree(repoURL, revision, scope);
      // What a commit or tree holds never changes; what a name stands for may.
      if (!/^[0-9a-f]{40,64}$/.test(revision)) return readTree(dir, revision);
      return trees.get(`${dir}\n${revision}`, () => readTree(dir, revision));
    },
    checkout: async (repoURL, revision, scope) => {
      const dir = folderOf(repoURL, scope);
      if (dir === undefined) return elsewhere.checkout(repoURL, revision, scope);
      const args = ['archive', '--format=tar', '--prefix=files/', '--end-of-options', revision];
      const kept = await checkouts.get(dir, revision, async () => gitStream(dir, args));
      return { ...kept, repoURL };
    },
    manifestFiles: (checkout) => manifestFiles(checkout.dir),
    readFiles,
    webFile: createWebFiles(options),
    chartVersion: (chart, targetRevision, scope) => {
      const dir = mapped(chart.repoURL);
      return dir === undefined
        ? remote.chartVersion(chart, targetRevision, scope)
        : local.chartVersion(dir, chart, targetRevision);
    },
    chart: (chart, version, scope) => {
      const dir = mapped(chart.repoURL);
      return dir === undefined ? remote.chart(chart, version, scope) : local.chart(dir, chart, version);
    },
  };
}

async function readTree(dir: string, revision: string): Promise<ReadonlyMap<string, string>> {
  const { stdout, code } = await git(dir, ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', revision]);
  if (code !== 0) throw new Problem('not-found', `There is no commit or tree ${JSON.stringify(revision)} in ${dir}.`);
  const tree = new Map<string, string>();
  for (const line of stdout.toString().split('\0')) {
    const [, mode, type, id, path] = /^(\d+) (\w+) (\w+)\t(.+)$/s.exec(line) ?? [];
    if (type === 'blob' && id !== undefined && path !== undefined) {
      // As the forge has it: a file that becomes a link keeps its blob, and is another content all the same.
      tree.set(path, mode === '120000' ? `link:${id}` : id);
    }
  }
  return tree;
}

/**
 * The tree that merging `head` into `base` gives, without touching the clone's files. Throws Problem `merge-conflict`
 * that lists the files. https://git-scm.com/docs/git-merge-tree (git 2.38 or newer)
 */
export async function mergeResult(dir: string, base: string, head: string): Promise<string> {
  const commits = [await resolveRevision(dir, base), await resolveRevision(dir, head)];
  const { stdout, stderr, code } = await git(dir, ['merge-tree', '--write-tree', '--name-only', '-z', ...commits]);
  const [tree = '', ...rest] = stdout.toString().split('\0');
  if (code === 0 && tree !== '') return tree;
  if (code !== 1) {
    throw new Problem('misconfigured', `git can't merge here: ${stderr.trim().slice(0, 300)}`, {
      fix: 'trimtab needs git 2.38 or newer for this, and both commits in the clone.',
    });
  }
  const files = rest.slice(0, rest.indexOf(''));
  throw new Problem('merge-conflict', `${head} conflicts with ${base} in ${files.join(', ')}.`, {
    where: files[0] === undefined ? {} : { file: files[0] },
    fix: `Merge ${base} into ${head} and resolve the conflicts.`,
  });
}

function unmapped(repoURL: string, known: readonly string[]): Problem {
  return new Problem('misconfigured', `It is not said where ${repoURL} lies on this machine.`, {
    where: { field: 'spec.source.repoURL' },
    fix: `Say it with --map ${repoURL}=DIR.${known.length === 0 ? '' : ` Known: ${known.join(', ')}.`}`,
  });
}
