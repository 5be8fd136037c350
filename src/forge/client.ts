import { createPrivateKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import type { RepoName } from '../spec/event.ts';
import { Problem } from '../spec/problem.ts';
import { type About, isTokenRequest, noAccess, problemOf } from './errors.ts';

export interface ForgeOptions {
  /** The App's id, or its client id. */
  readonly appId: string | number;
  /** PEM; line breaks may be written as `\n`, as in environment variables. */
  readonly privateKey: string;
  /** Base of the REST API. Default `https://api.github.com`; `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly url?: string;
  /** How long a second of waiting between tries lasts, in milliseconds. Default 1000; tests make it short. */
  readonly secondMs?: number;
}

/** What an App knows of itself. */
interface AppIdentity {
  readonly id: number;
  /** `trimtab[bot]` */
  readonly login: string;
}

/** `{owner}` and `{repo}` of GitHub's API paths. */
interface RepoPath {
  readonly owner: string;
  readonly repo: string;
}

/** An answer that may have a next page. */
interface Page<T> {
  readonly data: T;
  readonly headers: { readonly link?: string | undefined };
}

/** Calls to GitHub as the App's installation on a repository; whatever goes wrong is thrown as a Problem. */
export interface Client {
  app(): Promise<AppIdentity>;
  /** Makes a call in a repository, and gives its data. `what` follows "There is no …" in its problem. */
  ask<T>(
    repo: RepoName,
    about: Omit<About, 'repo'>,
    call: (github: Octokit, at: RepoPath) => Promise<{ readonly data: T }>,
  ): Promise<T>;
  /** All pages of a list, one after the other, as far as they are wanted. */
  pages<T>(
    repo: RepoName,
    about: Omit<About, 'repo'>,
    call: (github: Octokit, at: RepoPath & { readonly page: number; readonly per_page: number }) => Promise<Page<T>>,
  ): AsyncGenerator<T>;
  /**
   * All pages of a list that the App's installation at an owner gives. Throws Problem `forbidden` where it has none.
   */
  ofOwner<T>(
    owner: string,
    call: (github: Octokit, at: { readonly page: number; readonly per_page: number }) => Promise<Page<T>>,
  ): AsyncGenerator<T>;
  wait(seconds: number): Promise<void>;
}

/** For calls that make something new each time: a second try after a lost answer would make it twice. */
export const ONCE: { readonly request: { readonly retries: 0 } } = { request: { retries: 0 } };

const GITHUB_API = 'https://api.github.com';
/** https://docs.github.com/rest/about-the-rest-api/api-versions */
const API_VERSION = '2022-11-28';
const PAGE_SIZE = 100;
/** A failure of GitHub is tried again after 1 and 4 s, a rate limit twice where it lasts no longer than a function may wait. */
const RETRIES = 2;
const LONGEST_WAIT_SECONDS = 60;

/**
 * Answers that another try does not change. 403 and 429 among them: rate limits are the other plugin's, which waits as
 * long as GitHub says, while this one would knock again after a second.
 */
const FINAL: readonly number[] = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 451];

const GitHub = Octokit.plugin(retry, throttling);

/**
 * The plugin puts one second between writes and three between comments. That is advice for scripts that write a lot,
 * one call after the other; a function writes a handful and ends. What GitHub answers on its limits is respected.
 */
const UNPACED = {
  key: () => ({ schedule: (_options: object, run: () => Promise<void>) => run() }),
} as unknown as Pace;
/** The plugin asks for a Bottleneck group, of which it uses this method alone. */
type Pace = NonNullable<NonNullable<NonNullable<ConstructorParameters<typeof GitHub>[0]>['throttle']>['write']>;

/** GitHub ends its own requests after 10 s; one that hangs longer is not answered any more. */
const TIMEOUT_MS = 60_000;

/** `fetch` waits for minutes by default; a function that hangs is paid for and does nothing. */
const fetchInTime: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });

/** Throws Problem `misconfigured` for a private key that is none. No call is made before the first one is asked for. */
export function createClient(options: ForgeOptions): Client {
  const privateKey = readPrivateKey(options.privateKey);
  const secondMs = options.secondMs ?? 1000;
  const mayWait = (seconds: number, _request: object, _octokit: object, tries: number) =>
    seconds <= LONGEST_WAIT_SECONDS && tries < RETRIES;
  const connect = (installationId?: number) => {
    const github = new GitHub({
      baseUrl: (options.url ?? GITHUB_API).replace(/\/+$/, ''),
      userAgent: 'trimtab',
      request: { fetch: fetchInTime },
      authStrategy: createAppAuth,
      auth: { appId: options.appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
      retry: { retries: RETRIES, retryAfterBaseValue: secondMs, doNotRetry: [...FINAL] },
      throttle: {
        onRateLimit: mayWait,
        onSecondaryRateLimit: mayWait,
        retryAfterBaseValue: secondMs,
        write: UNPACED,
        notifications: UNPACED,
      },
    });
    github.hook.before('request', (request) => {
      request.headers['x-github-api-version'] = API_VERSION;
    });
    return github;
  };

  const asApp = connect();
  let identity: Promise<AppIdentity> | undefined;
  const installed = new Map<RepoName, Promise<Octokit>>();
  const owners = new Map<string, Promise<Octokit>>();
  const installations = new Map<number, Octokit>();

  /**
   * Asked once a repository, not once an owner: an App may be installed on some of an owner's repositories only, and
   * this call is what tells a repository that it may not read from a thing that is missing in one.
   */
  async function findInstallation(repo: RepoName): Promise<Octokit> {
    const about = { repo, what: `installation of the App on ${repo}` };
    try {
      const { data } = await asApp.request('GET /repos/{owner}/{repo}/installation', { ...pathOf(repo) });
      const id = Number(data.id);
      const github = installations.get(id) ?? connect(id);
      installations.set(id, github);
      return github;
    } catch (thrown) {
      const problem = problemOf(thrown, about);
      throw problem.code === 'not-found' || problem.code === 'forbidden' ? noAccess(repo) : problem;
    }
  }

  /** There is one installation at most on the repositories of an owner. */
  async function installationAt(owner: string): Promise<Octokit> {
    try {
      for (let page = 1, more = true; more; page += 1) {
        const { data, headers } = await asApp.request('GET /app/installations', { page, per_page: PAGE_SIZE });
        const found = data.find(({ account }) => account !== null && isCalled(account, owner));
        const id = Number(found?.id);
        if (found !== undefined) {
          const github = installations.get(id) ?? connect(id);
          installations.set(id, github);
          return github;
        }
        more = /rel="next"/.test(headers.link ?? '');
      }
    } catch (thrown) {
      throw problemOf(thrown, { what: 'list of installations of the App' });
    }
    throw new Problem('forbidden', `The GitHub App is not installed on any repository of ${owner}.`, {
      fix: `Install it there, on the repositories that it is to see.`,
    });
  }

  async function attempt<T>(
    repo: RepoName,
    about: Omit<About, 'repo'>,
    call: (github: Octokit, at: RepoPath) => Promise<T>,
  ): Promise<T> {
    const github = remembered(installed, repo, () => findInstallation(repo));
    try {
      return await call(await github, pathOf(repo));
    } catch (thrown) {
      const problem = problemOf(thrown, { ...about, repo });
      // Perhaps the App was taken away, or installed anew, since it was found there: the next call looks again.
      if (problem.code === 'unauthorized' || problem.code === 'not-found') installed.delete(repo);
      throw problem.code === 'not-found' && isTokenRequest(thrown) ? noAccess(repo) : problem;
    }
  }

  return {
    app() {
      identity ??= whoAmI(asApp).catch((thrown: unknown) => {
        identity = undefined;
        throw problemOf(thrown, { what: 'such App' });
      });
      return identity;
    },
    async ask(repo, about, call) {
      return (await attempt(repo, about, call)).data;
    },
    async *pages(repo, about, call) {
      for (let page = 1, more = true; more; page += 1) {
        const { data, headers } = await attempt(repo, about, (github, at) =>
          call(github, { ...at, page, per_page: PAGE_SIZE }),
        );
        yield data;
        more = /rel="next"/.test(headers.link ?? '');
      }
    },
    async *ofOwner(owner, call) {
      const github = await remembered(owners, owner, () => installationAt(owner));
      for (let page = 1, more = true; more; page += 1) {
        const { data, headers } = await call(github, { page, per_page: PAGE_SIZE }).catch((thrown: unknown) => {
          owners.delete(owner);
          throw problemOf(thrown, { what: `owner ${owner} with the App` });
        });
        yield data;
        more = /rel="next"/.test(headers.link ?? '');
      }
    },
    wait: (seconds) => sleep(seconds * secondMs),
  };
}

/** A user or an organization has a login; an enterprise has none, and no repositories. */
function isCalled(account: object, owner: string): boolean {
  return 'login' in account && typeof account.login === 'string' && account.login.toLowerCase() === owner.toLowerCase();
}

async function whoAmI(github: Octokit): Promise<AppIdentity> {
  const { data } = await github.request('GET /app');
  if (data?.slug === undefined) throw new Problem('internal', 'GitHub does not say what the App is called.');
  return { id: Number(data.id), login: `${data.slug}[bot]` };
}

/** What a function gave for a key before; failures are forgotten, so that the next call tries again. */
function remembered<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const there = memory.get(key);
  if (there !== undefined) return there;
  const made = make();
  memory.set(key, made);
  made.catch(() => memory.delete(key));
  return made;
}

function pathOf(repo: RepoName): RepoPath {
  const [owner = '', name = ''] = repo.split('/');
  return { owner, repo: name };
}

function readPrivateKey(text: string): string {
  const pem = text.replace(/\\n/g, '\n');
  try {
    createPrivateKey(pem);
  } catch {
    // The error of the parser is left out: it may quote the key.
    throw new Problem('misconfigured', "The App's private key can't be read: expected the PEM file that GitHub gave.", {
      fix: 'Generate a private key in the settings of the App, and store the whole file, from "-----BEGIN" on.',
    });
  }
  return pem;
}
