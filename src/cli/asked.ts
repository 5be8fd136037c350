import { resolveRevision } from '../source/resolve-revision.ts';
import { asProblem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import type { World } from './repository.ts';

/** Where a branch or tag of a clone was; '' where there was none. */
export interface Question {
  readonly dir: string;
  readonly revision: string;
  readonly commit: string;
}

/** Notes what a catalogue depends on beside its commit. */
export interface Observer {
  readonly observe: (world: World) => Pick<World, 'source' | 'engines'>;
  /** Where branches and tags were; undefined when the answer hangs on something that may change unseen. */
  readonly questions: () => readonly Question[] | undefined;
}

/** Functions of templates whose answer is another one each time. https://masterminds.github.io/sprig/ */
const IMPURE = /\b(now|ago|rand\w*|shuffle|uuidv4|gen[A-Z]\w*|buildCustomCert|bcrypt|htpasswd|encryptAES)\b/;

/** Watches the world while a catalogue is made: what it was told may be asked again later, to see that nothing changed. */
export function createObserver(): Observer {
  const asked = new Map<string, Question>();
  let mayChange = false;
  return {
    questions: () => (mayChange ? undefined : [...asked.values()]),
    observe: ({ source, engines, known }) => ({
      source: {
        ...source,
        resolve: async (repoURL, targetRevision, scope) => {
          const dir = Object.entries(known).find(([url]) => sameRepository(url, repoURL))?.[1];
          if (dir === undefined) return await elsewhere(targetRevision, source.resolve(repoURL, targetRevision, scope));
          const revision = targetRevision === undefined || targetRevision === '' ? 'HEAD' : targetRevision;
          const note = (commit: string): void => {
            asked.set(`${dir}\n${revision}`, { dir, revision, commit });
          };
          try {
            const commit = await source.resolve(repoURL, targetRevision);
            note(commit);
            return commit;
          } catch (thrown) {
            if (asProblem(thrown).code === 'not-found') note('');
            else mayChange = true;
            throw thrown;
          }
        },
        chartVersion: async (chart, targetRevision, scope) =>
          await elsewhere(targetRevision, source.chartVersion(chart, targetRevision, scope)),
        checkout: async (repoURL, revision, scope) => orChanging(source.checkout(repoURL, revision, scope)),
        chart: async (chart, version, scope) => orChanging(source.chart(chart, version, scope)),
      },
      engines: {
        ...engines,
        templates: async (items, at) => {
          if (items.some(({ template }) => IMPURE.test(template))) mayChange = true;
          return await engines.templates(items, at);
        },
      },
    }),
  };

  /** The commit or version that something elsewhere is at: another one next time, unless it is that very one. */
  async function elsewhere(targetRevision: string | undefined, answer: Promise<string>): Promise<string> {
    const found = await orChanging(answer);
    if (found !== targetRevision) mayChange = true;
    return found;
  }

  async function orChanging<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      // What is not said to be on this machine is not the next time either: the map is part of the key.
      if (asProblem(thrown).code !== 'misconfigured') mayChange = true;
      throw thrown;
    }
  }
}

/** Whether every branch and tag is where it was. */
export async function isUnchanged(questions: readonly Question[]): Promise<boolean> {
  const now = await Promise.all(questions.map(({ dir, revision }) => resolveRevision(dir, revision).catch(() => '')));
  return questions.every(({ commit }, index) => now[index] === commit);
}
