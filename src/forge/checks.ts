import type { RepoName } from '../spec/event.ts';
import type { CheckOutput, Forge } from '../spec/ports.ts';
import { type Client, ONCE } from './client.ts';
import { MOST_IN_CHECK, shorten } from './shorten.ts';

/** GitHub takes so many annotations a request; those of later requests are added. */
const ANNOTATIONS_A_REQUEST = 50;

/** A check run as it is there. */
interface CheckRun {
  readonly id: number | bigint;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: { readonly id: number | bigint } | null;
  readonly output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly text: string | null;
    readonly annotations_count: number;
  };
}

/** Check runs. https://docs.github.com/rest/checks/runs */
export function createChecks(client: Client): Pick<Forge, 'check'> {
  async function find(repo: RepoName, { name, head }: CheckOutput): Promise<CheckRun | undefined> {
    const app = await client.app();
    const pages = client.pages(repo, { what: `commit ${head} in ${repo}`, missing: [404, 422] }, (github, at) =>
      github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...at, ref: head, check_name: name }),
    );
    for await (const page of pages) {
      const found = page.check_runs.find((run) => run.name === name && Number(run.app?.id) === app.id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function append(repo: RepoName, id: number, output: Words, wanted: readonly Annotation[]): Promise<void> {
    for (let from = 0; from < wanted.length; from += ANNOTATIONS_A_REQUEST) {
      const annotations = wanted.slice(from, from + ANNOTATIONS_A_REQUEST);
      await client.ask(repo, { what: `check run ${id} in ${repo}` }, (github, at) =>
        github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
          ...at,
          ...ONCE,
          check_run_id: id,
          output: { ...output, annotations },
        }),
      );
    }
  }

  return {
    /**
     * Annotations are only ever added to a check run, so one that has some gets a successor instead of an update: of
     * the runs of one name GitHub shows the newest.
     */
    async check(repo, wanted) {
      const output = wordsOf(wanted);
      const annotations = annotationsOf(wanted);
      const there = await find(repo, wanted);
      if (there !== undefined && isSame(there, wanted, output)) return;
      const first = { ...output, annotations: annotations.slice(0, ANNOTATIONS_A_REQUEST) };
      const set = { status: 'completed', conclusion: wanted.conclusion, output: first } as const;
      const about = { what: `commit ${wanted.head} in ${repo}` };
      const run = await client.ask<{ readonly id: number | bigint }>(repo, about, (github, at) =>
        there === undefined || there.output.annotations_count > 0
          ? github.request('POST /repos/{owner}/{repo}/check-runs', {
              ...at,
              ...ONCE,
              name: wanted.name,
              head_sha: wanted.head,
              ...set,
            })
          : github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
              ...at,
              ...ONCE,
              check_run_id: Number(there.id),
              ...set,
            }),
      );
      await append(repo, Number(run.id), output, annotations.slice(ANNOTATIONS_A_REQUEST));
    },
  };
}

interface Words {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
}

function wordsOf({ title, summary, text }: CheckOutput): Words {
  return {
    title,
    summary: shorten(summary, MOST_IN_CHECK),
    ...(text === undefined ? {} : { text: shorten(text, MOST_IN_CHECK) }),
  };
}

interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning';
  readonly message: string;
  readonly title: string;
}

function annotationsOf({ annotations = [], conclusion }: CheckOutput): Annotation[] {
  return annotations.map(({ path, line, message, title }) => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: conclusion === 'success' || conclusion === 'neutral' ? 'warning' : 'failure',
    message,
    title,
  }));
}

/** Whether a check run says all that already; annotations only by their number, for the run does not hold them. */
function isSame(there: CheckRun, wanted: CheckOutput, output: Words): boolean {
  return (
    there.status === 'completed' &&
    there.conclusion === wanted.conclusion &&
    there.output.title === output.title &&
    there.output.summary === output.summary &&
    (there.output.text ?? '') === (output.text ?? '') &&
    there.output.annotations_count === (wanted.annotations?.length ?? 0)
  );
}
