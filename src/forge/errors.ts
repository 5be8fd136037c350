import type { RepoName } from '../spec/event.ts';
import { Problem, type ProblemDetails } from '../spec/problem.ts';

/** What a call was about, for the words of its problem. */
export interface About {
  /** Absent for calls that the App makes as itself. */
  readonly repo?: RepoName;
  /** Follows "There is no …": `pull request #7 in acme/shop`. */
  readonly what: string;
  /** Statuses that mean "not found" for this call. Default 404. */
  readonly missing?: readonly number[];
  /** What to do where GitHub understands the request and can't do it. */
  readonly fix?: string;
}

/** The parts of Octokit's errors that are read. Its classes may be there twice in a bundle, so they are told by shape. */
interface Failure {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** GitHub's own words. */
  readonly message: string;
  /** Kinds of GraphQL errors: `NOT_FOUND`, `FORBIDDEN`, `UNPROCESSABLE`, `RATE_LIMITED`. */
  readonly types: readonly string[];
}

/** How long to stay away where GitHub does not say: its advice for secondary limits is "at least one minute". */
const RATE_LIMIT_SECONDS = 60;
const OUTAGE_SECONDS = 30;

/**
 * Any error of a call to GitHub as a Problem, by status and headers. GitHub's own words go into it, the request does
 * not: it holds a token. A Problem stays what it is.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function problemOf(thrown: unknown, about: About): Problem {
  if (thrown instanceof Problem) return thrown;
  const failure = readFailure(thrown);
  const where = about.repo === undefined ? {} : { repo: about.repo };
  const problem = (code: Problem['code'], message: string, details: ProblemDetails = {}) =>
    new Problem(code, message, { where, cause: new Error(failure.message), ...details });

  const wait = waitOf(failure);
  if (wait !== undefined) {
    return problem('rate-limited', `GitHub's rate limit is used up; it takes calls again in ${wait} s.`, {
      retryAfterSeconds: wait,
      fix: 'Nothing to do: it is tried again then.',
    });
  }
  if (failure.types.includes('NOT_FOUND')) return missing();
  if (failure.types.includes('FORBIDDEN')) return forbidden();
  if (failure.types.length > 0) {
    return problem('conflict', `GitHub can't do that for ${about.what}: ${sentence(failure.message)}`, {
      ...(about.fix === undefined ? {} : { fix: about.fix }),
    });
  }
  const { status } = failure;
  if (status !== undefined && (about.missing ?? [404]).includes(status)) return missing();
  switch (status) {
    case undefined:
      return problem('internal', `The call to GitHub for ${about.what} went wrong: ${sentence(failure.message)}`);
    case 401:
      return problem('unauthorized', "GitHub does not accept the App's credentials.", {
        fix: "Check the App's id and private key, that this machine's clock is right, and that the App is still installed.",
      });
    case 403:
    case 451:
      return forbidden();
    case 409:
      return problem('conflict', `GitHub can't do that now for ${about.what}: ${sentence(failure.message)}`, {
        fix: 'Try again; somebody else may have changed the same.',
      });
    default:
      if (status >= 500) {
        return problem('unavailable', `GitHub does not answer (${status}): ${sentence(failure.message)}`, {
          retryAfterSeconds: OUTAGE_SECONDS,
          fix: 'See https://www.githubstatus.com, and that this machine reaches GitHub.',
        });
      }
      return problem('bad-request', `GitHub refuses the request for ${about.what}: ${sentence(failure.message)}`);
  }

  function missing(): Problem {
    return problem('not-found', `There is no ${about.what}, or the App may not see it.`, {
      fix: "Check the name, and the App's permissions.",
    });
  }

  function forbidden(): Problem {
    return problem('forbidden', `GitHub forbids this to the App, for ${about.what}: ${sentence(failure.message)}`, {
      fix: "Grant the App the permission in its settings, and accept it where it is installed; or look at the repository's rules.",
    });
  }
}

/** The one answer for a repository that is not there and for one that the App may not read: who asks can't tell them apart. */
export function noAccess(repo: RepoName): Problem {
  return new Problem('forbidden', `The App may not read ${repo}: install it there.`, {
    where: { repo },
    fix: "Open the App's page on GitHub, Install, and choose the repository. Is its name right?",
  });
}

/** Whether it was the token of an installation that could not be had: then the App is not installed there any more. */
export function isTokenRequest(thrown: unknown): boolean {
  const { url } = asObject(asObject(thrown)['request']);
  return typeof url === 'string' && /\/app\/installations\/\d+\/access_tokens$/.test(url);
}

function readFailure(thrown: unknown): Failure {
  const error = asObject(thrown);
  const response = asObject(error['response']);
  const status = typeof error['status'] === 'number' ? error['status'] : undefined;
  // GraphQL answers 200 whatever goes wrong inside; errors of REST have a status, and lists of another kind.
  const errors = status === undefined ? [error['errors'], asObject(error['data'])['errors']] : [];
  const types = errors.flatMap((list) => (Array.isArray(list) ? list.map((each) => asObject(each)['type']) : []));
  const headers = asObject(response['headers'] ?? error['headers']);
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string | number] => isHeader(entry[1])),
    ),
    message: thrown instanceof Error ? withoutCredentials(thrown.message) : String(thrown),
    types: types.filter((type) => typeof type === 'string'),
  };
}

function isHeader(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Seconds until GitHub takes calls again; undefined where the failure is no rate limit. */
function waitOf({ status, headers, types }: Failure): number | undefined {
  const isLimited =
    types.includes('RATE_LIMITED') ||
    status === 429 ||
    (status === 403 && (headers['retry-after'] !== undefined || String(headers['x-ratelimit-remaining']) === '0'));
  if (!isLimited) return undefined;
  const after = Number(headers['retry-after']);
  if (after > 0) return Math.ceil(after);
  const reset = Number(headers['x-ratelimit-reset']) - Date.now() / 1000;
  return reset > 0 ? Math.ceil(reset) + 1 : RATE_LIMIT_SECONDS;
}

/** Tokens of GitHub and JSON web tokens. https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats */
const CREDENTIALS = /\b(gh[a-z]_\w{16,}|github_pat_\w+|eyJ[\w-]+\.[\w-]+\.[\w-]+)|(?<=[?&]token=)[^\s&]+/g;

function withoutCredentials(message: string): string {
  return message.replace(CREDENTIALS, '…');
}

function sentence(words: string): string {
  const text = words.replace(/ - https?:\/\/\S+$/, '').trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
