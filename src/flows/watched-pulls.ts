import type { RepoName } from '../spec/event.ts';
import type { Store } from '../spec/ports.ts';

/** Repositories (in lower case) whose pull requests generators asked for, with the sets that they are of. */
export type WatchedPulls = Map<RepoName, Set<string>>;

/** How long it is remembered that the pull requests of a repository are watched; scheduled looks renew it. */
const REMEMBER_SECONDS = 24 * 3600;

/** The `watches` of a reading of the control repository (`ExpandPorts`), which writes down what is asked for. */
export function watching(watched: WatchedPulls): (set: string, repo: RepoName) => void {
  return (set, repo) => {
    const sets = watched.get(repo.toLowerCase()) ?? new Set();
    watched.set(repo.toLowerCase(), sets.add(set));
  };
}

/**
 * Remembers which repositories are watched: so an event of a pull request costs one look into the table where nobody
 * wants to know, and not a reading of the control repository with all that its generators ask.
 */
export async function rememberWatched(watched: WatchedPulls, store: Pick<Store, 'once'>): Promise<void> {
  await Promise.all([...watched.keys()].map((repo) => store.once(mark(repo), REMEMBER_SECONDS)));
}

/** Whether a set made applications of the pull requests of a repository when a look was last taken. */
export async function isWatched(repo: RepoName, store: Pick<Store, 'seen'>): Promise<boolean> {
  return await store.seen(mark(repo));
}

function mark(repo: RepoName): string {
  return `pulls:${repo.toLowerCase()}`;
}
